"""Lower bounds on epsilon: published values, validity in null and tight worlds, and the rule that chooses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from worlds import paired_membership, planted_world

from attacks.base import Evidence
from audit.epsilon import bound, epsilon_lower_bound, most_provable

# Null and tight worlds below: 1,000 simulated audits each, nominal alpha 5 %, so at most 50 over-claims are
# expected; 77 or more by chance have probability 1e-4.
MOST_FALSE = stats.binom.isf(1e-4, 1000, 0.05)


def randomised_response(models: int, records: int, epsilon: float, rng: np.random.Generator) -> Evidence:
    """Each model is right about a record as its coin says, but lies with probability 1 / (1 + e^epsilon): tight."""
    membership = paired_membership(models, records, rng)
    lies = rng.random(membership.shape) < 1 / (1 + math.exp(epsilon))
    correct = membership ^ lies
    return Evidence(membership, np.where(correct, 1.0, -1.0)[:, :, None], correct, np.arange(models) // 2)


@pytest.mark.parametrize(
    ("tp", "members", "fp", "non_members", "delta", "expected"),
    [
        (500, 1000, 10, 1000, 1e-5, 3.2420),
        (1000, 1000, 0, 1000, 0, 5.6006),
        (100, 100, 0, 100, 0, 3.2813),
        (60, 100, 50, 100, 0, 0),
    ],
)
def test_published_values(tp: int, members: int, fp: int, non_members: int, delta: float, expected: float) -> None:
    assert float(epsilon_lower_bound(tp, members, fp, non_members, delta, 0.05)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("models", "records", "expected"),
    [
        (64, 1, 2.10),
        (128, 1, 2.82),
        (256, 1, 3.53),
        (512, 1, 4.23),
        (1000, 1, 4.91),
        (256, 50_000, 2.12),
        (1000, 50_000, 3.53),
    ],
)
def test_what_perfect_separation_proves(models: int, records: int, expected: float) -> None:
    assert most_provable(models // 2, models // 2, 0.0, 0.05, records) == pytest.approx(expected, abs=6e-3)


def test_both_directions_are_read_from_one_rectangle() -> None:
    # TPR / FPR says little where both are high; (1 - FPR) / (1 - TPR) says it. And the other way round.
    members_sure, non_members_sure = (100, 100, 60, 100), (40, 100, 0, 100)
    mirrored = pytest.approx(epsilon_lower_bound(*non_members_sure, 0, 0.05))
    assert epsilon_lower_bound(*members_sure, 0, 0.05) == mirrored


def test_bound_is_monotone_and_never_negative() -> None:
    tp = np.arange(0, 51)
    found = epsilon_lower_bound(tp, 50, 10, 50, 0.0, 0.05)
    assert (found >= 0).all()
    assert (np.diff(found) >= -1e-12).all()
    assert (epsilon_lower_bound(tp, 50, 10, 50, 0.01, 0.05) <= found).all()
    assert epsilon_lower_bound(0, 0, 0, 0, 0.0, 0.05) == 0


@pytest.mark.parametrize("selection", ["split", "bonferroni"])
def test_null_audits_prove_an_epsilon_at_most_at_alpha(selection: str) -> None:
    # Uncorrected, the best of 300 records would prove an epsilon in a quarter of these audits.
    rng, false = np.random.default_rng(1), 0
    ids = [str(i) for i in range(300)]
    for _ in range(1000):
        membership = paired_membership(24, 300, rng)
        correct = rng.random((24, 300)) < 0.5
        world = Evidence(membership, np.zeros((24, 300, 1)), correct, np.arange(24) // 2)
        false += bound(world, ids, 0.0, 0.95, selection).epsilon > 0
    assert false <= MOST_FALSE


@pytest.mark.parametrize("selection", ["split", "bonferroni"])
def test_a_tight_mechanism_is_never_over_claimed_beyond_alpha(selection: str) -> None:
    rng, false = np.random.default_rng(2), 0
    ids = [str(i) for i in range(10)]
    for _ in range(1000):
        false += bound(randomised_response(48, 10, 1.0, rng), ids, 0.0, 0.95, selection).epsilon > 1.0
    assert false <= MOST_FALSE


def test_a_tight_mechanism_is_approached_as_the_pool_grows() -> None:
    rng = np.random.default_rng(3)
    proved = [bound(randomised_response(n, 5, 1.0, rng), list("abcde"), 0.0, 0.95).epsilon for n in (64, 1024, 40_000)]
    assert proved[0] < proved[1] < proved[2]
    # Both limits lie about 2.2 standard errors from the rates: .95 of the truth at 20,000 certifying models
    assert 0.93 < proved[2] <= 1.0


def test_a_naive_maximum_over_records_does_over_claim() -> None:
    # Why the choice is paid for: uncorrected, most null audits of 2,000 records prove an epsilon.
    rng = np.random.default_rng(4)
    inside, outside = rng.binomial(24, 0.5, (100, 2000)), rng.binomial(24, 0.5, (100, 2000))
    assert (epsilon_lower_bound(inside, 24, outside, 24, 0.0, 0.05).max(axis=1) > 0).mean() > 0.5


def test_a_planted_record_is_chosen_and_certified_on_models_that_did_not_choose_it() -> None:
    world = planted_world(64, 100, 1, 20.0, 5)
    found = bound(world, [f"r{i}" for i in range(100)], 0.0, 0.95)
    assert found.record_id == "r0"
    assert found.epsilon == pytest.approx(most_provable(16, 16, 0.0, 0.05)) == pytest.approx(found.most_provable)
    certifying = np.arange(64) // 2 % 2 == 1
    correct = world.correct.copy()
    correct[certifying, 0] = ~correct[certifying, 0]
    spoiled = Evidence(world.membership, world.phi, correct, world.pair)
    assert bound(spoiled, [f"r{i}" for i in range(100)], 0.0, 0.95).epsilon == 0


def test_no_record_is_named_where_nothing_is_proved() -> None:
    world = planted_world(4, 10, 1, 20.0, 6)
    found = bound(world, [str(i) for i in range(10)], 0.0, 0.95)
    assert (found.epsilon, found.record_id) == (0.0, None)
    assert found.selection.startswith("the record was chosen on half")


def test_the_split_proves_more_than_bonferroni_beyond_forty_records() -> None:
    for models in (64, 256, 1000):
        split = most_provable(models // 4, models // 4, 0.0, 0.05)
        assert split > most_provable(models // 2, models // 2, 0.0, 0.05, 60)
        assert split < most_provable(models // 2, models // 2, 0.0, 0.05, 25)


def test_extending_a_pool_keeps_every_model_in_its_role() -> None:
    world = planted_world(64, 50, 3, 20.0, 7)
    ids = [str(i) for i in range(50)]
    small, large = bound(world.take(np.arange(32)), ids, 0.0, 0.95), bound(world, ids, 0.0, 0.95)
    assert small.epsilon == pytest.approx(most_provable(8, 8, 0.0, 0.05))
    assert large.epsilon == pytest.approx(most_provable(16, 16, 0.0, 0.05))
