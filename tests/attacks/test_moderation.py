"""Moderated variances: the prior is found again, and the attack is never worse than either of its parents."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import attacks as oracle
from repetitions import thorough
from scipy.special import digamma, polygamma
from worlds import evidence, gaussian_world, paired_membership, unpaired_world, with_views

from attacks import Evidence, LiraOffline, LiraOnline, Sample
from attacks.moderation import Moderation, Prior
from attacks.moments import Moments
from attacks.references import NOBODY
from attacks.variances import inverse_trigamma

WORLDS = {
    "paired": gaussian_world(10, 12, 1.0, 0),
    "unpaired, some references missing": unpaired_world(5, 25, 1.0, 1),
    "one spread for all": gaussian_world(12, 30, 1.0, 2),
}


def uneven_world(models: int, records: int, seed: int, strength: float = 4.0, shift: float = 1.5) -> Evidence:
    """Every record has a variance of its own, drawn from a scaled inverse chi-squared of known strength."""
    rng = np.random.default_rng(seed)
    membership = paired_membership(models, records, rng)
    spread = np.sqrt(strength / rng.chisquare(strength, records))
    return evidence(membership, rng.normal(rng.normal(0, 2, records) + shift * membership, spread))


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
@pytest.mark.parametrize("online", [True, False])
def test_scores_are_those_of_a_loop(world: Evidence, online: bool) -> None:
    found = (LiraOnline() if online else LiraOffline()).scores(world)
    # Newton's method and the oracle's search end 1e-10 of the strength apart.
    np.testing.assert_allclose(found, oracle.moderated_lira(world, online), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("value", [1e-5, 1e-3, 0.1, 1.0, 10.0, 1e4])
def test_the_inverse_of_the_trigamma_function(value: float) -> None:
    assert polygamma(1, inverse_trigamma(np.array([value])))[0] == pytest.approx(value, rel=1e-9)


def prior_of(world: Evidence) -> Prior:
    """The prior of all targets, with nobody left out."""
    sides = (world.membership, ~world.membership)
    group = np.zeros(len(world.pair), int)
    return Moderation(Moments.of(world.phi, sides, world.pair, group), 0, False).prior(NOBODY)


@pytest.mark.parametrize("strength", [3.0, 8.0, 30.0])
def test_the_prior_of_a_known_world_is_found(strength: float) -> None:
    """Log variances spread by trigamma(strength / 2); 4,000 records, whose variance has a standard error below 4 %."""
    world = uneven_world(64, 4000, 1, strength)
    (variances,), (gaps,) = prior_of(world).variances, prior_of(world).gaps
    expected = polygamma(1, strength / 2)
    for side in (0, 1):
        assert variances.covariance[side][side].mean() == pytest.approx(expected, rel=0.15, abs=0.01)
    # Both sides of a record have one variance: it is shared, not drawn twice.
    assert variances.covariance[1][0].mean() == pytest.approx(expected, rel=0.15, abs=0.01)
    assert variances.mean[0].mean() == pytest.approx(np.log(strength / 2) - digamma(strength / 2), abs=0.1)
    assert gaps.centre.mean() == pytest.approx(1.5 * _mean_of_inverse_spread(strength), rel=0.1)


def _mean_of_inverse_spread(strength: float) -> float:
    draws = np.random.default_rng(0).chisquare(strength, 100_000)
    return float(np.sqrt(draws / strength).mean())


def test_gaps_of_a_known_world_are_found() -> None:
    rng = np.random.default_rng(2)
    membership = paired_membership(64, 4000, rng)
    gap = rng.normal(0.8, 0.6, 4000)
    found = prior_of(evidence(membership, rng.normal(rng.normal(0, 2, 4000) + gap * membership, 1.0)))
    assert found.gaps[0].centre.mean() == pytest.approx(0.8, abs=0.04)
    assert found.gaps[0].variance.mean() == pytest.approx(0.36, abs=0.04)
    assert (found.variances[0].covariance[0][0] < 0.02).all(), "variances are alike"


def test_without_a_trace_it_is_as_good_as_the_offline_attack() -> None:
    """Gaps are alike and small: an online attack that estimates each of them is far worse (ten worlds, paired)."""
    found = []
    for seed in range(10):
        world = uneven_world(16, 400, 50 + seed, shift=0.5)
        areas = [_area(attack, world) for attack in (LiraOnline(), LiraOffline(), LiraOnline("pooled"))]
        found.append(areas)
    moderated, offline, pooled = np.mean(found, axis=0)
    assert moderated > offline - 0.005
    assert moderated > pooled + 0.02


def _area(attack, world: Evidence) -> float:
    return Sample.of(attack.scores(world), world.membership).auc()


@pytest.mark.parametrize("models", [8, 16, 32, 64, 128, pytest.param(256, marks=thorough)])
@pytest.mark.parametrize("strength", [2.5, 6.0, 1000.0], ids=["very uneven", "uneven", "alike"])
def test_never_significantly_worse_than_the_better_parent(models: int, strength: float) -> None:
    """AUC over ten worlds, paired; worse by more than three standard errors and .002 fails: once in 700 if equal."""
    losses = []
    for seed in range(10):
        world = uneven_world(models, 300, 100 + seed, strength)
        area = {
            variance: Sample.of(LiraOnline(variance).scores(world), world.membership).auc()
            for variance in ("moderated", "pooled", "per-record")
        }
        losses.append(max(area["pooled"], area["per-record"] if models > 8 else 0.0) - area["moderated"])
    losses = np.array(losses)
    assert losses.mean() < 0.002 + 3 * losses.std(ddof=1) / np.sqrt(len(losses))


@pytest.mark.parametrize("views", [2, 3])
def test_views_that_say_the_same_change_nothing(views: int) -> None:
    """A rotation of the views is no other evidence: the joint density does not depend on the axes."""
    world = with_views(gaussian_world(40, 200, 1.5, 4), views, 5)
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(views, views)))[0]
    rotated = evidence(world.membership, world.phi @ turned, world.pair)
    plain, other = (Sample.of(LiraOnline().scores(w), w.membership).auc() for w in (world, rotated))
    assert plain == pytest.approx(other, abs=0.01)
