"""The headline attack half by half: a twin, a null and a planted leak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from removed_worlds import QUICK, World
from repetitions import times
from scipy.stats import binom
from worlds import gaussian_world

from attacks import ATTACKS, Evidence
from attacks.evaluation import evaluate
from audit.config import AnalysisConfig
from audit.experiments.removal.attack import ByHalves, evaluated, hits_of
from audit.experiments.removal.sets import crossed, drawn
from audit.halves import halves

ATTACK = ATTACKS["lira-online"]


def crossed_sets(records: int, models: int) -> np.ndarray:
    first, second = np.arange(records) % 5 == 0, np.arange(records) % 7 == 0
    return crossed(np.arange(models) // 2, (first, second))


def test_every_half_is_attacked_as_a_pool_of_its_own() -> None:
    world, gone = gaussian_world(24, 60, 1.0, seed=4), crossed_sets(60, 24)
    evidence = replace(world, membership=world.membership & ~gone)
    scores = ByHalves(ATTACK, gone[0::2]).resolved(evidence).scores(evidence)
    for half in halves(world.pair):
        stay = ~gone[half[0]]
        alone = evidence.take(half).records(stay)
        assert scores[np.ix_(half, np.flatnonzero(stay))] == pytest.approx(ATTACK.resolved(alone).scores(alone))
        assert np.isnan(scores[np.ix_(half, np.flatnonzero(~stay))]).all()


def test_with_a_group_left_out_it_is_the_attack_on_the_others() -> None:
    world, gone = gaussian_world(24, 40, 1.0, seed=5), crossed_sets(40, 24)
    by_halves = ByHalves(ATTACK, gone[0::2]).resolved(world)
    kept = np.flatnonzero(world.pair != 3)
    scores, fewer = by_halves.scores(world), by_halves.scores(world.take(kept))
    one, other = halves(world.pair)
    assert np.isin(np.flatnonzero(world.pair == 3), other).all()
    same = np.isin(kept, one)
    known = ~np.isnan(fewer[same])
    assert fewer[same][known] == pytest.approx(scores[kept][same][known])
    assert not np.allclose(np.nan_to_num(fewer[~same]), np.nan_to_num(scores[kept][~same]))


def test_records_missing_from_single_pairs_have_no_score_there_and_tell_nothing() -> None:
    """A null: signals know of no membership. At most so many intervals miss .5 as 1 in 1,000 allows."""
    missed, pools = 0, times(30)
    for seed in range(pools):
        world = gaussian_world(32, 80, 0.0, seed=seed)
        gone = drawn(np.arange(80) % 2, np.repeat([np.arange(80) < 20], 32, axis=0), seed, 0)
        evidence = replace(world, membership=world.membership & ~gone)
        found = evaluate(ByHalves(ATTACK, gone[0::2]), evidence, (0.1,), 0.95)
        missed += not found.auc.low <= 0.5 <= found.auc.high
        scores = ByHalves(ATTACK, gone[0::2]).scores(evidence)
        assert np.isnan(scores[gone]).all()
        for model, record in np.argwhere(np.isnan(scores) & ~gone):  # no model of the half but the pair's was IN
            others = (world.pair % 2 == world.pair[model] % 2) & (world.pair != world.pair[model])
            assert not evidence.membership[others, record].any()
    assert missed <= binom.ppf(0.999, pools, 0.05)


def planted() -> World:
    outside = np.where(np.arange(60) < 15, 0.02, 0.97)
    return World(np.full(60, 0.98), outside, np.full(10, -1))


def test_without_the_records_that_leak_nothing_leaks() -> None:
    world, leaking = planted(), np.repeat([np.arange(60) < 15], 64, axis=0)
    whole, nobody = world.base(64, 2), np.zeros((64, 60), bool)
    before = evaluated(whole, world.dataset, nobody, QUICK)
    after = evaluated(world.pool(whole.membership, leaking, 3), world.dataset, leaking, QUICK)
    assert not isinstance(before, str)
    assert not isinstance(after, str)
    assert before.auc.low > 0.52
    assert after.auc.low <= 0.5 <= after.auc.high


def test_hits_are_counted_at_the_false_positive_rate_of_those_that_stay() -> None:
    """Were the removed ones left in, they would take most of the accusations of the threshold."""
    world, gone = planted(), np.repeat([np.arange(60) < 15], 64, axis=0)
    pool = world.base(64, 2)
    hits, every = (hits_of(pool, world.dataset, none, QUICK) for none in (gone, np.zeros_like(gone)))
    assert hits is not None
    assert every is not None
    assert not hits[:, :15].any()
    for half in halves(pool.pair):
        outside = ~pool.membership[half][:, 15:]
        rate = hits[half][:, 15:][outside].mean()
        assert 0.08 < rate <= 0.1
        assert every[half][:, 15:][outside].mean() != rate


def test_an_attack_that_cannot_score_says_why() -> None:
    world = planted()
    unscorable = AnalysisConfig(headline="label-only")
    nobody, pool = np.zeros((16, 60), bool), world.base(16, 0)
    assert "view" in str(evaluated(pool, world.dataset, nobody, unscorable))
    assert hits_of(pool, world.dataset, nobody, unscorable) is None


def test_it_asks_for_no_more_than_the_attack() -> None:
    world = gaussian_world(16, 30, 1.0, seed=1)
    bare = Evidence(world.membership, world.phi, None, world.pair)
    assert np.isfinite(ByHalves(ATTACK, np.zeros((8, 30), bool)).scores(bare)).all()
