"""What is said of single records after looking at all of them: who is named, limits of the highest, shrunken values."""

from __future__ import annotations

import numpy as np
import pytest
from repetitions import times
from scipy import stats
from scipy.stats import binom
from worlds import paired_membership

from attacks.intervals import clopper_pearson
from audit.discoveries import (
    ChosenScores,
    Outcomes,
    at_least,
    discoveries,
    models_to_discover,
    p_values,
    shrunken,
    simultaneous_limits,
)
from audit.estimates import difference_interval


def counted(inside: np.ndarray, right: np.ndarray, paired: bool = True) -> Outcomes:
    both = (right[0::2] & right[1::2]).sum(axis=0) if paired else None
    counts = ((inside & right).sum(axis=0), inside.sum(axis=0), (~inside & right).sum(axis=0), (~inside).sum(axis=0))
    return Outcomes(*counts, both)


def null_outcomes(models: int, records: int, seed: int, twins: bool = False) -> Outcomes:
    """No model saw any record: difficulties are uniform, or each record is right in just one model of a pair."""
    rng = np.random.default_rng(seed)
    inside = paired_membership(models, records, rng)
    right = paired_membership(models, records, rng) if twins else rng.random((models, records)) < rng.random(records)
    return counted(inside, right)


def planted_outcomes(models: int, seed: int) -> tuple[Outcomes, np.ndarray]:
    """2,000 records: 100 memorized by .75, 300 by .1, the rest not at all; and each record's true memorization."""
    rng = np.random.default_rng(seed)
    true = np.repeat([0.75, 0.1, 0.0], [100, 300, 1600])
    base = rng.random(2000) * (1 - true)
    inside = paired_membership(models, 2000, rng)
    return counted(inside, rng.random((models, 2000)) < base + true * inside), true


@pytest.mark.parametrize(("models", "records"), [(16, 1438), (32, 1438), (64, 1438), (16, 4000)])
@pytest.mark.parametrize("twins", [False, True])
def test_a_pool_that_memorizes_nothing_names_nobody(models: int, records: int, twins: bool) -> None:
    # 100 pools, each may name somebody with a chance of 5 %: more than 14 by chance has probability 3e-4 a case.
    named = sum(
        discoveries(p_values(null_outcomes(models, records, seed, twins), 0.25), 0.05).any() for seed in range(100)
    )
    assert named <= 14
    if not twins:
        assert named <= 5  # far below its level where most records are easy or hard: no false alarm was seen in 1,000


def test_the_plain_interval_would_name_somebody_in_most_null_pools() -> None:
    # The fault that this module is for: the same pools, counted by each record's own interval.
    def named(seed: int) -> bool:
        return bool((difference_interval(*null_outcomes(16, 1438, seed), 0.95).low >= 0.25).any())

    assert sum(map(named, range(40))) >= 20


@pytest.mark.parametrize("models", [16, 32, 64, 128])
def test_of_the_records_named_few_are_not_memorized(models: int) -> None:
    wrong, named, power = 0, 0, 0
    for seed in range(20):
        outcomes, true = planted_outcomes(models, seed)
        found = discoveries(p_values(outcomes, 0.25), 0.05)
        wrong, named, power = wrong + (found & (true < 0.25)).sum(), named + found.sum(), power + found[:100].sum()
    assert wrong <= 0.05 * named
    assert power >= {16: 0, 32: 100, 64: 1200, 128: 1900}[models]  # of 2,000


def test_p_values_are_those_at_which_the_interval_just_reaches_the_threshold() -> None:
    outcomes, _ = planted_outcomes(64, 1)
    p = p_values(outcomes, 0.25)
    coins = stats.binom.sf(outcomes.in_good - outcomes.both_good - 1, _discordant(outcomes), 0.5)
    for record in np.flatnonzero((p < 0.4) & (p > coins * 1.01))[:40]:
        one = [column[[record]] for column in outcomes]
        low = difference_interval(*one, 1 - 2 * p[record]).low
        np.testing.assert_allclose(low, 0.25, atol=1e-6)
    assert (p >= coins - 1e-12).all()


def _discordant(outcomes: Outcomes) -> np.ndarray:
    return outcomes.in_good + outcomes.out_good - 2 * outcomes.both_good


def test_under_no_effect_p_values_are_at_most_uniform_whatever_the_pairs() -> None:
    for twins in (False, True):
        p = p_values(null_outcomes(32, 40_000, 5, twins), 0.25)
        for level in (0.1, 0.01, 0.001):  # standard error of the share at .001: 1.6e-4
            assert (p <= level).mean() <= level + 4 * np.sqrt(level / 40_000)


def test_without_pairs_the_coins_are_hypergeometric() -> None:
    counts = Outcomes(*(np.array([n]) for n in (6, 6, 0, 6)))
    assert p_values(counts, 0.01)[0] == pytest.approx(1 / 924)  # one way in 12 choose 6


def test_records_without_a_score_have_no_p_value_and_are_never_named() -> None:
    counts = Outcomes(*(np.array(n) for n in ([4, 16], [4, 16], [0, 0], [0, 16])))
    p = p_values(counts, 0.25)
    assert np.isnan(p[0])
    assert p[1] < 1e-3
    assert discoveries(p, 0.05).tolist() == [False, True]
    assert np.isnan(shrunken(counts)[0])
    assert np.isnan(simultaneous_limits(counts, 0.95).low[0])


def test_benjamini_and_hochberg_as_published() -> None:
    # Their example: 15 p-values, of which Bonferroni rejects 3 and the procedure at 5 % the 4 smallest.
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719]
    p = np.array([*published, 0.6528, 0.7590, 1.0])
    assert discoveries(p, 0.05).sum() == 4
    assert discoveries(p[::-1], 0.05)[-4:].all()
    assert not discoveries(np.full(5, np.nan), 0.05).any()


def test_at_least_is_what_all_intersections_say() -> None:
    # Closed testing by hand: the largest set of hypotheses that Simes' test does not reject, over all subsets.
    rng = np.random.default_rng(3)
    for _ in range(60):
        p = rng.random(8) ** rng.choice([1, 4])
        kept = 0
        for code in range(1, 2**8):
            chosen = np.sort(p[[bool(code >> k & 1) for k in range(8)]])
            if not (chosen <= np.arange(1, len(chosen) + 1) * 0.05 / len(chosen)).any():
                kept = max(kept, len(chosen))
        assert at_least(p, 0.05) == 8 - kept


def test_at_least_is_no_more_than_there_are() -> None:
    # 200 pools with 100 memorized records: the lower limit may be above in 2.5 %; more than 14 has probability 3e-4.
    limits = [at_least(p_values(planted_outcomes(64, seed)[0], 0.25), 0.025) for seed in range(100)]
    assert sum(limit > 100 for limit in limits) <= 9
    assert np.mean(limits) > 40


@pytest.mark.parametrize("paired", [True, False])
def test_the_smallest_pool_that_could_name_one_record(paired: bool) -> None:
    for records in (300, 1438, 50_000):
        models = models_to_discover(records, 0.25, 0.05, paired)
        for size, named in ((models, True), (models - 2, False)):
            half = size // 2
            counts = [np.full(records, half), np.full(records, half), np.full(records, half), np.full(records, half)]
            counts[2][0] = 0
            both = np.minimum(counts[0], counts[2]) if paired else None
            assert discoveries(p_values(Outcomes(*counts, both), 0.25), 0.05).sum() == named


def test_limits_hold_for_the_highest_of_all_in_null_and_planted_worlds() -> None:
    missed, plain, pools = 0, 0, times(300)
    for seed in range(pools):
        outcomes, true = planted_outcomes(32, seed)
        if seed % 2:
            outcomes, true = null_outcomes(32, 500, seed), np.zeros(500)
        chosen = ChosenScores(outcomes, 0.95)
        first = chosen.highest_first(np.zeros(len(true)))[0]
        found = chosen.estimate(int(first))
        missed += not found.low <= true[first] <= found.high
        interval = difference_interval(*outcomes, 0.95)
        highest = np.argmax(outcomes.in_good / outcomes.in_models - outcomes.out_good / outcomes.out_models)
        plain += not interval.low[highest] <= true[highest] <= interval.high[highest]
    assert missed <= binom.isf(1e-4, pools, 0.05)
    assert plain > pools / 3  # what a reader was shown before


def test_simultaneous_limits_are_clopper_pearson_at_alpha_over_all_records() -> None:
    counts = Outcomes(*(np.array(n) for n in ([16, 8], [16, 16], [0, 8], [16, 16], [0, 4])))
    level = 1 - 0.05 / 2 / 2
    found = simultaneous_limits(counts, 0.95)
    np.testing.assert_allclose(
        found.low, clopper_pearson([16, 8], 16, level).low - clopper_pearson([0, 8], 16, level).high
    )
    np.testing.assert_allclose(
        found.high, clopper_pearson([16, 8], 16, level).high - clopper_pearson([0, 8], 16, level).low
    )


def test_shrunken_values_take_out_the_luck_of_the_highest() -> None:
    raw_excess, excess, raw_error, error = [], [], [], []
    for seed in range(20):
        outcomes, true = planted_outcomes(32, seed)
        raw = outcomes.in_good / outcomes.in_models - outcomes.out_good / outcomes.out_models
        value = shrunken(outcomes)
        for values, bias in ((raw, raw_excess), (value, excess)):
            top = np.argsort(-values, kind="stable")[:20]
            bias.append((values - true)[top].mean())
        raw_error.append(np.mean((raw - true) ** 2))
        error.append(np.mean((value - true) ** 2))
    assert np.mean(raw_excess) > 0.1  # chosen for their luck
    assert abs(np.mean(excess)) < 0.03
    assert np.mean(error) < 0.25 * np.mean(raw_error)


def test_shrunken_values_of_a_null_world_are_near_zero() -> None:
    raw = null_outcomes(16, 2000, 4)
    assert (raw.in_good / raw.in_models - raw.out_good / raw.out_models).max() >= 0.75
    assert np.abs(shrunken(raw)).max() < 0.25


def test_with_many_models_nothing_is_shrunken() -> None:
    rng = np.random.default_rng(6)
    true = rng.random((2, 300))
    good = [np.round(4000 * rate).astype(int) for rate in true]
    value = shrunken(Outcomes(good[0], np.full(300, 4000), good[1], np.full(300, 4000)))
    assert np.abs(value - (true[0] - true[1])).max() < 2 / 24  # two rates, each within half a step of the grid
