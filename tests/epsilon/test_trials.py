"""Outcomes of one record over models: chosen on some, tried on others; named, certified, drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mechanisms import gaussian, randomised_response
from scipy import stats
from worlds import paired_membership, planted_world

from attacks.base import Evidence, UnscorableError
from audit.epsilon.roles import roles_of
from audit.epsilon.trade_off import GRID, trade_off
from audit.epsilon.trials import trial_proof
from audit.privacy_curve import PrivacyCurve
from bounds import Gaussian, epsilon_from_counts, most_provable

ALPHA = 0.05
MOST_FALSE = stats.binom.isf(1e-4, 1000, ALPHA)
"""More of 1,000 alarms than this come by chance with probability 1e-4."""


def epsilon_of(world: Evidence, delta: float = 0.0) -> float:
    c = trial_proof(world, delta, ALPHA).counts
    return float(epsilon_from_counts(c.tp, c.members, c.fp, c.non_members, delta, ALPHA))


def test_null_audits_prove_an_epsilon_at_most_at_alpha() -> None:
    rng, false = np.random.default_rng(1), 0
    for _ in range(1000):
        membership = paired_membership(24, 100, rng)
        right = rng.random((24, 100)) < 0.5
        false += epsilon_of(Evidence(membership, rng.normal(size=(24, 100, 1)), right, np.arange(24) // 2)) > 0
    assert 0 < false <= MOST_FALSE


def test_a_tight_mechanism_is_never_over_claimed_beyond_alpha_and_is_approached() -> None:
    rng = np.random.default_rng(2)
    false = sum(epsilon_of(randomised_response(48, 10, 1.0, rng)) > 1.0 for _ in range(1000))
    assert false <= MOST_FALSE
    proved = [epsilon_of(randomised_response(models, 5, 1.0, rng)) for models in (64, 1024, 40_000)]
    assert proved[0] < proved[1] < proved[2]
    assert 0.93 < proved[2] <= 1.0


def test_a_planted_record_is_certified_on_models_that_did_not_choose_it() -> None:
    world = planted_world(64, 100, 1, 20.0, 5)
    found = trial_proof(world, 0.0, ALPHA)
    assert found.record == 0
    assert epsilon_of(world) == pytest.approx(most_provable(24, 24, 0.0, ALPHA))
    trials = roles_of(world.pair).trials
    phi, correct = world.phi.copy(), world.correct.copy()
    phi[trials, 0], correct[trials, 0] = -phi[trials, 0], ~correct[trials, 0]
    spoiled = replace(world, phi=phi, correct=correct)
    assert trial_proof(spoiled, 0.0, ALPHA).record == 0
    assert epsilon_of(spoiled) == 0


def test_correctness_is_the_attack_where_it_tells_more_than_the_signal() -> None:
    rng = np.random.default_rng(6)
    world = randomised_response(64, 20, 6.0, rng)
    blind = replace(world, phi=rng.normal(size=world.phi.shape))
    assert trial_proof(blind, 0.0, ALPHA).by_correctness
    assert not trial_proof(replace(blind, correct=None), 0.0, ALPHA).by_correctness


def test_too_few_models_are_refused() -> None:
    with pytest.raises(UnscorableError, match="4 independent"):
        trial_proof(planted_world(6, 20, 2, 5.0, 11), 0.0, ALPHA)


def test_points_of_the_trade_off_by_an_obvious_loop() -> None:
    found = trial_proof(gaussian(48, 5, 2.0, np.random.default_rng(7)), 0.0, ALPHA)
    drawn = trade_off(found, "r1", 0.95, None, None)
    for threshold in np.concatenate([found.members, found.non_members]):
        fpr, fnr = np.mean(found.non_members >= threshold), np.mean(found.members < threshold)
        assert any((point.fpr, point.fnr) == pytest.approx((fpr, fnr)) for point in drawn.measured)
    assert len(drawn.measured) <= 37
    c, certified = found.counts, drawn.certified
    assert (certified.fpr, certified.fnr) == pytest.approx((c.fp / c.non_members, 1 - c.tp / c.members))
    assert certified.fpr_low <= certified.fpr <= certified.fpr_high
    assert certified.fnr_low <= certified.fnr <= certified.fnr_high


def test_claimed_curves_are_drawn_as_their_own_mirror_images() -> None:
    curve = PrivacyCurve(2.0, 0.2, 50)
    floor = curve.fpr_floor(1 - GRID)
    mirrored = curve.fpr_floor(1 - floor)
    assert (mirrored <= GRID + 1e-9).all()
    inner = floor > 0.01
    np.testing.assert_allclose(mirrored[inner], GRID[inner], atol=2e-3)


@pytest.mark.parametrize("tpr", [0.0, 0.03, 0.3, 0.5, 0.9, 0.999, 1.0])
def test_the_floor_of_a_curve_is_the_inverse_of_its_cap(tpr: float) -> None:
    curve = PrivacyCurve(2.0, 0.2, 50)
    floor = float(curve.fpr_floor(np.array(tpr)))
    assert curve.tpr_cap(floor) >= tpr - 1e-9
    assert floor == 0 or curve.tpr_cap(floor * (1 - 1e-6)) < tpr


def test_an_accountants_curve_of_one_unsampled_step_is_the_gaussian_one() -> None:
    grid = np.linspace(0, 1, 41)
    np.testing.assert_allclose(PrivacyCurve(1.0, 1.0, 1).fpr_floor(grid), Gaussian(1.0).fpr_floor(grid), atol=2e-3)
    assert (PrivacyCurve(1.0, 1.0, 1).fpr_floor(grid) <= Gaussian(1.0).fpr_floor(grid) + 1e-6).all()
