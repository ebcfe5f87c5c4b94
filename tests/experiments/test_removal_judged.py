"""What removal costs, in worlds where it is known: nothing, or just the test twins of what was removed."""

from __future__ import annotations

import numpy as np
import pytest
from removed_worlds import QUICK, World, no_tail, removed, singletons
from scipy.stats import binom

from audit.estimates import over_records
from audit.experiments.removal.effects import gains, mean_gain
from audit.experiments.removal.judged import accuracies, compared, share_of
from audit.experiments.removal.luck import luck_of
from audit.experiments.removal.sets import crossed as swapped
from audit.experiments.removal.staying import outcomes_by_answer, staying

WORLDS = 150


def overall(found, world):
    accuracy = accuracies(found, world.dataset, 0.95, np.zeros(len(world.twin), np.int64), 1)[0]
    assert accuracy is not None
    return accuracy


def test_where_memorization_is_of_no_use_removal_costs_what_random_removal_costs() -> None:
    """Of 150 worlds at most so many 95 % intervals miss 0 as chance allows but once in a thousand times."""
    world = no_tail()
    missed = 0
    for seed in range(WORLDS):
        beyond = overall(removed(world, 0.1, 16, seed), world).beyond
        missed += not beyond.low <= 0 <= beyond.high
    assert missed <= binom.ppf(0.999, WORLDS, 0.05)


def test_where_memorization_is_all_removal_costs_just_the_twins_of_what_was_removed() -> None:
    """16 of 80 records are memorized and decide one test record each, of 32.

    Removing 8 of them takes 8 twins from (.9 + .1) / 2 to .1: 8 x .4 / 32 = 10 points; 8 at random hold 1.6 of them: 2
    points. Over 40 worlds both means lie within 4 standard errors, and nearly every single interval tells the choice.
    """
    world = singletons()
    found = [overall(removed(world, 0.1, 64, seed), world) for seed in range(40)]
    costs = np.array([[one.cost_top.value, one.cost_random.value] for one in found])
    error = costs.std(axis=0, ddof=1) / np.sqrt(len(costs))
    assert np.all(np.abs(costs.mean(axis=0) - [-0.10, -0.02]) < 4 * error)
    assert sum(one.beyond.high < 0 for one in found) >= 36


def test_only_the_twins_pay() -> None:
    """The easy test records lose nothing: over 40 worlds at most so many 95 % intervals miss 0 as 1 in 1,000 allows."""
    world = singletons()
    label, missed = (world.twin < 0).astype(np.int64), 0
    for seed in range(40):
        twins, easy = accuracies(removed(world, 0.1, 32, seed), world.dataset, 0.95, label, 2)
        assert twins is not None
        assert easy is not None
        assert twins.cost_top.high < 0
        missed += not easy.cost_top.low <= 0 <= easy.cost_top.high
    assert missed <= binom.ppf(0.999, 40, 0.05)


def test_shuffled_scores_are_indistinguishable_from_random() -> None:
    """Even where records differ in their use: at most 5 % false alarms, 150 worlds, bound of 1 in 1,000.

    Without the luck of a set in the interval this fails by far: all models of a half miss the same shuffled records.
    """
    world = singletons(share=0.5)
    alarms, naive = 0, 0
    for seed in range(WORLDS):
        rng = np.random.default_rng(seed)
        found = removed(world, 0.1, 64, seed, [rng.permutation(world.records)] * 2)
        beyond = overall(found, world).beyond
        alarms += not beyond.low <= 0 <= beyond.high
        three = [
            over_records(right, np.ones(right.shape, bool), found.base.pool.pair)
            for right in (
                found.base.pool.test_correct,
                found.top.pool.test_correct,
                np.mean([one.pool.test_correct for one in found.random], axis=0),
            )
        ]
        plain = compared(*three, 0.95)[0]
        assert plain is not None
        naive += not plain.beyond.low <= 0 <= plain.beyond.high
    assert alarms <= binom.ppf(0.999, WORLDS, 0.05)
    assert naive > 0.15 * WORLDS


def test_the_luck_of_a_set_is_the_spread_of_sets() -> None:
    """Closed form: m of n records decide a test record each, and are worth .8 / tests while IN, half of that to a set.

    The standard deviation over sets of k records by class is that of a hypergeometric count times .4 / tests. Mean
    over 20 pools, within 20 %.
    """
    world = singletons(120, 0.4)
    y, tests = world.dataset.y, len(world.twin)
    sizes = np.array([10, 10])
    pools = [world.base(512, seed) for seed in range(20)]
    squares = [luck_of(pool, y, sizes, pool.test_correct.mean(axis=1, keepdims=True))[0] ** 2 for pool in pools]
    spread = 2 * 10 * 0.4 * 0.6 * (50 / 59) * (0.4 / tests) ** 2
    assert np.mean(squares) == pytest.approx(spread, rel=0.2)


def test_luck_is_none_where_no_record_is_of_use() -> None:
    pool = no_tail().base(64, 0)
    found = luck_of(pool, no_tail().dataset.y, np.array([4, 4]), pool.test_correct.mean(axis=1, keepdims=True))
    assert found[0] < 0.01


@pytest.mark.parametrize("crossed", [True, False])
def test_judging_by_those_who_chose_would_invent_an_onion(crossed: bool) -> None:
    """No record is memorized at all, and removal does nothing to any other.

    Crossed, the 95 % interval of the change of mean memorization misses 0 in at most so many of 100 worlds as chance
    allows once in a thousand times. Chosen and judged by the same models, what seems memorized by luck is taken away
    from `before` alone, and the interval lies above 0 in nearly all worlds.
    """
    world, rose, missed = World(np.full(400, 0.7), np.full(400, 0.7), np.full(6, -1)), 0, 0
    for seed in range(100):
        found = removed(world, 0.2, 32, seed)
        base, top = found.base.pool, found.top
        gone = top.removed if crossed else swapped(base.pair, top.sets)
        after = top.pool if crossed else world.pool(base.membership, gone, seed + 5000)
        means = [mean_gain(gains(base.membership, pool.correct), ~gone[0::2]) for pool in (base, after)]
        change = (means[1] - means[0]).first(0.95)
        rose += change.low > 0
        missed += not change.low <= 0 <= change.high
    assert missed <= binom.ppf(0.999, 100, 0.05) if crossed else rose > 90


def test_an_onion_is_found_where_it_was_planted() -> None:
    """8 memorized records of 80 shield one other each: all 8 are removed at 10 %, and their wards appear."""
    hidden = np.full(80, -1)
    hidden[40:48] = np.arange(8)
    outside = np.where(np.arange(80) < 8, 0.02, 0.98)
    world = World(np.full(80, 0.99), outside, np.full(10, -1), hidden=hidden, onion=0.8)
    found = removed(world, 0.1, 64, 3)
    result = staying(outcomes_by_answer(found), world.dataset.ids, QUICK, 0)
    assert result.reached.change.low > 5
    assert result.reached.p_value < 0.01
    assert result.change.low > 0
    assert result.beyond.low > 0
    assert {one.id for one in result.reached.newly} == {f"r{i}" for i in range(40, 48)}
    for one in result.reached.newly:  # chosen for their rise: values without its luck, limits for all that stay
        assert abs(one.before.value - 0.01) < 0.15
        assert abs(one.after.value - 0.81) < 0.15
        assert one.before.low <= 0.01 <= one.before.high < one.after.value
        assert one.after.low <= 0.81 <= one.after.high
    assert result.change.value == pytest.approx(8 * 0.8 / 72, abs=0.02)


def test_masked_accuracies_are_those_of_a_slow_twin() -> None:
    world = singletons()
    found = removed(world, 0.1, 16, 1)
    share = share_of(found, world.dataset, QUICK, 0).influenced
    assert share.accuracy is not None
    answers = (found.base.pool.test_correct, found.top.pool.test_correct)
    for right, said in zip(answers, (share.accuracy.nothing, share.accuracy.top), strict=True):
        parts = []
        for pair in range(8):
            marked = [(model, test) for model in (2 * pair, 2 * pair + 1) for test in range(32)]
            parts.append(np.mean([right[at] for at in marked if found.influenced[at]]))
        assert said.value == pytest.approx(np.mean(parts))


def test_a_share_tells_all_that_it_should() -> None:
    world = singletons()
    share = share_of(removed(world, 0.1, 64, 1, attack=True), world.dataset, QUICK, 0)
    assert share.records == 8
    assert 0 <= share.agreement <= 1
    assert {one.column for one in share.by_group} == {"class", "side"}
    first = next(one for one in share.by_group if (one.column, one.group) == ("side", "first"))
    assert first.removed == 8
    assert first.test_records == 16
    assert share.exposure is not None
    assert share.memorization.records == 72
    assert share.influenced.expected_by_noise < share.influenced.test_records
    for one in (share.accuracy, first.accuracy):
        assert one.cost_top.value == pytest.approx(one.top.value - one.nothing.value)
        assert one.beyond.value == pytest.approx(one.cost_top.value - one.cost_random.value)


def test_without_scores_there_is_no_exposure() -> None:
    world = singletons()
    unattacked = QUICK.model_copy(update={"headline": "label-only"})
    share = share_of(removed(world, 0.1, 16, 1), world.dataset, unattacked, 0)
    assert share.exposure is None
