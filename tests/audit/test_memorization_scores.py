"""Memorization of single records: counts, intervals, ranks, and what a record without a score becomes."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import memorization as naive
from scipy import stats
from scipy.special import expit
from worlds import evidence, gaussian_world, null_world, paired_membership, planted_world

from attacks.base import Evidence
from attacks.intervals import newcombe
from audit.estimates import newcombe_paired
from audit.memorization import memorization_scores

Z = stats.norm.ppf(0.975)


def independent_world(models: int, records: int, seed: int, inclusion: float = 0.7) -> Evidence:
    """Models without partners, drawn at another inclusion rate."""
    rng = np.random.default_rng(seed)
    membership = rng.random((models, records)) < inclusion
    phi = rng.normal(1.5 * membership, 2.0)
    return Evidence(membership, phi[:, :, None], phi > 0, np.arange(models))


@pytest.mark.parametrize("world", [gaussian_world(12, 30, 1.5, 1), independent_world(12, 30, 2)])
def test_counts_and_values_are_those_of_a_naive_loop(world: Evidence) -> None:
    scores = memorization_scores(world, 0.95)
    for i in range(30):
        in_correct, in_models, out_correct, out_models, value = naive.memorization(world.membership, world.correct, i)
        assert (scores.in_correct[i], scores.in_models[i]) == (in_correct, in_models)
        assert (scores.out_correct[i], scores.out_models[i]) == (out_correct, out_models)
        np.testing.assert_allclose(scores.value[i], value)


def test_intervals_with_pairs_are_newcombes_for_paired_samples() -> None:
    world = gaussian_world(20, 60, 1.0, 3)
    scores = memorization_scores(world, 0.95)
    for i in range(60):
        cells = {(a, b): 0 for a in (False, True) for b in (False, True)}
        for j in range(10):
            first, second = (2 * j, 2 * j + 1) if world.membership[2 * j, i] else (2 * j + 1, 2 * j)
            cells[bool(world.correct[first, i]), bool(world.correct[second, i])] += 1
        low, high = naive.newcombe_paired(
            cells[True, True], cells[True, False], cells[False, True], cells[False, False], Z
        )
        np.testing.assert_allclose([scores.interval.low[i], scores.interval.high[i]], [low, high], atol=1e-7)


def test_intervals_without_pairs_are_newcombes_for_independent_samples() -> None:
    scores = memorization_scores(independent_world(20, 60, 4), 0.9)
    low, high = newcombe(scores.in_correct, scores.in_models, scores.out_correct, scores.out_models, 0.9)
    np.testing.assert_array_equal(scores.interval.low, low)
    np.testing.assert_array_equal(scores.interval.high, high)
    assert "independent" in scores.method


def test_soft_interval_with_pairs_is_the_paired_t() -> None:
    world = gaussian_world(20, 40, 1.0, 5)
    scores, p = memorization_scores(world, 0.95), expit(world.phi[:, :, 0])
    for i in range(40):
        inside = world.membership[:, i]
        test = stats.ttest_rel(p[inside, i], p[~inside, i])  # IN and OUT models of a pair stay in the pairs' order
        low, high = test.confidence_interval(0.95)
        np.testing.assert_allclose(scores.soft[i], p[inside, i].mean() - p[~inside, i].mean())
        np.testing.assert_allclose([scores.soft_interval.low[i], scores.soft_interval.high[i]], [low, high])


def test_soft_interval_without_pairs_is_welchs() -> None:
    world = independent_world(24, 40, 6)
    scores, p = memorization_scores(world, 0.95), expit(world.phi[:, :, 0])
    for i in range(40):
        inside = world.membership[:, i]
        if (~inside).sum() < 2:
            assert scores.soft_interval.high[i] - scores.soft_interval.low[i] > 0.3  # no variance to be had
            continue
        low, high = stats.ttest_ind(p[inside, i], p[~inside, i], equal_var=False).confidence_interval(0.95)
        expected = [max(low, -1.0), min(high, 1.0)]
        np.testing.assert_allclose([scores.soft_interval.low[i], scores.soft_interval.high[i]], expected)


def test_probabilities_that_do_not_vary_claim_no_certainty() -> None:
    membership = paired_membership(16, 5, np.random.default_rng(7))
    scores = memorization_scores(evidence(membership, np.where(membership, 800.0, -800.0)), 0.95)
    np.testing.assert_allclose(scores.soft, 1.0)
    assert (scores.soft_interval.low < 0.8).all()
    assert (scores.soft_interval.high == 1.0).all()


def test_a_record_without_an_in_or_an_out_model_has_no_score() -> None:
    membership = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 1], [1, 0, 0]], bool)
    correct = np.ones((4, 3), bool)
    world = Evidence(membership, np.ones((4, 3, 1)), correct, np.arange(4))
    scores = memorization_scores(world, 0.95)
    assert scores.scored.tolist() == [False, False, True]
    for array in (scores.value, scores.soft, *scores.interval, *scores.soft_interval):
        assert np.isnan(array[:2]).all()
        assert np.isfinite(array[2])
    assert scores.estimate(0) is None
    assert scores.soft_estimate(1) is None
    assert scores.most_first().tolist() == [2]


def neighbour_world(models: int, records: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Every model is right about a record just if it saw the record's near-duplicate: true memorization is 0."""
    return paired_membership(models, records, rng), paired_membership(models, records, rng)


def test_intervals_cover_where_partners_contradict_each_other() -> None:
    # The two models of a pair divide near-duplicates between them. The interval for independent samples covers
    # 83 % here. 6,000 records: at a true coverage of .945 the count falls below .935 with probability 3e-4.
    membership, correct = neighbour_world(64, 6000, np.random.default_rng(8))
    scores = memorization_scores(Evidence(membership, np.zeros((64, 6000, 1)), correct, np.arange(64) // 2), 0.95)
    covered = (scores.interval.low <= 0) & (scores.interval.high >= 0)
    assert 0.935 < covered.mean() < 0.985
    low, high = newcombe(scores.in_correct, scores.in_models, scores.out_correct, scores.out_models, 0.95)
    assert ((low <= 0) & (high >= 0)).mean() < 0.86


@pytest.mark.parametrize(("in_rate", "out_rate"), [(0.9, 0.9), (0.98, 0.5), (0.7, 0.45), (1.0, 0.75)])
def test_paired_newcombe_covers_independent_partners(in_rate: float, out_rate: float) -> None:
    # 8,000 intervals; the score method's own coverage at 32 pairs lies between .94 and .98. False alarm < 1e-3.
    rng = np.random.default_rng(9)
    inside, outside = rng.random((32, 8000)) < in_rate, rng.random((32, 8000)) < out_rate
    trials = np.full(8000, 32)
    low, high = newcombe_paired((inside & outside).sum(0), inside.sum(0), outside.sum(0), trials, 0.95)
    assert ((low <= in_rate - out_rate) & (in_rate - out_rate <= high)).mean() > 0.932


def test_ties_fall_by_the_soft_score_and_never_by_place() -> None:
    rng = np.random.default_rng(10)
    membership = paired_membership(16, 50, rng)
    phi = 5 + rng.normal(size=(16, 50)) + np.linspace(0, 2, 50) * membership
    phi[:, :5] = np.where(membership[:, :5], 3.0, -3.0) + rng.normal(size=(16, 5)) / 10
    world = evidence(membership, phi)
    scores = memorization_scores(world, 0.95)
    assert (scores.value[5:] == 0).all()
    order = scores.most_first()
    assert set(order[:5]) == {0, 1, 2, 3, 4}
    assert (np.diff(scores.soft[order[5:]]) <= 0).all()
    shuffle = rng.permutation(50)
    shuffled = memorization_scores(evidence(membership[:, shuffle], phi[:, shuffle]), 0.95)
    np.testing.assert_array_equal(shuffle[shuffled.most_first()], order)


def test_full_ties_are_shuffled_rather_than_left_in_place() -> None:
    membership = paired_membership(8, 2000, np.random.default_rng(11))
    scores = memorization_scores(evidence(membership, np.full((8, 2000), 50.0)), 0.95)
    top = scores.most_first()[:200]
    # The mean place of 200 out of 2,000 has standard deviation 39 around 999.5: six of them, 2e-9.
    assert abs(top.mean() - 999.5) < 240


def test_planted_records_lead_the_list() -> None:
    scores = memorization_scores(planted_world(32, 400, 20, 4.0, 12), 0.95)
    planted = np.arange(400) < 20
    ranks = stats.rankdata(scores.value)
    auc = (ranks[planted].sum() - 20 * 21 / 2) / (20 * 380)
    assert auc > 0.999
    assert set(scores.most_first()[:20]) == set(range(20))


def test_a_null_record_is_memorized_by_interval_no_more_often_than_stated() -> None:
    # 40,000 records at a true memorization of 0: at most 2.5 % of lower limits may lie above 0. Score intervals
    # keep this on average over difficulties. Standard deviation of the share 8e-4; false alarm < 1e-3.
    scores = memorization_scores(null_world(64, 40_000, 13), 0.95)
    assert 0.005 < (scores.interval.low > 0).mean() < 0.0285
    assert (scores.interval.low >= 0.25).mean() < 1e-3


def test_a_record_at_the_threshold_is_counted_by_interval_at_most_at_the_stated_rate() -> None:
    # True memorization just .25 (1 IN, .75 OUT): 20,000 records, nominal 2.5 %; sd 1.1e-3; false alarm 1e-4.
    rng = np.random.default_rng(14)
    membership = paired_membership(64, 20_000, rng)
    correct = membership | (rng.random(membership.shape) < 0.75)
    scores = memorization_scores(Evidence(membership, np.zeros((64, 20_000, 1)), correct, np.arange(64) // 2), 0.95)
    assert (scores.interval.low >= 0.25).mean() < 0.025 + 0.004
