"""Which arms a config asks for, and that they differ in nothing but what their name says."""

import pytest

from audit.arms import arms
from audit.config import AuditConfig, DPConfig, PoolConfig, Recipe
from audit.errors import PrivacyError

DP_RECIPE = Recipe(batch_size=100, epochs=2, sampling="poisson", max_grad_norm=0.8, learning_rate=0.3)


def config(*epsilons, controls=False, delta=None, **rest):
    dp = DPConfig(epsilons=epsilons, delta=delta, recipe=DP_RECIPE, accountant="rdp")  # the quick one
    return AuditConfig(model="mlp", dp=dp, controls=controls, standard=Recipe(epochs=7), **rest)


def test_without_an_epsilon_there_is_the_standard_arm_alone():
    (arm,) = arms(config(), 1000)
    assert (arm.name, arm.kind, arm.recipe.epochs, arm.noise_multiplier) == ("standard", "standard", 7, 0)
    assert (arm.target_epsilon, arm.delta, arm.schedule.expected_batch) == (None, None, 64)


def test_one_arm_an_epsilon_and_one_pair_of_controls():
    found = arms(config(3, 0.5, controls=True), 1000)
    assert [arm.name for arm in found] == ["standard", "dp-eps-3", "dp-eps-0.5", "dp-recipe", "clip-only"]
    assert [arm.kind for arm in found] == ["standard", "dp", "dp", "control", "control"]
    noise = [arm.noise_multiplier for arm in found]
    assert noise[0] == noise[3] == noise[4] == 0 < noise[1] < noise[2]


def test_controls_need_no_epsilon():
    assert [arm.name for arm in arms(config(controls=True), 1000)] == ["standard", "dp-recipe", "clip-only"]


def test_controls_differ_from_the_dp_arm_in_clipping_and_noise_alone():
    _, private, unclipped, clipped = arms(config(2, controls=True), 1000)
    assert private.schedule == unclipped.schedule == clipped.schedule
    assert private.recipe == clipped.recipe
    assert unclipped.recipe == private.recipe.model_copy(update={"max_grad_norm": None})
    assert {arm.target_epsilon for arm in (unclipped, clipped)} == {None}


def test_the_schedule_counts_expected_records_not_realised_ones():
    _, private = arms(config(2, pool=PoolConfig(inclusion=0.7)), 1000)
    assert private.schedule.sample_rate == pytest.approx(100 / 700)
    assert private.schedule.expected_batch == pytest.approx(100)
    assert private.schedule.steps == 14


def test_privacy_that_cannot_be_had_stops_before_training():
    with pytest.raises(PrivacyError, match=r"dp\.delta"):
        arms(config(2, delta=0.01), 1000)
    with pytest.raises(PrivacyError, match="epsilon 1e-06"):
        arms(config(1e-6), 1000)


def test_a_bad_delta_does_not_matter_without_privacy():
    assert len(arms(config(delta=0.01), 1000)) == 1
