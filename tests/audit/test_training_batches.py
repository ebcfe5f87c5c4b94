"""Batches: Poisson's law, whole epochs, and sizes that tell nothing of who is IN."""

import numpy as np
import pytest
from scipy import stats

from audit.config import Recipe
from audit.training.base import Arm, Schedule
from audit.training.batches import batches, poisson_batches, shuffled_batches
from audit.training.updates import normaliser

POISSON = Recipe(batch_size=30, epochs=5, sampling="poisson", max_grad_norm=1.0)


def half(records, seed):
    return np.random.default_rng(seed).random(records) < 0.5


def test_each_in_record_is_drawn_by_its_own_coin():
    """Sizes are Bin(IN, rate), a record's count is Bin(steps, rate), two records are independent.

    Three tests on a fixed seed, each with a false-alarm rate of 1 in 10,000.
    """
    is_in, rate, steps = half(400, 1), 0.3, 4000
    drawn = np.zeros((steps, 400), bool)
    for step, rows in enumerate(poisson_batches(is_in, rate, steps, np.random.default_rng(2))):
        drawn[step, rows] = True
    members = drawn[:, is_in]
    sizes, expected = members.sum(1), members.shape[1] * rate
    assert stats.chi2.sf(((sizes - expected) ** 2 / (expected * (1 - rate))).sum(), steps) > 1e-4
    counts = members.sum(0)
    spread = ((counts - steps * rate) ** 2 / (steps * rate * (1 - rate))).sum()
    assert 5e-5 < stats.chi2.sf(spread, members.shape[1]) < 1 - 5e-5
    together = (members[:, 0] & members[:, 1]).sum()
    assert stats.binomtest(int(together), steps, rate**2).pvalue > 1e-4


def test_out_records_are_never_drawn():
    is_in = half(200, 3)
    for sampling in (POISSON, Recipe(batch_size=16, epochs=3)):
        for rows in batches(sampling, Schedule.of(sampling, 200, 0.5), is_in, np.random.default_rng(0)):
            assert is_in[rows].all()


def test_a_record_keeps_its_coins_when_another_one_joins():
    without = half(200, 4)
    without[7] = False
    joined = without.copy()
    joined[7] = True
    both = (list(poisson_batches(one, 0.3, 50, np.random.default_rng(1))) for one in (without, joined))
    for rows, with_seven in zip(*both, strict=True):
        assert np.array_equal(rows, with_seven[with_seven != 7])


def test_a_shuffled_epoch_is_a_permutation():
    is_in = half(120, 5)
    rows = np.flatnonzero(is_in)
    order = np.concatenate(list(shuffled_batches(is_in, 8, 60, np.random.default_rng(0))))
    for epoch in range(len(order) // len(rows)):
        assert np.array_equal(np.sort(order[epoch * len(rows) : (epoch + 1) * len(rows)]), rows)
    assert not np.array_equal(order[: len(rows)], order[len(rows) : 2 * len(rows)])


@pytest.mark.parametrize("recipe", [POISSON, Recipe(batch_size=16, epochs=3)])
def test_steps_and_sizes_do_not_depend_on_who_is_in(recipe):
    schedule = Schedule.of(recipe, 200, 0.5)
    few, many = np.arange(200) < 40, np.arange(200) < 190
    found = [list(batches(recipe, schedule, one, np.random.default_rng(0))) for one in (few, many)]
    assert [len(one) for one in found] == [schedule.steps] * 2
    if recipe.sampling == "shuffle":
        assert {len(rows) for one in found for rows in one} == {16}


def test_the_normaliser_is_a_constant_of_the_arm():
    arms = [Arm("a", "standard", "", recipe, Schedule.of(recipe, 201, 0.5)) for recipe in (POISSON, Recipe())]
    assert [normaliser(arm) for arm in arms] == [pytest.approx(30), 64]


def test_a_batch_is_never_larger_than_the_expected_records():
    schedule = Schedule.of(POISSON.model_copy(update={"batch_size": 10_000}), 200, 0.5)
    assert (schedule.sample_rate, schedule.expected_batch, schedule.steps) == (1.0, 100.0, 5)


def test_max_steps_cuts_the_schedule():
    assert Schedule.of(POISSON.model_copy(update={"max_steps": 3}), 200, 0.5).steps == 3
