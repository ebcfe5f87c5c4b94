"""The link: disjoint halves, its figures against naive loops, null worlds, planted worlds, and small pools."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from oracles import memorization as naive
from repetitions import times
from scipy import stats
from worlds import evidence, gaussian_world, null_world, paired_membership, planted_world

from attacks import ATTACKS
from attacks.base import Attack, Evidence, UnscorableError
from audit import split as module
from audit.crossing import Crossing, chosen_at_top, deciles, rank_correlation
from audit.linkage import left_out, link_attack, null_correlations
from audit.memorization import memorization_scores
from audit.split import Split

FPR = 0.02


class Scoring(Attack):
    """An attack that is nothing but its scores."""

    name, title, source, knowledge, references = "scoring", "Scoring", "", "", True

    def __init__(self, scores) -> None:
        self.function = scores

    def scores(self, evidence: Evidence) -> np.ndarray:
        return self.function(evidence)


def crossing_of(world: Evidence, scores, fpr: float) -> Crossing:
    return Crossing.of(Split(world), Scoring(scores), fpr)


def link(world: Evidence, scores):
    return link_attack(Split(world), Scoring(scores), 0.95)


def gain(world: Evidence) -> np.ndarray:
    """A stand-in for an attack: the signal above its mean over all models outside the target's pair."""
    phi = world.phi[:, :, 0]
    pairs = np.stack([phi[world.pair == number].sum(axis=0) for number in world.pair])
    return phi - (phi.sum(axis=0) - pairs) / (len(phi) - 2)


def long_tail(models: int, records: int, seed: int) -> Evidence:
    """Records memorized to every degree, most of them not at all."""
    rng = np.random.default_rng(seed)
    membership = paired_membership(models, records, rng)
    degree = np.maximum(0, np.random.default_rng(99).normal(0, 3, records))
    return evidence(membership, rng.normal(3 - degree + 1.2 * degree * membership, 1.0))


def naive_halves(world: Evidence) -> tuple[np.ndarray, np.ndarray]:
    return np.flatnonzero(world.pair % 2 == 0), np.flatnonzero(world.pair % 2 == 1)


def test_figures_are_those_of_naive_loops() -> None:
    world = long_tail(24, 60, 1)
    crossing = crossing_of(world, gain, FPR)
    halves = naive_halves(world)
    correlations, hits, members = [], np.zeros(10, int), np.zeros(10, int)
    for memorizing, attacked in (halves, halves[::-1]):
        a, b = world.take(memorizing), world.take(attacked)
        value = [naive.memorization(a.membership, a.correct, i)[4] for i in range(60)]
        called = naive.hits_at(gain(b), b.membership, FPR)
        leak = [called[b.membership[:, i], i].mean() - called[~b.membership[:, i], i].mean() for i in range(60)]
        correlations.append(stats.spearmanr(value, leak).statistic)
        soft = memorization_scores(a, 0.95).soft
        ranked = sorted(range(60), key=lambda i: (round(value[i], 9), soft[i]))
        for tenth in range(10):
            records = ranked[6 * tenth : 6 * tenth + 6]
            hits[tenth] += (called & b.membership)[:, records].sum()
            members[tenth] += b.membership[:, records].sum()
    np.testing.assert_allclose(crossing.spearman(), np.mean(correlations))
    found_hits, found_members = crossing.decile_counts()
    assert found_hits.tolist() == hits.tolist()
    assert found_members.tolist() == members.tolist()
    assert crossing.all_hits(FPR) == (hits.sum(), members.sum())
    assert crossing.top_hits(FPR, 0.1) == hits[-1]


def test_the_attack_never_sees_the_other_half() -> None:
    world, seen = long_tail(24, 60, 2), []

    def spying(part: Evidence) -> np.ndarray:
        seen.append(set(part.pair.tolist()))
        return gain(part)

    crossing_of(world, spying, FPR)
    assert seen == [set(range(0, 12, 2)), set(range(1, 12, 2))]


def test_memorization_of_a_half_ignores_the_other_half() -> None:
    world = long_tail(24, 60, 3)
    spoiled = world.phi.copy()
    spoiled[world.pair % 2 == 1] = 0
    other = Evidence(world.membership, spoiled, spoiled[:, :, 0] > 0, world.pair)
    one = crossing_of(world, gain, FPR).ways[0][0]
    same = crossing_of(other, lambda part: gain(part) + 1e-9 * np.arange(60), FPR).ways[0][0]
    np.testing.assert_array_equal(one.memorization.value, same.memorization.value)


def test_planted_records_take_nearly_all_hits() -> None:
    world = planted_world(48, 1000, 50, 6.0, 4)
    found = link(world, gain)
    assert found.reason is None
    share = {(s.top, s.fpr): s for s in found.hit_shares}
    assert share[0.05, 0.001].share.value > 0.95  # of 24 OUT records in 24,000 that may be hit, some are common
    assert share[0.05, 0.001].records == 50
    assert 0.15 < share[0.01, 0.001].share.value < 0.25
    assert found.deciles[-1].tpr.value > 0.35
    assert all(decile.tpr.high < 0.05 for decile in found.deciles[:-1])
    assert sum(decile.records for decile in found.deciles) == 1000
    assert all(decile.tpr.high > 0 for decile in found.deciles)
    assert sum(map(sum, found.density.counts)) == 2000
    json.dumps(found.model_dump(), allow_nan=False)


def test_a_share_of_all_hits_is_not_claimed_with_certainty() -> None:
    rng = np.random.default_rng(17)
    membership = paired_membership(48, 1000, rng)
    planted = np.arange(1000) < 50  # right often enough while OUT to fill the false positives that are allowed
    right = rng.random((48, 1000)) < np.where(planted, 0.5 + 0.45 * membership, 1.0)
    world = evidence(membership, rng.normal(np.where(right, 3.0, -3.0), 0.01 + 0.3 * planted))
    of_planted = [s for s in link(world, gain).hit_shares if s.top == 0.05]
    assert len(of_planted) == 2
    for top in of_planted:
        assert (top.share.value, top.share.high) == (1.0, 1.0)
        assert 0.3 < top.share.low <= 0.025 ** (1 / top.hits)  # no sharper than if every hit stood by itself


def test_a_real_link_lies_above_its_null_and_below_its_ceiling() -> None:
    found = link(long_tail(64, 500, 5), gain)
    assert found.spearman.low > found.null.high
    assert found.spearman.value == pytest.approx(found.noise_ceiling, abs=0.15)
    expected = np.sqrt(found.reliability_memorization.value * found.reliability_leakage.value)
    assert found.noise_ceiling == pytest.approx(expected)


def test_link_of_null_worlds_lies_in_its_null_interval_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    # Null worlds, nominal misses at most 5 %; more by chance have probability 1e-4.
    monkeypatch.setattr(module, "REDRAWS", 100)
    misses, worlds = 0, times(249)
    for seed in range(worlds):
        world = null_world(16, 250, seed)
        crossing = crossing_of(world, gain, FPR)
        low, high = np.quantile(null_correlations(Split(world, seed), crossing), [0.025, 0.975])
        misses += not low <= crossing.spearman() <= high
    assert misses <= stats.binom.isf(1e-4, worlds, 0.05)


def test_null_interval_holds_where_leakage_is_memorization_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    # The two ways then have equal correlations and their mean is no sharper than one.
    # The mean of two redrawn ways would miss in 17 % of the worlds.
    monkeypatch.setattr(module, "REDRAWS", 100)
    misses, worlds = 0, 250  # of fewer, 17 % of misses would pass
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        membership = paired_membership(16, 250, rng)
        world = evidence(membership, np.where(rng.random((16, 250)) < 0.02, 1.0, -1.0))
        crossing = crossing_of(world, lambda part: part.phi[:, :, 0], 0.05)
        low, high = np.quantile(null_correlations(Split(world, seed), crossing), [0.025, 0.975])
        misses += not low <= crossing.spearman() <= high
    assert misses <= stats.binom.isf(1e-4, worlds, 0.05)


def test_jackknife_error_is_the_spread_of_repeated_pools() -> None:
    # 60 pools of the same records, new models: the jackknife's mean variance of Spearman and of the top decile's
    # TPR against the true one. The ratio of a variance over 60 pools has standard deviation .19; the limits are
    # wide on the safe side, since a jackknife overstates rather than understates (Efron & Stein 1981).
    values, variances = [], []
    for seed in range(60):
        world = long_tail(24, 200, seed)
        _, found = left_out(Split(world), Scoring(gain), FPR)
        values.append(found.value[[0, 10]])
        variances.append(found.variance[[0, 10]])
    ratio = np.mean(variances, axis=0) / np.var(values, axis=0, ddof=1)
    assert (ratio > 0.5).all()
    assert (ratio < 3.5).all()


def test_redrawn_memorization_is_that_of_redrawn_coins(monkeypatch: pytest.MonkeyPatch) -> None:
    # Mean and spread of the closed form against 300 real redraws; difference of the spreads within 15 %, which
    # is about three and a half standard errors.
    monkeypatch.setattr(module, "REDRAWS", 300)
    world, rng = long_tail(24, 120, 6), np.random.default_rng(7)
    crossing = crossing_of(world, gain, FPR)
    fast = null_correlations(Split(world, 1), crossing)[:300]
    memorizing, _ = naive_halves(world)
    leak = crossing.leakage(crossing.ways[0][1])
    slow = []
    for _ in range(300):
        membership = paired_membership(len(memorizing), 120, rng)
        right = world.correct[memorizing]
        value = [naive.memorization(membership, right, i)[4] for i in range(120)]
        slow.append(stats.spearmanr(value, leak).statistic)
    assert abs(np.mean(fast) - np.mean(slow)) < 0.025
    assert np.std(fast) == pytest.approx(np.std(slow), rel=0.15)


@pytest.mark.parametrize("models", [4, 6, 8, 10])
def test_small_pools_have_a_reason_and_no_link(models: int) -> None:
    found = link(long_tail(models, 300, 8), gain)
    assert "models" in found.reason
    assert (found.spearman, found.deciles, found.hit_shares) == (None, (), ())


def test_twelve_models_have_a_link() -> None:
    assert link(long_tail(12, 1000, 9), gain).reason is None


def test_an_fpr_that_half_a_pool_cannot_resolve_is_a_reason() -> None:
    assert "not resolvable" in link(long_tail(16, 50, 10), gain).reason


def test_a_lower_fpr_that_cannot_be_resolved_has_hits_but_no_share() -> None:
    found = link(long_tail(24, 200, 11), gain)
    shares = {s.fpr: s.share for s in found.hit_shares}
    assert shares[0.01] is not None
    assert shares[0.001] is None


def test_an_attack_that_cannot_score_is_a_reason() -> None:
    def failing(part: Evidence) -> np.ndarray:
        raise UnscorableError("there is nothing to score")

    assert link(long_tail(16, 300, 12), failing).reason == "there is nothing to score"
    missing = link(long_tail(16, 300, 12), lambda part: np.full(part.correct.shape, np.nan))
    assert "too few reference models" in missing.reason


def test_two_valued_scores_have_no_ranks_at_a_low_fpr() -> None:
    found = link(gaussian_world(24, 300, 1.0, 13), lambda part: part.correct.astype(float))
    assert "no ranks" in found.reason


def test_rank_correlation_is_spearmans_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(14)
    a, b = rng.integers(0, 4, 50).astype(float), rng.integers(0, 3, 50).astype(float)
    np.testing.assert_allclose(rank_correlation(a, b), stats.spearmanr(a, b).statistic)
    a[:5], b[45:] = np.nan, np.nan
    np.testing.assert_allclose(rank_correlation(a, b), stats.spearmanr(a[5:45], b[5:45]).statistic)
    assert np.isnan(rank_correlation(np.zeros(5), np.arange(5.0)))


def test_deciles_run_from_least_to_most_memorized() -> None:
    half = crossing_of(long_tail(24, 203, 15), gain, FPR).ways[0][0]
    tenths = deciles(half)
    assert sorted(np.concatenate(tenths).tolist()) == list(range(203))
    for lower, upper in itertools.pairwise(tenths):
        assert half.memorization.value[lower].max() <= half.memorization.value[upper].min() + 1e-9


def test_pools_without_pairs_have_a_link_too() -> None:
    rng = np.random.default_rng(16)
    membership = rng.random((24, 400)) < 0.7
    degree = np.maximum(0, rng.normal(0, 3, 400))
    phi = rng.normal(3 - degree + 1.2 * degree * membership, 1.0)
    world = Evidence(membership, phi[:, :, None], phi > 0, np.arange(24))
    found = link(world, lambda part: part.phi[:, :, 0] - part.phi[:, :, 0].mean(axis=0))
    assert found.reason is None
    assert found.spearman.low > found.null.high


@pytest.mark.parametrize("models", [24, 26, 70])
@pytest.mark.parametrize(
    "attack", [Scoring(gain), *(ATTACKS[name] for name in ("base", "lira-online", "rmia-offline"))]
)
def test_a_pool_without_a_group_is_the_pool_of_the_others(models: int, attack: Attack) -> None:
    # Twin: take the models out first, then cut, attack and count as if they had never been there.
    world = long_tail(models, 120, 18)
    split = Split(world)
    _, without = Crossing.with_replicates(split, attack.resolved(split.parts[0]), FPR)
    quads = world.pair // 2
    groups = np.array_split(np.unique(quads), len(without))
    assert [len(group) for group in groups] == split.sizes.tolist()
    for group, found in zip(groups, without, strict=True):
        alone = Crossing.of(Split(world.take(~np.isin(quads, group))), attack.resolved(split.parts[0]), FPR)
        np.testing.assert_allclose(found.figures(), alone.figures(), atol=1e-9)
        for (one, _), (other, _) in zip(found.ways, alone.ways, strict=True):
            np.testing.assert_array_equal(one.memorization.value, other.memorization.value)
            np.testing.assert_allclose(one.memorization.soft, other.memorization.soft, atol=1e-12)
            np.testing.assert_array_equal(one.at[FPR].value, other.at[FPR].value)


def test_the_top_is_the_highest_values_and_ties_are_drawn_by_lot() -> None:
    values = np.array([0.5, 0.9, np.nan, 0.5, 0.1, 0.5, 0.9, 0.0])
    chosen = chosen_at_top(values, 3 / 7)
    assert chosen.tolist() == pytest.approx([1 / 3, 1, 0, 1 / 3, 0, 1 / 3, 1, 0])
    rng, drawn = np.random.default_rng(0), np.zeros(8)
    for _ in range(3000):  # standard error of a third: .009
        order = np.lexsort((rng.random(8), np.where(np.isnan(values), np.inf, -values)))
        drawn[order[:3]] += 1 / 3000
    np.testing.assert_allclose(chosen, drawn, atol=0.045)


def test_without_ties_the_top_is_a_sort() -> None:
    values = np.random.default_rng(1).normal(size=200)
    assert set(np.flatnonzero(chosen_at_top(values, 0.05))) == set(np.argsort(values)[-10:])


def test_the_most_exposed_are_kept_where_exposure_is_real_and_by_chance_where_it_is_not() -> None:
    """A real long tail; then 60 null pools, whose mean has a standard error below .006."""
    real = link(long_tail(64, 500, 21), gain)
    assert real.top_kept.low > 0.2
    assert real.reliability_leakage.low > 0.3
    kept = [crossing_of(null_world(16, 400, seed), gain, FPR).top_kept() for seed in range(60)]
    assert np.mean(kept) == pytest.approx(0.05, abs=0.03)
