"""Every breakage changes training in the way that it says, and in no other."""

from __future__ import annotations

import numpy as np
import pytest
from verification_engines import claimed, control, one_step, weights

from audit.training.batches import batches
from audit.verification.controls import CONTROLS
from audit.verification.settings import NOISE, NORMALISER, SAMPLING
from audit.verification.training import coins

QUIET = one_step(noise_multiplier=1e-9)
"""Noise that nobody sees, so that an update is the sum of what records give."""


def step_of(name: str, natural: int, planted: int) -> float:
    """The length of an update, in clipped gradients of one record."""
    arm = claimed(QUIET)
    length = float(np.linalg.norm(weights(name, QUIET, natural=natural, planted=planted)))
    return length * arm.schedule.expected_batch / arm.recipe.learning_rate


def test_an_engine_that_is_correct_trains_the_arm_that_claims() -> None:
    for one in CONTROLS:
        if one.expected == "not refuted":
            arm = claimed(one.setting)
            assert one.engine(arm, 7) == arm
            assert not one.breakage


def test_a_breakage_changes_the_arm_and_says_what_it_changes() -> None:
    for one in CONTROLS:
        if one.expected == "caught":
            arm = claimed(one.setting)
            assert one.engine(arm, 7) != arm
            assert one.breakage


def test_clipping_bounds_the_update_of_one_record_and_clipping_off_does_not() -> None:
    # A blank canary's gradient from zero weights: |p - e_y| |(x, 1)|, with p = 1/10 throughout.
    x = NOISE.dataset(0).x[-1].ravel()
    gradient = np.sqrt(0.9**2 + 9 * 0.1**2) * np.sqrt((x.astype(float) ** 2).sum() + 1)
    assert gradient > 20 * NOISE.max_grad_norm
    assert step_of("correct", 0, 1) == pytest.approx(NOISE.max_grad_norm, rel=1e-4)
    assert step_of("no-clipping", 0, 1) == pytest.approx(gradient, rel=1e-4)


def test_clipping_off_leaves_the_noise_as_it_was() -> None:
    # Where no gradient is clipped, the two engines are the same training with the same noise.
    setting = one_step(max_grad_norm=1e3)
    np.testing.assert_allclose(weights("no-clipping", setting), weights("correct", setting), rtol=1e-4, atol=1e-6)
    arm, broken = claimed(NOISE), control("no-clipping").engine(claimed(NOISE), 7)
    assert broken.recipe.max_grad_norm is not None
    assert arm.recipe.max_grad_norm is not None
    absolute = broken.noise_multiplier * broken.recipe.max_grad_norm
    assert absolute == pytest.approx(arm.noise_multiplier * arm.recipe.max_grad_norm)


def test_noise_off_adds_none_and_a_tenth_adds_a_tenth() -> None:
    setting = one_step()
    without = weights("no-noise", setting)
    np.testing.assert_array_equal(without, weights("no-noise", setting, model=1))
    noise, little = weights("correct", setting) - without, weights("little-noise", setting) - without
    arm = claimed(setting)
    deviation = arm.noise_multiplier * arm.recipe.learning_rate / arm.schedule.expected_batch
    assert noise.std() == pytest.approx(deviation, rel=0.1)
    np.testing.assert_allclose(little, noise / 10, rtol=1e-3, atol=deviation * 1e-4)


def uses(name: str) -> np.ndarray:
    """How often each IN canary is in a batch, over many draws."""
    dataset = SAMPLING.dataset(0)
    arm = control(name).engine(SAMPLING.arm(dataset), dataset.records)
    counts = []
    for seed, is_in in enumerate(coins(dataset, 200, 0)):
        drawn = np.concatenate(list(batches(arm.recipe, arm.schedule, is_in, np.random.default_rng(seed))))
        used = np.bincount(drawn, minlength=dataset.records)
        counts.append(used[dataset.natural_records :][is_in[dataset.natural_records :]])
    return np.concatenate(counts)


def test_shuffled_batches_use_every_record_once_and_poisson_batches_leave_a_quarter_out() -> None:
    assert np.mean(uses("correct-sampling") == 0) == pytest.approx(0.25, abs=0.05)
    assert np.mean(uses("shuffled") == 1) > 0.98  # some are left out, or used twice, where more or fewer are IN
    arm, broken = claimed(SAMPLING), control("shuffled").engine(claimed(SAMPLING), 7)
    assert (broken.noise_multiplier, broken.schedule) == (arm.noise_multiplier, arm.schedule)


@pytest.mark.parametrize("planted", [0, 1])
def test_the_realised_normaliser_divides_by_the_records_that_are_in(planted: int) -> None:
    setting = one_step(NORMALISER, noise_multiplier=1e-9)
    expected = claimed(setting).schedule.expected_batch
    right, wrong = (weights(n, setting, planted=planted) for n in ("correct-normaliser", "realised-normaliser"))
    assert expected == 142.5
    np.testing.assert_allclose(wrong * (5 + planted), right * expected, rtol=1e-4, atol=1e-7)


def test_the_canary_pulls_against_all_others_and_so_does_a_larger_normaliser() -> None:
    setting = one_step(NORMALISER, noise_multiplier=1e-9)
    canary, others = (
        weights("correct-normaliser", setting, natural=0),
        weights("correct-normaliser", setting, planted=0),
    )
    cosine = canary @ others / np.linalg.norm(canary) / np.linalg.norm(others)
    assert cosine < -0.8
