"""What an arm memorizes in sum: the mean and its interval, counts against chance, and the guarantee's cap."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles import memorization as naive
from repetitions import times
from scipy import stats
from worlds import gaussian_world, null_world, paired_membership, planted_world

from attacks.base import Evidence
from audit.caps import cap_violations, highest_memorization, largest_provable
from audit.chance import chance_with_pairs, chance_without_pairs
from audit.memorization import memorization_scores
from audit.memorization_summary import chance_of_reaching, histogram, mean_memorization, share_memorized, summarise


def of_outcomes(membership: np.ndarray, correct: np.ndarray, paired: bool = True) -> Evidence:
    models = len(membership)
    pair = np.arange(models) // 2 if paired else np.arange(models)
    return Evidence(membership, np.where(correct, 2.0, -2.0)[:, :, None], correct, pair)


def test_mean_memorization_is_the_advantage_of_the_attack_correct() -> None:
    world = gaussian_world(16, 200, 1.0, 1)
    inside, right = world.membership, world.correct
    tpr = [right[inside[:, i], i].mean() for i in range(200)]
    fpr = [right[~inside[:, i], i].mean() for i in range(200)]
    np.testing.assert_allclose(mean_memorization(world).value, np.mean(tpr) - np.mean(fpr))


def test_mean_over_pairs_is_the_mean_over_records() -> None:
    world = gaussian_world(16, 50, 1.0, 2)
    pairs = [
        np.mean([world.correct[2 * j + (not a), i] * 1.0 - world.correct[2 * j + a, i] for i, a in enumerate(row)])
        for j, row in enumerate(world.membership[0::2].astype(int))
    ]
    found = mean_memorization(world)
    np.testing.assert_allclose(found.parts[:, 0], pairs)
    np.testing.assert_allclose(found.value[0], np.mean(pairs))
    low, high = stats.ttest_1samp(pairs, 0).confidence_interval(0.95)
    np.testing.assert_allclose([*found.interval(0.95).low, *found.interval(0.95).high], [low, high])


def test_mean_without_pairs_is_a_jackknife() -> None:
    rng = np.random.default_rng(3)
    membership = rng.random((15, 20)) < 0.7
    world = of_outcomes(membership, rng.random((15, 20)) < 0.5 + 0.4 * membership, paired=False)
    value, error = naive.jackknife_mean(membership, world.correct, world.pair)
    found = mean_memorization(world)
    np.testing.assert_allclose(found.value[0], value)
    half = stats.t.ppf(0.975, 14) * error
    np.testing.assert_allclose([*found.interval(0.95).low, *found.interval(0.95).high], [value - half, value + half])


def test_interval_of_the_mean_covers_zero_at_its_rate_in_null_worlds() -> None:
    # 1,000 simulated audits of 8 pairs, nominal misses 50; binomial limits for a false alarm of 1e-4.
    misses = 0
    for seed in range(1000):
        ends = mean_memorization(null_world(16, 40, seed)).interval(0.95)
        misses += not ends.low[0] <= 0 <= ends.high[0]
    assert stats.binom.ppf(5e-5, 1000, 0.05) <= misses <= stats.binom.isf(5e-5, 1000, 0.05)


def test_extending_a_pool_never_changes_what_old_pairs_contribute() -> None:
    large = gaussian_world(24, 60, 1.0, 4)
    small = large.take(np.arange(16))
    np.testing.assert_allclose(mean_memorization(large).parts[:8], mean_memorization(small).parts, atol=1e-12)


def test_pairs_that_all_agree_claim_no_certainty() -> None:
    membership = paired_membership(16, 10, np.random.default_rng(5))
    ends = mean_memorization(of_outcomes(membership, membership)).interval(0.95)
    assert ends.low[0] < 0.5
    assert ends.high[0] == 1.0


@pytest.mark.parametrize("threshold", [0.25, 0.3, 1 / 3, 0.5, 1.0])
def test_chances_are_those_of_all_possible_coins(threshold: float) -> None:
    rng = np.random.default_rng(6)
    for _ in range(8):
        right = rng.random(12) < rng.random()
        first, second = right[0::2], right[1::2]
        discordant = np.array([(first != second).sum()])
        expected = naive.chance_with_pairs(first.tolist(), second.tolist(), threshold)
        np.testing.assert_allclose(chance_with_pairs(discordant, 6, threshold), expected)
        for in_models in (3, 6, 8):
            expected = naive.chance_without_pairs(right.tolist(), in_models, threshold)
            found = chance_without_pairs(np.array([right.sum()]), 12, np.array([in_models]), threshold)
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_difference_that_just_reaches_the_threshold_counts_whatever_the_floats_say() -> None:
    np.testing.assert_allclose(chance_with_pairs(np.array([3]), 10, 0.3 + 1e-12), 1 / 2**3)
    just = 1 - (6 - 5) / 7  # all 5 IN models and 1 of 7 OUT models are good
    np.testing.assert_allclose(chance_without_pairs(np.array([6]), 12, np.array([5]), just), 6 / 792)


@pytest.mark.parametrize("neighbours", [False, True])
def test_expected_by_noise_is_what_null_worlds_show(neighbours: bool) -> None:
    # 60 null worlds of 1,000 records; the count's standard error over worlds is checked at four of them (6e-5).
    # With near-duplicates, partners contradict each other and twice the variance is noise: it must be seen.
    counts, expected = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        membership = paired_membership(32, 1000, rng)
        right = paired_membership(32, 1000, rng) if neighbours else rng.random((32, 1000)) < rng.random(1000)
        scores = memorization_scores(of_outcomes(membership, right), 0.95)
        counts.append((scores.value >= 0.25 - 1e-9).sum())
        expected.append(chance_of_reaching(scores, 32, 0.25).sum())
    excess = np.subtract(counts, expected)
    assert abs(excess.mean()) < 4 * excess.std(ddof=1) / np.sqrt(60)
    assert np.mean(counts) > 20


def test_expected_by_noise_without_pairs_is_what_null_worlds_show() -> None:
    counts, expected = [], []
    for seed in range(60):  # as above
        rng = np.random.default_rng(seed)
        world = of_outcomes(rng.random((30, 500)) < 0.7, rng.random((30, 500)) < rng.random(500), paired=False)
        scores = memorization_scores(world, 0.95)
        counts.append((scores.value >= 0.25 - 1e-9).sum())
        expected.append(np.nansum(chance_of_reaching(scores, 30, 0.25)))
    excess = np.subtract(counts, expected)
    assert abs(excess.mean()) < 4 * excess.std(ddof=1) / np.sqrt(60)


def test_summary_of_a_planted_world() -> None:
    world = planted_world(64, 300, 30, 4.0, 7)
    scores = memorization_scores(world, 0.95)
    ids = [f"r{i}" for i in range(300)]
    group = np.where(np.arange(300) < 30, "rare", "common")
    found = summarise(world, scores, ids, 0.25, {"kind": group}, cap=0.3)
    assert found.memorized == 30
    assert found.discovered == 30
    np.testing.assert_allclose(found.mean.value, scores.value.mean())
    np.testing.assert_allclose(found.soft_mean.value, scores.soft.mean())
    assert sum(found.histogram.counts) == found.scored == 300
    by = {value.group: value for value in found.by_group}
    assert by["rare"].records == 30
    np.testing.assert_allclose(by["rare"].estimate.value, scores.value[:30].mean())
    np.testing.assert_allclose(by["common"].estimate.value, scores.value[30:].mean())
    assert by["rare"].estimate.low > 0.9 > 0.05 > by["common"].estimate.high
    assert len(found.cap_violations) > 10
    assert set(found.cap_violations) <= set(ids[:30])
    assert found.cap_provable > 0.3
    json.dumps(found.model_dump(), allow_nan=False)


def test_records_without_a_score_are_neither_counted_nor_averaged() -> None:
    rng = np.random.default_rng(8)
    membership = rng.random((10, 40)) < 0.5
    membership[:, :5], membership[:, 5:8] = True, False
    world = of_outcomes(membership, rng.random((10, 40)) < 0.4 + 0.5 * membership, paired=False)
    scores = memorization_scores(world, 0.95)
    found = summarise(world, scores, [str(i) for i in range(40)], 0.25, {"all": np.full(40, "one")}, cap=0.9)
    assert found.scored == scores.scored.sum() <= 32
    np.testing.assert_allclose(found.mean.value, np.nanmean(scores.value))
    assert sum(found.histogram.counts) == found.scored
    json.dumps(found.model_dump(), allow_nan=False)


def test_share_memorized_runs_from_what_is_certain_over_the_named_to_the_plain_count() -> None:
    scores = memorization_scores(planted_world(64, 500, 40, 4.0, 9), 0.95)
    share = share_memorized(scores, 0.25)
    assert share.value == scores.discovered(0.25).mean()
    assert 0 < share.low <= share.value <= share.high == (scores.value >= 0.25 - 1e-9).mean()
    assert share.low <= 40 / 500 <= share.high


def test_coins_for_labels_never_break_a_limit_on_the_share_of_memorized_records() -> None:
    # 100 null pools of 8 models: the lower limit may be above 0 in 5 % of them; more than 14 has probability 1e-4.
    shares = [share_memorized(memorization_scores(null_world(8, 1200, seed), 0.95), 0.25) for seed in range(100)]
    assert sum(share.low > 0 for share in shares) <= 14
    assert np.mean([share.high for share in shares]) > 0.05  # of which the plain count is wrong throughout


def test_histogram_puts_edges_where_they_belong() -> None:
    found = histogram(np.array([-1.0, 0.0, 0.15, 3 * 0.05, 0.1 + 0.05, 1.0]))
    count = dict(zip(found.edges, found.counts, strict=False))
    assert (count[-1.0], count[0.0], count[0.15], count[0.1], count[0.95]) == (1, 1, 3, 0, 1)


def test_cap_check_fires_where_the_cap_is_broken_and_only_there() -> None:
    scores = memorization_scores(planted_world(64, 200, 10, 6.0, 10), 0.95)
    assert set(cap_violations(scores, 0.2)) == set(range(10))
    assert len(cap_violations(scores, 0.95)) == 0


def test_cap_check_is_silent_in_worlds_at_the_cap() -> None:
    # Every record lies just at the cap (.7 against .3), the worst that is allowed. Pools of 100 records, at
    # most 5 % of them may raise an alarm; more by chance has probability 4e-5.
    alarms, pools = 0, times(399)
    for seed in range(pools):
        rng = np.random.default_rng(seed)
        membership = paired_membership(32, 100, rng)
        right = rng.random((32, 100)) < np.where(membership, 0.7, 0.3)
        alarms += len(cap_violations(memorization_scores(of_outcomes(membership, right), 0.95), 0.4)) > 0
    assert alarms <= stats.binom.isf(4e-5, pools, 0.05)


def test_largest_provable_is_where_the_cap_check_stops_firing() -> None:
    membership = paired_membership(64, 50, np.random.default_rng(11))
    scores = memorization_scores(of_outcomes(membership, membership), 0.95)
    edge = largest_provable(scores)
    # both limits at a third of .05 / 100, since three tests share alpha, with 32 models a side
    np.testing.assert_allclose(edge, 2 * (0.05 / 3 / 100) ** (1 / 32) - 1)
    assert len(cap_violations(scores, edge - 1e-6)) == 50
    assert len(cap_violations(scores, edge + 1e-6)) == 0


def test_the_highest_memorization_has_an_interval_that_pays_for_being_the_highest() -> None:
    # Pools of 50 records, each memorized by .4 (.7 against .3): the plain interval of the highest misses .4 most
    # of the time; the corrected one may in at most 5 % of pools: more by chance has probability 1e-4.
    plain, corrected, pools = 0, 0, times(501)
    for seed in range(pools):
        rng = np.random.default_rng(seed)
        membership = paired_membership(32, 50, rng)
        right = rng.random((32, 50)) < np.where(membership, 0.7, 0.3)
        scores = memorization_scores(of_outcomes(membership, right), 0.95)
        highest = int(scores.most_first()[0])
        plain += scores.interval.low[highest] > 0.4
        found = highest_memorization(scores)
        assert found is not None
        assert found.value < np.nanmax(scores.value)  # the luck of the highest is taken out
        corrected += not found.low <= 0.4 <= found.high
    assert corrected <= stats.binom.isf(1e-4, pools, 0.05) < plain
