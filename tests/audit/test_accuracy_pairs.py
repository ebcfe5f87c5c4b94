"""Utility of an arm and paired differences between arms."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles.small_pools import dataset_of, pool_of
from scipy import stats
from worlds import paired_membership

from attacks.intervals import Measurement
from audit.accuracy import accuracy_on_test, differences, most_memorized, tail_accuracy, utility
from audit.estimates import UnitMeans, estimate
from audit.groups import group_values, numbered
from audit.memorization import memorization_scores
from audit.memorization_summary import mean_memorization

GROUPS = np.array(["rare"] * 30 + ["common"] * 170)


def arms(seed: int, models: int = 32, cost: float = 0.1):
    """Two arms of the same memberships: in the second nothing is memorized and the rare group is lost."""
    rng = np.random.default_rng(seed)
    membership, rare = paired_membership(models, 200, rng), GROUPS == "rare"
    good = rng.normal(0, 0.03, (models // 2, 1)).repeat(2, axis=0)  # pairs differ, and both arms share it
    first = rng.random((models, 200)) < np.where(rare, 0.4 + 0.55 * membership, 0.9 + good)
    second = rng.random((models, 200)) < np.where(rare, 0.3, 0.9 + good - cost)
    first_test = rng.random((models, 200)) < np.where(rare, 0.5, 0.9 + good)
    second_test = rng.random((models, 200)) < np.where(rare, 0.3, 0.9 + good - cost)
    dataset = dataset_of(np.arange(200) % 4, np.arange(200) % 4, {"kind": GROUPS}, {"kind": GROUPS})
    pools = (
        pool_of(membership, first, first_test),
        pool_of(membership, second, second_test, arm="dp-eps-1"),
    )
    return pools, dataset


def test_accuracies_are_those_of_naive_means() -> None:
    (pool, _), dataset = arms(1)
    found = utility(pool, dataset, 0.95)
    inside, right = pool.membership, pool.correct
    np.testing.assert_allclose(found.test_accuracy.value, pool.test_correct.mean())
    np.testing.assert_allclose(found.in_accuracy.value, np.mean([right[inside[:, i], i].mean() for i in range(200)]))
    np.testing.assert_allclose(found.out_accuracy.value, np.mean([right[~inside[:, i], i].mean() for i in range(200)]))
    assert found.memorized_decile_accuracy is None
    by = {(value.column, value.group): value.estimate.value for value in found.by_group}
    np.testing.assert_allclose(by["kind", "rare"], pool.test_correct[:, :30].mean())
    np.testing.assert_allclose(by["class", "class 2"], pool.test_correct[:, 2::4].mean())
    json.dumps(found.model_dump(), allow_nan=False)


def test_mean_memorization_is_in_accuracy_less_out_accuracy() -> None:
    (pool, _), dataset = arms(2)
    found = utility(pool, dataset, 0.95)
    np.testing.assert_allclose(
        mean_memorization(pool.evidence).value[0], found.in_accuracy.value - found.out_accuracy.value
    )


def test_interval_is_a_t_interval_over_pairs() -> None:
    (pool, _), dataset = arms(3)
    pairs = pool.test_correct.mean(axis=1).reshape(-1, 2).mean(axis=1)
    low, high = stats.ttest_1samp(pairs, 0).confidence_interval(0.95)
    found = utility(pool, dataset, 0.95).test_accuracy
    np.testing.assert_allclose([found.low, found.high], [low, high])
    assert found.n == 16


def test_interval_of_test_accuracy_covers_the_truth() -> None:
    # 500 pools of 8 pairs, truth .8; nominal misses 25; binomial limits for a false alarm of 1e-4.
    rng, misses = np.random.default_rng(4), 0
    for _ in range(500):
        membership = paired_membership(16, 4, rng)
        pool = pool_of(membership, membership, rng.random((16, 30)) < 0.8)
        ends = accuracy_on_test(pool).interval(0.95)
        misses += not ends.low[0] <= 0.8 <= ends.high[0]
    assert stats.binom.ppf(5e-5, 500, 0.05) <= misses <= stats.binom.isf(5e-5, 500, 0.05)


def test_a_group_that_is_always_right_is_not_certainly_right() -> None:
    membership = paired_membership(8, 4, np.random.default_rng(5))
    found = utility(pool_of(membership, membership, np.ones((8, 1), bool)), dataset_of(np.zeros(4), np.zeros(1)), 0.95)
    assert (found.test_accuracy.value, found.test_accuracy.high) == (1.0, 1.0)
    assert found.test_accuracy.low == pytest.approx(0.025 ** (1 / 4))


def test_the_tail_is_chosen_by_the_other_half() -> None:
    (pool, _), _ = arms(6)
    tail = most_memorized(pool.evidence)
    even = np.arange(32) // 2 % 2 == 0
    for judged in (even, ~even):
        assert (tail[judged] == tail[judged][0]).all()
        assert tail[judged][0].sum() == 20
        order = memorization_scores(pool.evidence.take(~judged), 0.95).most_first()
        assert set(np.flatnonzero(tail[judged][0])) == set(order[:20])


def test_the_tails_accuracy_is_not_biased_by_its_choice() -> None:
    # Nothing is memorized and every record is right with .7: chosen and judged by the same models the tail shows
    # about .5. Mean of 60 pools: standard error .004; four of them, false alarm 6e-5.
    rng, found, biased = np.random.default_rng(7), [], []
    for _ in range(60):
        membership, correct = paired_membership(16, 200, rng), rng.random((16, 200)) < 0.7
        pool = pool_of(membership, correct, correct)
        found.append(tail_accuracy(pool, most_memorized(pool.evidence)).value[0])
        top = memorization_scores(pool.evidence, 0.95).most_first()[:20]
        biased.append(tail_accuracy(pool, np.isin(np.arange(200), top)).value[0])
    assert abs(np.mean(found) - 0.7) < 4 * np.std(found, ddof=1) / np.sqrt(60)
    assert np.mean(biased) < 0.55


def test_differences_are_paired_and_the_second_minus_the_first() -> None:
    (first, second), dataset = arms(8)
    tail = most_memorized(first.evidence)
    found = {d.quantity: d for d in differences(first, second, dataset, 0.95, tail)}
    one, other = (p.test_correct.mean(axis=1).reshape(-1, 2).mean(axis=1) for p in (first, second))
    low, high = stats.ttest_rel(other, one).confidence_interval(0.95)
    overall = found["test accuracy"]
    assert (overall.first, overall.second) == ("standard", "dp-eps-1")
    np.testing.assert_allclose(overall.estimate.value, (other - one).mean())
    np.testing.assert_allclose([overall.estimate.low, overall.estimate.high], [low, high])
    assert overall.estimate.high < 0
    assert found["mean memorization"].estimate.high < 0
    assert found["mean soft memorization"].estimate.high < 0
    assert found["accuracy on the most memorized tenth"].estimate is not None
    assert found["test accuracy, kind rare"].estimate.high < -0.1
    assert found["test accuracy, kind common"].estimate.value == pytest.approx(-0.1, abs=0.02)
    for d in found.values():
        json.dumps(d.model_dump(), allow_nan=False)


def test_sharing_memberships_sharpens_a_difference() -> None:
    (first, second), dataset = arms(9, models=64)
    paired = next(d for d in differences(first, second, dataset, 0.95) if d.quantity == "test accuracy, kind common")
    one, other = (p.test_correct[:, 30:].mean(axis=1).reshape(-1, 2).mean(axis=1) for p in (first, second))
    low, high = stats.ttest_ind(other, one).confidence_interval(0.95)
    assert paired.estimate.high - paired.estimate.low < 0.8 * (high - low)


def test_arms_of_other_memberships_are_not_compared() -> None:
    (first, _), dataset = arms(10)
    (other, _), _ = arms(11)
    for found in differences(first, other, dataset, 0.95):
        assert found.estimate is None
        assert "memberships" in found.reason


def test_groups_are_in_their_natural_order() -> None:
    names, label = numbered(np.array(["10", "2", "b", "2", "a"]))
    assert names == ["2", "10", "a", "b"]
    assert label.tolist() == [1, 0, 3, 0, 2]


def test_a_group_without_a_figure_has_none() -> None:
    nothing = UnitMeans(np.array([0.5, np.nan]), np.array([[0.4, np.nan], [0.6, np.nan]]), 0.0, 1.0, "models")
    one, other = group_values({"kind": np.array(["a", "b", "b"])}, lambda label, n: nothing, 0.95)
    assert one.estimate is not None
    assert (other.estimate, other.records) == (None, 2)


def test_one_pair_gives_no_interval_but_the_whole_range() -> None:
    ends = UnitMeans(np.array([0.5]), np.array([[0.5]]), 0.0, 1.0, "model pairs").interval(0.95)
    assert (ends.low[0], ends.high[0]) == (0.0, 1.0)


def test_a_measurement_becomes_an_estimate() -> None:
    found = estimate(Measurement(0.5, 0.4, 0.6, 0.95, "exact", 7))
    assert found.model_dump() == {
        "value": 0.5, "low": 0.4, "high": 0.6, "confidence": 0.95, "method": "exact", "n": 7
    }  # fmt: skip
