"""Guesses of coins: valid where nothing leaks, near the truth where all is known, and blind to the coins of runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from mechanisms import gaussian, randomised_response
from repetitions import times
from scipy import stats
from worlds import paired_membership, planted_world, unpaired_world

from attacks.base import Evidence, UnscorableError
from audit.epsilon.roles import roles_of
from audit.epsilon.runs import right_guesses, run_proof, scores_of_runs
from bounds import Gaussian, one_run_epsilon, one_run_refutes

ALPHA = 0.05


def most_false(audits: int) -> float:
    """More alarms than this come by chance with probability 1e-4 if each has probability ALPHA."""
    return float(stats.binom.isf(1e-4, audits, ALPHA))


def test_a_pool_that_is_extended_keeps_every_model_in_its_role() -> None:
    small, large = roles_of(np.arange(32) // 2), roles_of(np.arange(64) // 2)
    for before, after in zip(small, large, strict=True):
        assert set(before) == {model for model in after if model < 32}


@pytest.mark.parametrize("pair", [np.arange(40) // 2, np.arange(40)])
def test_roles_share_no_unit_and_runs_are_one_of_each(pair: np.ndarray) -> None:
    roles = roles_of(pair)
    assert len(roles.choosing) == 10
    assert not set(pair[roles.choosing]) & set(pair[roles.trials])
    assert sorted(pair[roles.runs]) == sorted(set(pair[roles.trials]))
    assert len(roles.choosing) + len(roles.trials) == 40


def test_scores_of_a_run_know_nothing_of_another_runs_coins_and_outputs() -> None:
    """Were it otherwise, guesses of several runs would be right together (see bounds.one_run)."""
    world = planted_world(32, 60, 20, 3.0, 1)
    roles = roles_of(world.pair)
    before = scores_of_runs(world, roles)
    rng, others = np.random.default_rng(2), roles.trials[roles.trials != roles.runs[0]]
    membership, phi = world.membership.copy(), world.phi.copy()
    membership[others] = rng.random(membership[others].shape) < 0.5
    phi[others] = rng.normal(size=phi[others].shape)
    changed = scores_of_runs(replace(world, membership=membership, phi=phi), roles)
    np.testing.assert_allclose(changed[0], before[0], atol=1e-9)  # sums over all models less those of the runs
    assert (changed[1:] != before[1:]).all()
    own = world.membership.copy()
    own[roles.runs[0]] = ~own[roles.runs[0]]
    np.testing.assert_allclose(scores_of_runs(replace(world, membership=own), roles), before, atol=1e-9)


def test_the_choice_of_records_and_guesses_sees_no_run() -> None:
    world = planted_world(32, 60, 20, 3.0, 1)
    trials, rng = roles_of(world.pair).trials, np.random.default_rng(3)
    phi = world.phi.copy()
    phi[trials] = rng.normal(size=phi[trials].shape)
    one, other = run_proof(world, ALPHA), run_proof(replace(world, phi=phi), ALPHA)
    np.testing.assert_array_equal(one.records, other.records)
    assert one.a_run == other.a_run
    assert one.right_in_all > other.right_in_all


def test_null_audits_prove_an_epsilon_at_most_at_alpha() -> None:
    """Audits of models that never saw the data; the limit is passed by chance with probability 1e-4."""
    rng, false, audits = np.random.default_rng(4), {0.0: 0, 1e-3: 0}, times(501)
    for _ in range(audits):
        found = run_proof(gaussian(16, 12, 0.0, rng), ALPHA)
        for delta in false:
            false[delta] += one_run_epsilon(found.coins, found.guesses, found.right_in_all, delta, ALPHA) > 0
    assert max(false.values()) <= most_false(audits)
    assert false[0.0] > 0  # the bound is no stronger than it need be


def test_correlated_records_prove_nothing_either() -> None:
    """Outputs that all move together with something else than the coins: records of a model are not independent."""
    rng, false, audits = np.random.default_rng(5), 0, times(501)
    for _ in range(audits):
        membership = paired_membership(16, 12, rng)
        phi = np.repeat(rng.normal(size=(16, 1)), 12, axis=1)
        found = run_proof(Evidence(membership, phi[:, :, None], phi > 0, np.arange(16) // 2), ALPHA)
        false += one_run_epsilon(found.coins, found.guesses, found.right_in_all, 0.0, ALPHA) > 0
    assert false <= most_false(audits)


def test_randomised_response_is_reached_and_never_passed_beyond_alpha() -> None:
    rng, above = np.random.default_rng(6), 0
    for _ in range(200):
        found = run_proof(randomised_response(24, 40, 1.0, rng), ALPHA)
        above += one_run_epsilon(found.coins, found.guesses, found.right_in_all, 0.0, ALPHA) > 1.0
    assert above <= most_false(200)
    large = run_proof(randomised_response(256, 1000, 1.0, rng), ALPHA)
    assert 0.9 < one_run_epsilon(large.coins, large.guesses, large.right_in_all, 0.0, ALPHA) <= 1.0


def test_a_gaussian_mechanism_does_not_refute_its_own_curve() -> None:
    rng, above = np.random.default_rng(7), 0
    for _ in range(100):
        found = run_proof(gaussian(32, 30, 1.0, rng), ALPHA)
        above += one_run_refutes(Gaussian(1.0), found.coins, found.guesses, found.right_in_all, ALPHA)
    assert above <= most_false(100)
    found = run_proof(gaussian(128, 200, 1.0, rng), ALPHA)
    assert one_run_refutes(Gaussian(0.5), found.coins, found.guesses, found.right_in_all, ALPHA)


def test_guesses_by_an_obvious_loop() -> None:
    rng = np.random.default_rng(8)
    scores, inside = rng.normal(size=(5, 9)), rng.random((5, 9)) < 0.5
    scores[0, 3] = np.nan
    found = right_guesses(scores, inside, [8, 4, 1])
    for column, guesses in enumerate((8, 4, 1)):
        expected = []
        for row, coins in zip(scores, inside, strict=True):
            sure = sorted((j for j in range(9) if not math.isnan(row[j])), key=lambda j: -abs(row[j]))[:guesses]
            expected.append(sum((row[j] > 0) == coins[j] for j in sure))
        assert found[:, column].tolist() == expected


def test_few_strong_records_are_found_among_many_weak_ones() -> None:
    found = run_proof(planted_world(64, 400, 8, 12.0, 9), ALPHA)
    assert set(found.records[:8]) == set(range(8))
    assert found.right_in_all == found.guesses == found.runs * 8


def test_models_without_partners_are_runs_of_their_own() -> None:
    found = run_proof(unpaired_world(40, 50, 2.0, 10, inclusion=0.5), ALPHA)
    assert found.runs == 30


def test_too_few_models_are_refused() -> None:
    with pytest.raises(UnscorableError, match="8 independent"):
        run_proof(planted_world(14, 20, 2, 5.0, 11), ALPHA)
