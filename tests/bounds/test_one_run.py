"""Epsilon from one run: published values, a plain loop, worlds without leakage, randomised response, and conditions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bounds import one_run_epsilon, one_run_p_value

# 2,000 simulated audits at a nominal false-alarm rate of 5 %: 100 false claims are expected, and more than these
# have probability 1e-4.
AUDITS = 2000
MOST_FALSE = stats.binom.isf(1e-4, AUDITS, 0.05)


def bounds_of(coins: int, guesses: int, right: np.ndarray, delta: float) -> np.ndarray:
    """The bounds of many audits; each number of right guesses is looked at once."""
    counts, which = np.unique(right, return_inverse=True)
    return np.array([one_run_epsilon(coins, guesses, v, delta, 0.05) for v in counts.tolist()])[which]


@pytest.mark.parametrize(
    ("coins", "guesses", "right", "delta", "expected", "digits"),
    [
        (100, 100, 60, 0, 0.0519, 4),
        (1000, 100, 90, 0, 1.6308, 4),
        (1000, 100, 90, 1e-5, 1.6261, 4),
        (1000, 100, 100, 1e-5, 3.4654, 4),
        (1000, 1000, 600, 1e-5, 0.2972, 4),
        (1000, 1000, 1000, 1e-5, 5.7823, 4),
        (1000, 100, 75, 1e-4, 0.673, 3),
    ],
)
def test_published_values(coins: int, guesses: int, right: int, delta: float, expected: float, digits: int) -> None:
    assert one_run_epsilon(coins, guesses, right, delta, 0.05) == pytest.approx(expected, abs=0.5 * 10**-digits)


def test_the_published_value_of_a_hundred_thousand_canaries() -> None:
    # 2.67585: published cut to three digits, not rounded.
    assert math.floor(1000 * one_run_epsilon(100_000, 1510, 1439, 1e-5, 0.05)) == 2675


@pytest.mark.parametrize(
    ("guesses", "right", "corners", "expected"),
    [(3376, 2807, 386, 1.133), (4666, 4499, 374, 2.312), (8233, 8223, 140, 4.396)],
)
def test_normal_scores(guesses: int, right: int, corners: int, expected: float) -> None:
    # Scores at the quantiles (k + .5) / 10,000 of normals 1, 2 or 4 apart; guessed is "in" from a threshold on. The
    # thresholds at the corners of the ROC's hull are paid for; these counts are those of the best one.
    found = one_run_epsilon(20_000, guesses, right, 1e-6, 0.05 / corners)
    assert found == pytest.approx(expected, abs=5e-4)


def plain_p_value(epsilon: float, delta: float, coins: int, guesses: int, right: int) -> float:
    chance = math.exp(epsilon) / (1 + math.exp(epsilon))
    pmf = [math.comb(guesses, k) * chance**k * (1 - chance) ** (guesses - k) for k in range(guesses + 1)]
    densest, below = 0.0, 0.0
    for i in range(1, right + 1):
        below += pmf[right - i]
        densest = max(densest, below / i)
    return min(1.0, sum(pmf[right:]) + 2 * coins * delta * densest)


@pytest.mark.parametrize("guesses", [0, 1, 2, 9, 60])
@pytest.mark.parametrize("epsilon", [0.0, 0.4, 2.0])
@pytest.mark.parametrize("delta", [0.0, 1e-3])
def test_p_values_against_a_plain_loop(guesses: int, epsilon: float, delta: float) -> None:
    for right in range(guesses + 1):
        expected = pytest.approx(plain_p_value(epsilon, delta, 70, guesses, right), rel=1e-9)
        assert one_run_p_value(epsilon, delta, 70, guesses, right) == expected


@pytest.mark.parametrize(("guesses", "right"), [(5000, 2600), (5000, 4000), (5000, 5000), (100_000, 52_000)])
def test_large_p_values_against_the_whole_maximum(guesses: int, right: int) -> None:
    bound = one_run_epsilon(guesses, guesses, right, 1e-6, 0.05)
    for epsilon in (0.0, 0.9 * bound, bound):
        chance, i = 1 / (1 + math.exp(-epsilon)), np.arange(1, right + 1)
        tail = stats.binom.sf(right - 1, guesses, chance)
        densest = ((stats.binom.sf(right - 1 - i, guesses, chance) - tail) / i).max()
        expected = pytest.approx(tail + 2 * guesses * 1e-6 * densest, rel=1e-9)
        assert one_run_p_value(epsilon, 1e-6, guesses, guesses, right) == expected


@pytest.mark.parametrize(("coins", "guesses", "right", "delta"), [(300, 80, 70, 1e-4), (300, 300, 180, 1e-3)])
def test_every_epsilon_below_the_bound_is_refuted_and_none_above(
    coins: int, guesses: int, right: int, delta: float
) -> None:
    bound = one_run_epsilon(coins, guesses, right, delta, 0.05)
    below, above = np.linspace(0, bound - 1e-6, 200), np.linspace(bound + 1e-6, 3 * bound, 200)
    assert max(one_run_p_value(e, delta, coins, guesses, right) for e in below.tolist()) < 0.05
    assert min(one_run_p_value(e, delta, coins, guesses, right) for e in above.tolist()) > 0.05


def test_two_hundred_thousand_guesses_prove_a_little_less_than_their_odds() -> None:
    assert 1.0 < one_run_epsilon(200_000, 200_000, 150_000, 1e-6, 0.05) < math.log(3)


def test_bound_is_monotone_and_edges_prove_nothing() -> None:
    found = np.array([one_run_epsilon(40, 30, v, 1e-4, 0.05) for v in range(31)])
    assert (np.diff(found) >= 0).all()
    assert (found[:2] == 0).all()
    assert found[-1] > 1
    assert one_run_epsilon(40, 0, 0, 1e-4, 0.05) == 0
    assert one_run_epsilon(0, 0, 0, 0, 0.05) == 0
    assert one_run_epsilon(40, 30, 29, 1e-3, 0.05) < found[29] < one_run_epsilon(40, 30, 29, 0, 0.05)
    assert one_run_epsilon(40, 30, 29, 1e-4, 0.01) < found[29]


@pytest.mark.parametrize(("coins", "guesses"), [(10, 10), (1000, 100), (100_000, 100_000)])
@pytest.mark.parametrize("delta", [0.0, 1e-5])
def test_null_audits_prove_an_epsilon_at_most_at_alpha(coins: int, guesses: int, delta: float) -> None:
    right = np.random.default_rng(1).binomial(guesses, 0.5, AUDITS)
    assert (bounds_of(coins, guesses, right, delta) > 0).sum() <= MOST_FALSE


@pytest.mark.parametrize(("coins", "guesses"), [(10, 10), (1000, 1000)])
@pytest.mark.parametrize("delta", [0.0, 1e-2])
def test_randomised_response_is_over_claimed_at_most_at_alpha(coins: int, guesses: int, delta: float) -> None:
    # Each coin is told truthfully with probability delta, and by randomised response otherwise: (1, delta)-DP.
    chance = delta + (1 - delta) / (1 + math.exp(-1.0))
    right = np.random.default_rng(2).binomial(guesses, chance, AUDITS)
    assert (bounds_of(coins, guesses, right, delta) > 1.0).sum() <= MOST_FALSE


def test_randomised_response_is_approached() -> None:
    right = np.random.default_rng(3).binomial(100_000, 1 / (1 + math.exp(-1.0)), 200)
    found = bounds_of(100_000, 100_000, right, 0.0)
    assert found.min() > 0.95
    assert (found > 1.0).sum() <= stats.binom.isf(1e-4, 200, 0.05)


def test_runs_with_references_from_outside_combine() -> None:
    # Four runs of randomised response. A guess listens to the audited run's answer in half of the cases and to a
    # model outside all runs, which knows nothing of these coins, in the other.
    rng = np.random.default_rng(4)
    coins = rng.random((AUDITS, 4, 50)) < 0.5
    answers = coins ^ (rng.random(coins.shape) < 1 / (1 + math.exp(1.0)))
    outside = rng.random((AUDITS, 1, 50)) < 0.5
    heard = np.where(rng.random(coins.shape) < 0.5, answers, outside)
    for guess, truth in ((np.broadcast_to(outside, coins.shape), 0.0), (heard, 1.0), (answers, 1.0)):
        right = (guess == coins).sum(axis=(1, 2))
        assert (bounds_of(200, 200, right, 0.0) > truth).sum() <= MOST_FALSE


def test_runs_that_use_each_others_coins_over_claim() -> None:
    # The outputs say nothing. Run 1's coins are guessed to equal run 2's, and run 2's to equal run 1's: each of the
    # 100 pairs is right twice or not at all, so the variance doubles and the 5 % become 12 %.
    rng = np.random.default_rng(5)
    coins = rng.random((AUDITS, 2, 100)) < 0.5
    right = (coins[:, ::-1] == coins).sum(axis=(1, 2))
    assert (bounds_of(200, 200, right, 0.0) > 0).sum() > 1.3 * MOST_FALSE
    # Run 1 with run 2 as a reference alone is fine.
    assert (bounds_of(100, 100, right // 2, 0.0) > 0).sum() <= MOST_FALSE


def test_a_number_of_guesses_chosen_afterwards_over_claims() -> None:
    # The best of 20 numbers of guesses, in worlds without leakage.
    rng = np.random.default_rng(6)
    right = np.cumsum(rng.random((400, 200)) < 0.5, axis=1)
    claims = [bounds_of(200, r, right[:, r - 1], 0.0) > 0 for r in range(10, 201, 10)]
    assert np.any(claims, axis=0).mean() > 0.1


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="coins=10, guesses=11, right=5"):
        one_run_epsilon(10, 11, 5, 0.0, 0.05)
    with pytest.raises(ValueError, match="guesses=5, right=6"):
        one_run_p_value(1.0, 0.0, 10, 5, 6)
    with pytest.raises(ValueError, match=r"epsilon=-1\.0"):
        one_run_p_value(-1.0, 0.0, 10, 5, 5)
    with pytest.raises(ValueError, match="alpha=1"):
        one_run_epsilon(10, 5, 5, 0.0, 1)
