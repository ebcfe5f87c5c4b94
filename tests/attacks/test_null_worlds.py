"""Nothing to find: what every attack reports when membership leaves no trace."""

from dataclasses import replace

import numpy as np
import pytest
from repetitions import times
from scipy.special import stdtrit
from scipy.stats import binom
from worlds import gaussian_world, null_world, suited

from attacks import ATTACKS, LiraOnline, Sample
from attacks.base import Evidence
from attacks.jackknife import jackknife

AUDITS = {"quantile": 60, "shadow": 100, "ensemble": times(201), "lira-online": 500}
"""Audits of a null world, up to 498 of attacks that are not named here; all of the one whose fault is known."""

DEAR = ("quantile", "shadow", "ensemble")

every_attack = pytest.mark.parametrize("attack", [*ATTACKS.values()], ids=ATTACKS.keys())


@every_attack
def test_the_interval_of_the_auc_covers_chance(attack):
    # Audits of models that never saw the data. At exactly the nominal 95 % more misses have probability 7e-4;
    # of 500 that is 41, where a t interval over the targets' AUCs misses about 65 times with online LiRA.
    audits = AUDITS.get(attack.name, times(498))
    most, values, halves = binom.isf(7e-4, audits, 0.05), [], []
    for seed in range(audits):
        world = suited(attack, null_world(8, 40, seed))
        own = attack.resolved(world)
        found = jackknife(own, world, own.scores(world), lambda s, w=world: np.array([area(s, w)]))
        values.append(found.value[0])
        halves.append(found.half_width(0.95)[0])
    values, halves = np.array(values), np.array(halves)
    assert (np.abs(values - 0.5) > halves).sum() <= most
    # Pooling over targets biases by O(1 / records): a fifth of it, give or take four standard errors.
    assert abs(values.mean() - 0.5) < 0.005 + 4 * values.std() / np.sqrt(audits)
    # Not absurdly wide: with 4 groups an interval of known variance would be stdtrit(3, .975) deviations.
    # The jackknife counts a product of two models' coins twice (Efron & Stein 1981): at most sqrt 2.
    assert 0.85 < np.mean(halves) / (stdtrit(3, 0.975) * values.std()) < np.sqrt(2) * 1.1


def area(scores, world):
    return Sample.of(scores, world.membership).auc()


def pair_null(attack, world: Evidence, rng: np.random.Generator) -> float:
    """Mean AUC over targets whose pair's coins are drawn anew after training: signals that cannot know them."""
    found = []
    for first in range(0, len(world.pair), 2):
        membership = world.membership.copy()
        membership[first] = rng.random(membership.shape[1]) < 0.5
        membership[first + 1] = ~membership[first]
        scores = attack.scores(replace(world, membership=membership))
        found += [Sample.of(scores[k], membership[k]).auc() for k in (first, first + 1)]
    return float(np.mean(found))


def pair_nulls(attack, shift: float, leave_one_out: bool = False) -> np.ndarray:
    """Forty pools under the pair null, twenty of attacks that take long."""
    rng = np.random.default_rng(10**6)  # not the seed of any world
    pools = 20 if attack.name in DEAR else 40
    worlds = [suited(attack, gaussian_world(8, 240, shift, seed)) for seed in range(pools)]
    if leave_one_out:
        worlds = [replace(world, pair=np.arange(8)) for world in worlds]
    return np.array([pair_null(attack, world, rng) for world in worlds])


def z(found: np.ndarray) -> float:
    return float((found.mean() - 0.5) / (found.std(ddof=1) / np.sqrt(len(found))))


@every_attack
@pytest.mark.parametrize("shift", [0.0, 8.0])
def test_redrawn_coins_cannot_be_told(attack, shift):
    # Exactly .5 in expectation, whatever the real leakage. |z| > 4.5 in one of 16,000 runs (t, 39 degrees),
    # with 20 pools in one of 4,000.
    assert abs(z(pair_nulls(attack, shift))) < 4.5


def test_leaving_out_the_target_alone_finds_what_is_not_there():
    # The partner's coins are the target's turned over. Where models leak, its signal stands on the wrong
    # side of a target's references just where the redrawn coin is wrong, and drives the scores apart.
    found = pair_nulls(LiraOnline("pooled"), 8.0, leave_one_out=True)
    assert found.mean() > 0.52
    assert z(found) > 6


def test_leaving_out_the_target_alone_hides_what_is_there():
    # Where models do not leak, the bias has the other sign: a member has one IN reference fewer, so its
    # IN mean is the noisier, and the likelihood at it the lower.
    found = pair_nulls(LiraOnline("pooled"), 0.0, leave_one_out=True)
    assert found.mean() < 0.48
    assert z(found) < -6
