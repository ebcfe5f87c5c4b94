"""Smaller pools: disjoint, whole, as an audit of that size would be; and their mean has the variance of a mean."""

from __future__ import annotations

import numpy as np
import pytest
from repetitions import times
from scipy import stats
from worlds import gaussian_world, null_world, unpaired_world

from attacks import Base, Ensemble, Gap, LiraOnline, evaluate
from attacks.grouping import pair_groups
from attacks.jackknife import Jackknife
from attacks.pool_size import gain, mean_jackknife, parts, sizes, smaller_pools


@pytest.mark.parametrize(("models", "expected"), [(8, []), (16, [8]), (64, [8, 16, 32]), (100, [8, 16, 32, 64])])
def test_sizes_double_and_stay_below_the_pool(models: int, expected: list[int]) -> None:
    assert sizes(models) == expected


def test_parts_share_no_model_and_tear_no_pair_apart() -> None:
    world = gaussian_world(44, 10, 1.0, 0)
    world = world.take(np.random.default_rng(0).permutation(44))
    found = parts(world, 8)
    numbers = [set(part.pair.tolist()) for part in found]
    assert [len(part.pair) for part in found] == [8] * 5
    assert sum(map(len, numbers)) == len(set.union(*numbers)) == 20


def test_values_are_means_of_audits_of_that_size() -> None:
    world = gaussian_world(40, 120, 1.5, 1)
    (eight, sixteen, *_) = smaller_pools(Base(), world, (0.1,))
    for found, size in ((eight, 8), (sixteen, 16)):
        alone = [evaluate(Base(), part, (0.1,)) for part in parts(world, size)]
        assert found.auc.value == pytest.approx(np.mean([one.auc.value for one in alone]))
        assert found.tpr_at[0].tpr.value == pytest.approx(np.mean([one.tpr_at[0].tpr.value for one in alone]))
        assert (found.models, found.pools) == (size, len(alone))


def test_a_rate_that_a_smaller_pool_cannot_resolve_is_said_to_be_so() -> None:
    (found,) = smaller_pools(Base(), gaussian_world(16, 60, 1.5, 2), (0.1, 0.01))
    assert found.tpr_at[0].tpr is not None
    assert found.tpr_at[1].tpr is None
    assert "not resolvable" in found.tpr_at[1].reason


def test_the_variance_of_a_mean_is_the_mean_variance_over_their_number() -> None:
    rng = np.random.default_rng(3)
    each = [Jackknife(rng.normal(size=3), rng.normal(size=(6, 3)), np.full(6, 2)) for _ in range(5)]
    joint = mean_jackknife(each)
    np.testing.assert_allclose(joint.variance, np.mean([one.variance for one in each], axis=0) / 5)
    np.testing.assert_allclose(joint.value, np.mean([one.value for one in each], axis=0))
    np.testing.assert_allclose(mean_jackknife(each[:1]).variance, each[0].variance)


def test_intervals_of_the_mean_cover_chance() -> None:
    """Null audits; at exactly 5 % more misses have probability 1e-4."""
    misses, audits = 0, times(201)
    for seed in range(audits):
        (found,) = smaller_pools(Base(), null_world(16, 100, seed), (0.1,))
        misses += not found.auc.low <= 0.5 <= found.auc.high
    assert misses <= stats.binom.isf(1e-4, audits, 0.05)


def test_more_references_find_more_where_records_differ() -> None:
    found = smaller_pools(LiraOnline("pooled"), gaussian_world(64, 300, 1.5, 4), (0.1,))
    reached = [one.auc.value for one in found]
    assert reached == sorted(reached)
    assert reached[-1] > reached[0] + 0.02


def test_choices_are_made_anew_for_every_size() -> None:
    """The ensemble's weights are those of the smaller pool, and not the whole one's."""
    world = gaussian_world(16, 80, 1.5, 5)
    (found,) = smaller_pools(Ensemble(), world, (0.1,))
    whole = Ensemble().resolved(world)
    anew, kept = (
        np.mean([evaluate(a, part, (0.1,)).auc.value for part in parts(world, 8)]) for a in (Ensemble(), whole)
    )
    assert found.auc.value == pytest.approx(anew)
    assert abs(anew - kept) > 1e-6


def test_without_pairs_any_models_make_a_pool() -> None:
    found = smaller_pools(Gap(), unpaired_world(20, 60, 1.0, 6), (0.1,))
    assert [(one.models, one.pools) for one in found] == [(8, 2), (16, 1)]


def test_a_gain_is_the_difference_and_its_replicates_are_those_of_both_sides() -> None:
    """Against a twin that attacks everything anew without each group; here every group is one pair."""
    world = gaussian_world(16, 80, 1.5, 7)
    (halves,) = smaller_pools(Base(), world, (0.1,))
    found = gain(evaluate(Base(), world, (0.1,)).jackknife, world.pair, halves)

    def difference(kept: np.ndarray) -> float:
        few = [part.take(np.isin(part.pair, kept)) for part in parts(world, 8)]
        return evaluate(Base(), world.take(np.isin(world.pair, kept)), (0.1,)).auc.value - np.mean(
            [evaluate(Base(), part, (0.1,)).auc.value for part in few]
        )

    numbers = np.unique(world.pair)
    assert found.value[0] == pytest.approx(difference(numbers))
    for place, group in enumerate(pair_groups(world.pair)):
        assert found.replicates[place, 0] == pytest.approx(difference(np.setdiff1d(numbers, group)))


def test_a_gain_needs_the_figures_of_all_models() -> None:
    world = gaussian_world(32, 40, 1.0, 8)
    *_, halves = smaller_pools(Base(), world, (0.1,))
    with pytest.raises(ValueError, match="not evaluated on all"):
        gain(evaluate(Base(), world.take(np.arange(16)), (0.1,)).jackknife, world.pair, halves)


@pytest.mark.parametrize(("shift", "attack"), [(1.5, LiraOnline("pooled")), (0.0, Base())])
def test_intervals_of_a_gain_cover_the_true_one(shift: float, attack: object) -> None:
    """Pools of 16 models; the truth is the mean over as many others, whose error is a sixth of one pool's or less.

    At exactly 5 % more misses have probability 1e-4 (and the truth's own error costs less than one more).
    """
    pools = times(90)
    gains = [_gain(gaussian_world(16, 60, shift, 1000 + seed), attack) for seed in range(2 * pools)]
    truth = np.mean([one.value[0] for one in gains[pools:]])
    if shift == 0:
        assert abs(truth) < 4 * np.std([one.value[0] for one in gains]) / np.sqrt(pools)
    misses = sum(abs(one.value[0] - truth) > one.half_width(0.95)[0] for one in gains[:pools])
    assert misses <= stats.binom.isf(1e-4, pools, 0.05)


def _gain(world: object, attack: object) -> Jackknife:
    (halves,) = smaller_pools(attack, world, (0.1,))
    return gain(evaluate(attack, world, (0.1,)).jackknife, world.pair, halves)
