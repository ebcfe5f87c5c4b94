"""Epsilon from counts: published values, an inversion of the binomial itself, coverage, tightness, and claims."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from bounds import Counts, EpsilonDelta, Gaussian, epsilon_from_counts, most_provable, rates, refutes

# 2,000 simulated audits at a nominal false-alarm rate of 5 %: 100 false claims are expected, and more than these
# have probability 1e-4.
AUDITS = 2000
MOST_FALSE = stats.binom.isf(1e-4, AUDITS, 0.05)


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
    assert float(epsilon_from_counts(tp, members, fp, non_members, delta, 0.05)) == pytest.approx(expected, abs=5e-5)


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
    assert most_provable(models // 2, models // 2, 0.0, 0.05, records) == pytest.approx(expected, abs=5e-3)


def inverted(tp: int, members: int, fp: int, non_members: int, delta: float, alpha: float) -> float:
    """The same bound from the binomial distribution alone: the rates at which so extreme counts have alpha / 2."""
    tpr, fpr = 0.0, 1.0
    if tp > 0:
        tpr = optimize.brentq(lambda p: stats.binom.sf(tp - 1, members, p) - alpha / 2, 1e-12, 1 - 1e-12)
    if fp < non_members:
        fpr = optimize.brentq(lambda p: stats.binom.cdf(fp, non_members, p) - alpha / 2, 1e-12, 1 - 1e-12)
    ratios = [1.0, (tpr - delta) / fpr, (1 - fpr - delta) / (1 - tpr)]
    return math.log(max(ratios))


@pytest.mark.parametrize("tp", [0, 1, 7, 11, 12])
@pytest.mark.parametrize("fp", [0, 1, 5, 8, 9])
@pytest.mark.parametrize("delta", [0.0, 0.05])
def test_limits_invert_the_binomial(tp: int, fp: int, delta: float) -> None:
    expected = pytest.approx(inverted(tp, 12, fp, 9, delta, 0.1), abs=1e-8)
    assert float(epsilon_from_counts(tp, 12, fp, 9, delta, 0.1)) == expected


def test_arrays_and_scalars_agree() -> None:
    tp, fp = np.arange(6)[:, None], np.arange(5)[None, :]
    whole = epsilon_from_counts(tp, 5, fp, 4, 0.01, 0.05)
    assert whole.shape == (6, 5)
    assert all(whole[i, j] == epsilon_from_counts(i, 5, j, 4, 0.01, 0.05) for i in range(6) for j in range(5))


def test_both_directions_are_read_from_one_rectangle() -> None:
    # TPR / FPR says little where both are high; (1 - FPR) / (1 - TPR) says it. And the other way round.
    members_sure, non_members_sure = (100, 100, 60, 100), (40, 100, 0, 100)
    mirrored = pytest.approx(epsilon_from_counts(*non_members_sure, 0, 0.05))
    assert epsilon_from_counts(*members_sure, 0, 0.05) == mirrored


def test_bound_is_monotone_and_never_negative() -> None:
    count = np.arange(0, 51)
    found = epsilon_from_counts(count, 50, 10, 50, 0.0, 0.05)
    assert (found >= 0).all()
    assert (np.diff(found) >= -1e-12).all()
    assert (np.diff(epsilon_from_counts(40, 50, count, 50, 0.0, 0.05)) <= 1e-12).all()
    assert (epsilon_from_counts(count, 50, 10, 50, 0.01, 0.05) <= found).all()
    assert (epsilon_from_counts(count, 50, 10, 50, 0.0, 0.01) <= found).all()
    assert epsilon_from_counts(0, 0, 0, 0, 0.0, 0.05) == 0


@pytest.mark.parametrize("trials", [10, 100_000])
@pytest.mark.parametrize("delta", [0.0, 0.02])
@pytest.mark.parametrize(("fpr", "epsilon"), [(0.5, 0.0), (0.02, 0.0), (0.02, 2.0), (0.2, 1.0), (0.002, 4.0)])
def test_the_bound_is_above_the_truth_at_most_at_alpha(trials: int, delta: float, fpr: float, epsilon: float) -> None:
    # The attack reaches what (epsilon, delta) allows; at epsilon 0 and delta 0 that is the null world.
    rng = np.random.default_rng(1)
    tpr = fpr * math.exp(epsilon) + delta
    tp, fp = rng.binomial(trials, tpr, AUDITS), rng.binomial(trials, fpr, AUDITS)
    found = epsilon_from_counts(tp, trials, fp, trials, delta, 0.05)
    assert (found > epsilon).sum() <= MOST_FALSE


@pytest.mark.parametrize("epsilon", [1.0, 3.0])
def test_randomised_response_is_approached(epsilon: float) -> None:
    rng = np.random.default_rng(2)
    lie = 1 / (1 + math.exp(epsilon))
    tp, fp = rng.binomial(100_000, 1 - lie, AUDITS), rng.binomial(100_000, lie, AUDITS)
    found = epsilon_from_counts(tp, 100_000, fp, 100_000, 0.0, 0.05)
    assert (found > epsilon).sum() <= MOST_FALSE
    assert found.min() > 0.9 * epsilon


def test_the_naive_maximum_over_records_over_claims() -> None:
    # Why a choice is paid for: uncorrected, most null audits of 2,000 records prove an epsilon.
    rng = np.random.default_rng(3)
    inside, outside = rng.binomial(24, 0.5, (100, 2000)), rng.binomial(24, 0.5, (100, 2000))
    assert (epsilon_from_counts(inside, 24, outside, 24, 0.0, 0.05).max(axis=1) > 0).mean() > 0.5


@pytest.mark.parametrize("counts", [(90, 100, 5, 100), (99, 100, 80, 100), (0, 100, 0, 100), (100, 100, 0, 100)])
@pytest.mark.parametrize("delta", [0.0, 0.01])
def test_an_epsilon_is_refuted_exactly_if_it_is_below_the_bound(counts: tuple[int, ...], delta: float) -> None:
    bound = float(epsilon_from_counts(*counts, delta, 0.05))
    assert not refutes(EpsilonDelta(bound + 1e-9, delta), *counts, 0.05)
    if bound > 0:
        assert refutes(EpsilonDelta(bound - 1e-9, delta), *counts, 0.05)


def test_a_gaussian_claim_that_holds_is_refuted_at_most_at_alpha() -> None:
    rng = np.random.default_rng(4)
    tp = rng.binomial(300, stats.norm.sf(1.0 - 1.5), AUDITS).tolist()
    fp = rng.binomial(300, stats.norm.sf(1.0), AUDITS).tolist()
    refuted = sum(refutes(Gaussian(1.5), a, 300, b, 300, 0.05) for a, b in zip(tp, fp, strict=True))
    assert refuted <= MOST_FALSE
    assert all(refutes(Gaussian(0.8), a, 300, b, 300, 0.05) for a, b in zip(tp[:20], fp[:20], strict=True))


def test_counts_check_themselves() -> None:
    assert Counts(3, 4, 0, 0) == Counts(3, 4, 0, 0)
    with pytest.raises(ValueError, match="members=4, tp=5"):
        Counts(5, 4, 0, 1)
    with pytest.raises(ValueError, match="non_members=1, fp=-1"):
        Counts(1, 4, -1, 1)


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"delta=1\.0"):
        epsilon_from_counts(1, 2, 1, 2, 1.0, 0.05)
    with pytest.raises(ValueError, match="alpha=0"):
        rates(1, 2, 1, 2, 0)
