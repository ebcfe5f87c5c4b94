"""Outputs of every kind to signals: the same models say the same, whatever was saved of them."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from audit.scoring.outputs import finite, phi_from_losses, said
from audit.signals import Outputs

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 4, (3, 50, 2, 5))
LABELS = RNG.integers(0, 5, 50)


def losses_of(logits):
    return -np.take_along_axis(log_softmax(logits, axis=-1), LABELS[None, :, None, None], axis=-1)[..., 0]


def test_logits_give_what_a_pool_keeps_of_them():
    kept = Outputs.joined([Outputs.of(LOGITS[:, :, view], LABELS) for view in range(2)], axis=2)
    found = said("logits", LOGITS, LABELS)
    for name in ("phi", "correct", "entropy", "modified_entropy", "top"):
        np.testing.assert_array_equal(getattr(found, name), getattr(kept, name))
    assert found.certain == 0


@pytest.mark.parametrize("kind", ["probabilities", "losses"])
def test_other_kinds_say_the_same(kind):
    outputs = {"probabilities": softmax(LOGITS, axis=-1), "losses": losses_of(LOGITS)}[kind]
    found, known = said(kind, outputs, LABELS), said("logits", LOGITS, LABELS)
    np.testing.assert_allclose(found.phi, known.phi, rtol=1e-9)
    if kind == "probabilities":
        np.testing.assert_array_equal(found.correct, known.correct)
        for name in ("entropy", "modified_entropy", "top"):
            np.testing.assert_allclose(getattr(found, name), getattr(known, name), rtol=1e-5, atol=1e-7)
    else:
        assert found.correct is found.entropy is found.top is None


def test_a_probability_of_one_beside_small_others_is_no_loss():
    """In float32, 1 - 1e-12 is 1: the odds come from the others, which float32 tells to seven digits."""
    p = np.array([[1.0, 1e-12, 2e-12]], np.float32)[None, :, None]
    found = said("probabilities", p, np.array([0]))
    assert found.phi.item() == pytest.approx(-np.log(3e-12), rel=1e-6)
    assert found.certain == 0


def test_losses_keep_their_odds_near_zero():
    losses = np.array([1e-9, np.log(2), 20.0])
    expected = [-np.log(np.expm1(1e-9)), 0.0, -np.log(np.expm1(20.0))]
    np.testing.assert_allclose(phi_from_losses(losses), expected, rtol=1e-9, atol=1e-12)
    assert phi_from_losses(np.array([-1e-7])).item() == np.inf  # below 0 by rounding: certain


def test_outputs_of_exactly_zero_or_one_are_counted_and_lie_where_the_file_ends():
    p = np.array([[0.9, 0.1], [0.9999, 0.0001], [1.0, 0.0], [0.0, 1.0]])[None, :, None]
    found = said("probabilities", p, np.zeros(4, int))
    end = np.log(0.9999 / 0.0001)
    np.testing.assert_allclose(found.phi[0, :, 0], [np.log(9), end, end, -end], rtol=1e-9)
    assert found.certain == 2
    for name in ("entropy", "modified_entropy", "top"):
        assert np.isfinite(getattr(found, name)).all()
    assert found.modified_entropy[0, 3, 0] > found.modified_entropy[0, 0, 0] > found.modified_entropy[0, 2, 0]


def test_where_everything_is_certain_the_precision_of_the_file_is_the_end():
    phi, certain = finite(np.array([np.inf, -np.inf]), np.dtype(np.float32))
    np.testing.assert_allclose(phi, -np.log(np.finfo(np.float32).eps) * np.array([1, -1]), rtol=1e-6)
    assert certain == 2


def test_a_class_that_is_ruled_out_takes_no_part():
    ruled = np.concatenate([LOGITS, np.full((3, 50, 2, 1), -np.inf)], axis=-1)
    found, known = said("logits", ruled, LABELS), said("logits", LOGITS, LABELS)
    np.testing.assert_array_equal(found.phi, known.phi)
    np.testing.assert_array_equal(found.correct, known.correct)
    np.testing.assert_allclose(found.entropy, known.entropy, atol=0.01)  # by no more than the file's most extreme odds
