import numpy as np
import pytest
from oracles import attacks as oracle
from scipy.stats import norm
from worlds import evidence, gaussian_world, paired_membership, unpaired_world, with_views

import attacks.references
from attacks import LiraOffline, LiraOnline, Sample

WORLDS = {
    "paired": gaussian_world(10, 12, 1.0, 0),
    "unpaired, some references missing": unpaired_world(5, 25, 1.0, 1),
    "two views": with_views(gaussian_world(12, 12, 1.0, 2), 2, 3),
    "unpaired, three views": unpaired_world(14, 10, 1.0, 4, inclusion=0.5, views=3),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
@pytest.mark.parametrize("variance", ["pooled", "per-record"])
def test_scores_are_those_of_a_loop(world, variance):
    online, offline = LiraOnline(variance).scores(world), LiraOffline(variance).scores(world)
    np.testing.assert_allclose(online, oracle.lira_online(world, variance), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(offline, oracle.lira_offline(world, variance), rtol=1e-9, atol=1e-9)


def test_the_worlds_have_records_without_references():
    scores = oracle.lira_online(WORLDS["unpaired, some references missing"], "pooled")
    assert 0 < np.isnan(scores).mean() < 1


@pytest.mark.parametrize("variance", ["pooled", "per-record", "moderated"])
def test_blocks_of_records_do_not_change_the_scores(variance, monkeypatch):
    world = with_views(gaussian_world(10, 23, 1.0, 0), 2, 0)
    whole = LiraOnline(variance).scores(world)
    monkeypatch.setattr(attacks.references, "BLOCK_ELEMENTS", 10 * 4 * 5)
    # Sums over all records, in another order, move what is estimated from them by their rounding.
    tolerance = {"rtol": 1e-8, "atol": 1e-9} if variance == "moderated" else {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(LiraOnline(variance).scores(world), whole, **tolerance)


@pytest.mark.parametrize("variance", ["pooled", "per-record", "moderated"])
def test_the_optimum_of_a_gaussian_world_is_reached(variance):
    # 160 models x 400 records: the standard deviation of the AUC is below .003, estimating two means
    # from 79 references costs about .003 and two variances a record .006. False alarm below 1e-4.
    world = gaussian_world(160, 400, shift=1.5, seed=5, spread=1.2)
    reached = Sample.of(LiraOnline(variance).scores(world), world.membership).auc()
    optimum = norm.cdf(1.5 / (1.2 * np.sqrt(2)))
    assert optimum - 0.015 < reached < optimum + 0.006


def test_offline_reaches_the_optimum_where_all_shifts_are_alike():
    world = gaussian_world(160, 400, shift=1.5, seed=6)
    reached = Sample.of(LiraOffline().scores(world), world.membership).auc()
    assert reached == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.01)


def test_each_side_has_its_own_variance():
    # Members do not shift, they only spread: a variance shared by both sides sees nothing. 40 models x
    # 300 records; the standard deviation of the AUC is about .005.
    rng = np.random.default_rng(0)
    world = gaussian_world(40, 300, 0.0, 1)
    phi = rng.normal(0, np.where(world.membership, 3.0, 1.0))
    spread_only = evidence(world.membership, phi)
    assert Sample.of(LiraOnline().scores(spread_only), world.membership).auc() > 0.7


def test_pooled_variance_ignores_the_difficulty_of_records():
    # Spread within a record is 1, between records 50: uncentred residuals would drown the shift.
    world = gaussian_world(40, 300, 2.0, 0, difficulty=50.0)
    scores = LiraOffline("pooled").scores(world)
    assert scores[~world.membership].std() == pytest.approx(1.0, abs=0.05)


def test_two_equal_views_say_no_more_than_one():
    one = gaussian_world(12, 30, 1.0, 0)
    two = type(one)(one.membership, np.repeat(one.phi, 2, axis=2), one.correct, one.pair)
    for attack in (LiraOnline("pooled"), LiraOffline("pooled")):
        np.testing.assert_allclose(attack.scores(two), attack.scores(one), atol=1e-3)


def test_a_signal_that_never_moves_is_no_evidence():
    world = gaussian_world(8, 5, 1.0, 0)
    phi = world.phi[:, :, 0].copy()
    phi[:, 0] = 3.0
    scores = LiraOnline("per-record").scores(evidence(world.membership, phi))
    np.testing.assert_allclose(scores[:, 0], 0.0, atol=1e-9)


def test_one_reference_a_side_is_a_linear_discriminant():
    world = gaussian_world(4, 6, 1.0, 0)
    x = world.phi[:, :, 0]
    for k in range(4):
        rest = [r for r in range(4) if r // 2 != k // 2]
        inside = np.where(world.membership[rest[0]], x[rest[0]], x[rest[1]])
        out = np.where(world.membership[rest[0]], x[rest[1]], x[rest[0]])
        expected = (inside - out) * (x[k] - (inside + out) / 2)
        np.testing.assert_allclose(LiraOnline("pooled").scores(world)[k], expected, atol=1e-9)


def test_signals_that_never_move_have_no_negative_variance():
    """Rounding leaves a sum of squares a little below 0; its logarithm would be NaN, and warnings are errors here."""
    rng = np.random.default_rng(0)
    membership = paired_membership(12, 300, rng)
    inside, out = rng.normal(0, 20, (2, 300))
    world = evidence(membership, np.where(membership, inside, out))
    for variance in ("per-record", "pooled", "moderated"):
        for attack in (LiraOnline(variance), LiraOffline(variance)):
            scores = attack.scores(world)
            assert np.isfinite(scores).all()


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-7])
def test_views_that_agree_to_the_last_digit_have_no_negative_variance(noise):
    rng = np.random.default_rng(1)
    membership = paired_membership(12, 100, rng)
    views = 50 + 30 * rng.normal(size=(12, 100, 1)) + noise * rng.normal(size=(12, 100, 4))
    world = evidence(membership, views)
    for variance in ("per-record", "pooled", "moderated"):
        for attack in (LiraOnline(variance), LiraOffline(variance)):
            scores = attack.scores(world)
            assert np.isfinite(scores[:, membership.sum(axis=0) == 6]).all() or variance == "per-record"
