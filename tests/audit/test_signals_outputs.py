"""What is kept of logits: against exact arithmetic, however sure a model is."""

from __future__ import annotations

import numpy as np
import pytest

from audit.signals import Outputs, entropy_of, highest, log_probabilities, modified_entropy_of

LABELS = np.array([0, 1, 2, 3])


def _log_p(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


@pytest.fixture
def logits() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 3, (5, 4, 6))


def test_entropies_are_their_definitions(logits: np.ndarray) -> None:
    p = np.exp(_log_p(logits))
    log_p, log_rest = log_probabilities(logits)
    np.testing.assert_allclose(log_p, _log_p(logits), rtol=1e-12)
    np.testing.assert_allclose(entropy_of(log_p), -(p * np.log(p)).sum(axis=-1), rtol=1e-12)
    expected = np.empty(p.shape[:2])
    for model in range(5):
        for record, label in enumerate(LABELS):
            of_others = sum(p[model, record, j] * np.log(1 - p[model, record, j]) for j in range(6) if j != label)
            expected[model, record] = -(1 - p[model, record, label]) * np.log(p[model, record, label]) - of_others
    np.testing.assert_allclose(modified_entropy_of(log_p, log_rest, LABELS), expected, rtol=1e-9)


@pytest.mark.parametrize("gap", [40.0, 200.0, 700.0])
def test_a_model_that_is_sure_beyond_floating_point_still_has_finite_entropies(gap: float) -> None:
    """p = 1 - e^-gap: p rounds to 1, and 1 - p must not be taken from it."""
    logits = np.array([[[gap, 0.0], [0.0, gap]]])
    said = Outputs.of(logits, np.array([0, 0]))
    right, wrong = said.modified_entropy[0, :, 0]
    assert right == pytest.approx(0.0, abs=1e-12)
    assert wrong == pytest.approx(2 * gap, rel=1e-6)
    assert (said.entropy >= 0).all()
    assert (said.phi[0, :, 0] == [gap, -gap]).all()


def test_the_highest_probabilities_fall(logits: np.ndarray) -> None:
    found = highest(_log_p(logits))
    np.testing.assert_array_equal(found, -np.sort(-_log_p(logits), axis=-1)[..., :3])
    assert highest(np.log(np.array([[0.2, 0.8]]))).shape == (1, 2)


def test_outputs_are_joined_along_every_axis(logits: np.ndarray) -> None:
    whole = Outputs.of(logits, LABELS)
    by_record = Outputs.joined([Outputs.of(logits[:, :1], LABELS[:1]), Outputs.of(logits[:, 1:], LABELS[1:])], axis=1)
    by_model = Outputs.joined([Outputs.of(logits[:2], LABELS), Outputs.of(logits[2:], LABELS)], axis=0)
    views = Outputs.joined([whole, whole], axis=2)
    for name in Outputs.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(by_record, name), getattr(whole, name))
        np.testing.assert_array_equal(getattr(by_model, name), getattr(whole, name))
        assert getattr(views, name).shape[:3] == (5, 4, 2)


def test_records_that_a_model_is_surest_of_do_not_tie() -> None:
    """Modified entropy falls as the square of 1 - p: float32 ends where p is e^-52 from 1."""
    gaps = np.array([60.0, 80.0, 300.0])
    said = Outputs.of(np.stack([gaps, np.zeros(3)], axis=-1)[None], np.zeros(3, np.int64))
    assert (np.diff(said.modified_entropy[0, :, 0]) < 0).all()
    assert (said.modified_entropy > 0).all()


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    "output",
    [[INF, -INF, 0.0], [0.0, INF, 1.0], [INF, INF, 0.0], [NAN, 0.0, 1.0], [-INF, -INF, -INF], [INF, NAN, -INF]],
)
@pytest.mark.parametrize("label", [0, 1, 2])
def test_what_is_no_distribution_has_no_signals_and_its_neighbours_keep_theirs(output: list[float], label: int) -> None:
    """A model that diverges at its last step, on any CPU: warnings are errors here, and nothing may look finite."""
    good = [1.0, 0.0, 2.0]
    said = Outputs.of(np.array([[output, good]]), np.array([label, 2]))
    for name in ("phi", "entropy", "modified_entropy", "top"):
        assert np.isnan(getattr(said, name)[0, 0]).all()
        assert np.isfinite(getattr(said, name)[0, 1]).all()
    assert said.correct[0, :, 0].tolist() == [False, True]
    alone = Outputs.of(np.array([[good]]), np.array([2]))
    np.testing.assert_array_equal(said.phi[0, 1], alone.phi[0, 0])


def test_a_class_that_is_ruled_out_counts_as_one_of_probability_0() -> None:
    said = Outputs.of(np.array([[[0.0, -INF, 1.0]]]), np.array([2]))
    without = Outputs.of(np.array([[[0.0, 1.0]]]), np.array([1]))
    for name in ("phi", "entropy", "modified_entropy", "correct"):
        np.testing.assert_allclose(getattr(said, name), getattr(without, name), rtol=1e-12)
    ruled = Outputs.of(np.array([[[0.0, -INF, 1.0]]]), np.array([1]))
    assert ruled.phi[0, 0, 0] == -INF
    assert not ruled.correct[0, 0, 0]
