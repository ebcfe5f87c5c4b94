"""Rules that choose: what they certify, that they hold in null and tight worlds, and that a naive one does not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bounds import Bonferroni, Counts, Explicit, Rule, Split, epsilon_from_counts, most_provable
from bounds.cuts import best_cuts

# 2,000 simulated audits at a nominal false-alarm rate of 5 %: 100 false claims are expected, and more than these
# have probability 1e-4.
AUDITS = 2000
MOST_FALSE = stats.binom.isf(1e-4, AUDITS, 0.05)

RULES: list[Rule] = [
    Explicit(0.0, 3),
    Bonferroni((0.0,)),
    Bonferroni((-1.0, 0.0, 1.0)),
    Split(),
    Split((-1.0, 0.0, 1.0)),
]


def pairs(models: int, records: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Membership of complementary pairs, and the units."""
    first = rng.random((models // 2, records)) < 0.5
    return np.stack([first, ~first], axis=1).reshape(models, records), np.arange(models) // 2


def planted(models: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise, but record 7 is told apart by a wide gap around 5."""
    rng = np.random.default_rng(seed)
    membership, unit = pairs(models, 20, rng)
    scores = rng.normal(size=(models, 20))
    scores[:, 7] += 10 * membership[:, 7]
    return scores, membership, unit


def test_an_explicit_rule_counts_one_record_at_one_threshold() -> None:
    scores = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 0.5], [0.0, 3.0]])
    membership = np.array([[False, True], [True, False], [True, True], [False, False]])
    found = Explicit(1.0, 1).certify(scores, membership, np.arange(4), 0.01, 0.1)
    assert (found.record, found.threshold, found.counts) == (1, 1.0, Counts(1, 2, 2, 2))
    assert found.epsilon == epsilon_from_counts(1, 2, 2, 2, 0.01, 0.1)
    assert (found.alpha, found.alpha_each) == (0.1, 0.1)
    assert found.most_provable == most_provable(2, 2, 0.01, 0.1)


@pytest.mark.parametrize("rule", [Bonferroni((0.0, 5.0)), Split(), Split((5.0, 0.0))])
def test_a_planted_record_is_found_and_what_it_proves_is_the_most_provable(rule: Rule) -> None:
    found = rule.certify(*planted(64, 1), 0.0, 0.05)
    assert found.record == 7
    assert 2.5 < found.threshold < 8
    assert found.epsilon == found.most_provable > 0
    trials = 32 if isinstance(rule, Bonferroni) else 16
    assert found.counts == Counts(trials, trials, 0, trials)
    assert found.alpha_each == (0.05 / 40 if isinstance(rule, Bonferroni) else 0.05)
    assert found.epsilon == epsilon_from_counts(trials, trials, 0, trials, 0.0, found.alpha_each)


def test_a_split_certifies_on_models_that_did_not_choose() -> None:
    scores, membership, unit = planted(64, 2)
    scores[unit % 2 == 1, 7] *= -1
    found = Split().certify(scores, membership, unit, 0.0, 0.05)
    assert (found.record, found.epsilon, found.counts.tp) == (7, 0.0, 0)


@pytest.mark.parametrize("delta", [0.0, 0.02])
def test_a_split_against_an_obvious_loop(delta: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        membership, unit = pairs(40, 6, rng)
        scores = np.round(rng.normal(size=membership.shape) + 1.5 * membership * rng.random(6), 1)
        chooses = unit % 2 == 0
        best: tuple[float, ...] = ()
        for record in range(6):
            for level in np.unique(scores[chooses, record])[1:].tolist():
                called, member = scores[chooses, record] >= level, membership[chooses, record]
                tp, fp = int((called & member).sum()), int((called & ~member).sum())
                bound = float(epsilon_from_counts(tp, 10, fp, 10, delta, 0.2))
                best = max(best, (bound, (tp - fp) / 10, -record, level))
        found = Split().certify(scores, membership, unit, delta, 0.2)
        called = scores[chooses, found.record] >= found.threshold
        member = membership[chooses, found.record]
        tp, fp = int((called & member).sum()), int((called & ~member).sum())
        assert epsilon_from_counts(tp, 10, fp, 10, delta, 0.2) == pytest.approx(best[0])
        assert (tp - fp) / 10 == pytest.approx(best[1])
        called, member = scores[~chooses, found.record] >= found.threshold, membership[~chooses, found.record]
        assert found.counts == Counts(int((called & member).sum()), 10, int((called & ~member).sum()), 10)


@pytest.mark.parametrize("rule", RULES)
def test_null_audits_prove_an_epsilon_at_most_at_alpha(rule: Rule) -> None:
    rng, false = np.random.default_rng(4), 0
    for _ in range(AUDITS):
        membership, unit = pairs(64, 15, rng)
        false += rule.certify(rng.normal(size=membership.shape), membership, unit, 0.0, 0.05).epsilon > 0
    assert false <= MOST_FALSE


@pytest.mark.parametrize("rule", [Explicit(0.0), Bonferroni((0.0,)), Split((0.0,)), Split()])
def test_randomised_response_is_over_claimed_at_most_at_alpha(rule: Rule) -> None:
    # Each score tells the record's coin, but lies with probability 1 / (1 + e): exactly (1, 0)-DP.
    rng, false = np.random.default_rng(5), 0
    for _ in range(AUDITS):
        membership, unit = pairs(48, 8, rng)
        told = membership ^ (rng.random(membership.shape) < 1 / (1 + math.e))
        false += rule.certify(np.where(told, 1.0, -1.0), membership, unit, 0.0, 0.05).epsilon > 1.0
    assert false <= MOST_FALSE


@pytest.mark.parametrize("rule", [Explicit(0.0), Bonferroni((0.0,)), Split()])
def test_randomised_response_is_approached(rule: Rule) -> None:
    rng = np.random.default_rng(6)
    membership, unit = pairs(40_000, 3, rng)
    told = membership ^ (rng.random(membership.shape) < 1 / (1 + math.e))
    assert 0.9 < rule.certify(np.where(told, 1.0, -1.0), membership, unit, 0.0, 0.05).epsilon <= 1.0


def test_the_naive_maximum_over_records_and_thresholds_over_claims() -> None:
    # The positive control: what the rules search, not paid for, proves an epsilon in most null audits.
    rng, false = np.random.default_rng(7), 0
    for _ in range(100):
        membership, _ = pairs(64, 500, rng)
        false += best_cuts(rng.normal(size=membership.shape), membership, None, 0.0, 0.05).epsilon.max() > 0
    assert false > 50


@pytest.mark.parametrize("seed", range(20))
def test_the_best_bound_of_a_bonferroni_rule_is_that_of_all_records_and_thresholds(seed: int) -> None:
    # Records differ in how many of the models they are in, and so in what is the best of them at which alpha.
    rng = np.random.default_rng(seed)
    membership = rng.random((60, 5)) < np.linspace(0.2, 0.8, 5)
    scores, unit = rng.normal(size=membership.shape) + 3 * membership * (0.5 + rng.random(5)), np.arange(60)
    found = Bonferroni((0.5, 1.5)).certify(scores, membership, unit, 0.0, 0.05)
    each = [
        Explicit(threshold, record).certify(scores, membership, unit, 0.0, 0.05 / 10)
        for record in range(5)
        for threshold in (0.5, 1.5)
    ]
    assert found.epsilon == max(bound.epsilon for bound in each) > 0
    assert found.most_provable == max(bound.most_provable for bound in each)


@pytest.mark.parametrize("share", [0.25, 1 / 3, 0.5, 0.75])
def test_roles_are_interleaved_and_stay_as_a_pool_is_extended(share: float) -> None:
    unit = np.arange(400) // 2 * 10
    rule = Split(share=share)
    chooses = rule.choosing(unit)
    assert (chooses[0::2] == chooses[1::2]).all()
    assert (rule.choosing(unit[:90]) == chooses[:90]).all()
    assert all(abs(chooses[: 2 * n].sum() / 2 - n * share) <= 1 for n in range(1, 201))
    if share == 0.5:
        assert (chooses == (np.arange(400) // 2 % 2 == 0)).all()


def test_units_of_pairs_and_of_single_models_keep_together() -> None:
    assert Split().choosing(np.array([5, 5, 7, 9, 9, 11])).tolist() == [True, True, False, True, True, False]


def test_a_single_unit_proves_nothing() -> None:
    scores, membership, unit = planted(2, 9)
    found = Split().certify(scores, membership, unit, 0.0, 0.05)
    assert (found.epsilon, found.counts, found.most_provable) == (0.0, Counts(0, 0, 0, 0), 0.0)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Explicit(0.0), "fixed in advance, so the bound is computed at the full alpha"),
        (Bonferroni((0.0,)), "at one threshold fixed in advance, each at alpha / records"),
        (Bonferroni((0.0, 1.0)), "of 2 thresholds fixed in advance, each at alpha / (2 x records)"),
        (Split(), "chosen on half of the training runs and certified on the others, at the full alpha"),
        (Split(share=0.25), "chosen on 25 % of the training runs"),
    ],
)
def test_a_rule_describes_itself(rule: Rule, words: str) -> None:
    assert words in rule.description


def test_arguments_that_do_not_fit_are_refused() -> None:
    scores, membership, unit = planted(8, 11)
    with pytest.raises(ValueError, match=r"record=20: there are 20 records"):
        Explicit(0.0, 20).certify(scores, membership, unit, 0.0, 0.05)
    with pytest.raises(ValueError, match=r"scores=\(8, 20\), membership=\(8, 19\)"):
        Split().certify(scores, membership[:, :19], unit, 0.0, 0.05)
    with pytest.raises(ValueError, match=r"scores=\[models, 0\]"):
        Split().certify(scores[:, :0], membership[:, :0], unit, 0.0, 0.05)
    with pytest.raises(ValueError, match=r"thresholds=\(\)"):
        Bonferroni(())
    with pytest.raises(ValueError, match=r"thresholds=\(\)"):
        Split(())
    with pytest.raises(ValueError, match="share=1"):
        Split(share=1)
    with pytest.raises(ValueError, match="alpha=0"):
        Split().certify(scores, membership, unit, 0.0, 0)
