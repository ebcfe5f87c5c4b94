"""A curve against one run: published values, a plain loop, the worst world by linear programming, and worlds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import optimize, stats

from bounds import (
    EpsilonDelta,
    Gaussian,
    TradeOff,
    gaussian_epsilon,
    one_run_epsilon,
    one_run_mu,
    one_run_refutes,
    tradeoff_p_value,
)

# 2,000 simulated audits at a nominal false-alarm rate of 5 %: 100 false claims are expected, and more than these
# have probability 1e-4.
AUDITS = 2000
MOST_FALSE = stats.binom.isf(1e-4, AUDITS, 0.05)


@pytest.mark.parametrize(
    ("coins", "guesses", "right", "mu", "epsilon"),
    [(1000, 100, 90, 0.60250, 2.4564), (1000, 1000, 600, 0.16385, 0.58354)],
)
def test_published_values(coins: int, guesses: int, right: int, mu: float, epsilon: float) -> None:
    found = one_run_mu(coins, guesses, right, 0.05)
    assert found == pytest.approx(mu, abs=5e-6)
    assert gaussian_epsilon(found, 1e-5) == pytest.approx(epsilon, abs=5e-5)


@pytest.mark.parametrize(
    ("guesses", "right", "corners", "expected"),
    [(406, 379, 386, 2.165), (938, 934, 374, 4.722), (5436, 5436, 140, 9.134)],
)
def test_normal_scores(guesses: int, right: int, corners: int, expected: float) -> None:
    # Scores at the quantiles (k + .5) / 10,000 of normals 1, 2 or 4 apart; guessed is "in" from a threshold on. The
    # thresholds at the corners of the ROC's hull are paid for; these counts are those of the best one.
    found = gaussian_epsilon(one_run_mu(20_000, guesses, right, 0.05 / corners), 1e-6)
    assert found == pytest.approx(expected, abs=5e-4)


def plainly_refuted(floor: Callable[[float], float], coins: int, guesses: int, right: int, tau: float) -> bool:
    """The recursion in plain numbers, to its end."""
    h, r = tau * (guesses - right) / coins, tau * right / coins
    for i in range(right - 1, -1, -1):
        raised = max(h, floor(min(r, 1.0)))
        r += i / (guesses - i) * (raised - h)
        h = raised
    return r + h > guesses / coins


@pytest.mark.parametrize(("coins", "guesses"), [(9, 9), (40, 12), (1, 1)])
@pytest.mark.parametrize("mu", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.5])
def test_against_a_plain_loop(coins: int, guesses: int, mu: float, alpha: float) -> None:
    def floor(tpr: float) -> float:
        return float(stats.norm.cdf(stats.norm.ppf(tpr) - mu))

    for right in range(guesses + 1):
        expected = plainly_refuted(floor, coins, guesses, right, alpha)
        assert one_run_refutes(Gaussian(mu), coins, guesses, right, alpha) == expected


def largest_chance(curve: EpsilonDelta, coins: int, guesses: int, right: int) -> float:
    """The highest chance of `right` or more right guesses of all distributions that obey every constraint at once."""
    number = np.arange(guesses + 1)
    rows, limits = [], []
    for c in range(guesses):
        r, h = np.where(number > c, number, 0) / coins, np.where(number >= c, guesses - number, 0) / coins
        # h >= (r - delta) / e^eps, and h >= 1 - delta - e^eps (1 - r): the two lines of the floor.
        grown = math.exp(curve.epsilon)
        rows += [r / grown - h, grown * r - h]
        limits += [curve.delta / grown, grown - 1 + curve.delta]
    goal = -(number >= right).astype(float)
    found = optimize.linprog(goal, np.array(rows), limits, np.ones((1, guesses + 1)), [1.0], bounds=(0, 1))
    return float(-found.fun)


@pytest.mark.parametrize(("coins", "guesses"), [(12, 12), (30, 8)])
@pytest.mark.parametrize("curve", [EpsilonDelta(0, 0), EpsilonDelta(1, 0), EpsilonDelta(0.5, 0.01)])
def test_the_p_value_is_the_worst_world_by_linear_programming(coins: int, guesses: int, curve: EpsilonDelta) -> None:
    for right in range(1, guesses + 1):
        expected = pytest.approx(largest_chance(curve, coins, guesses, right), rel=1e-5)
        assert tradeoff_p_value(curve, coins, guesses, right) == expected


@pytest.mark.parametrize("curve", [EpsilonDelta(0.5, 0), EpsilonDelta(0.5, 1e-3), Gaussian(0.4)])
def test_the_p_value_is_the_smallest_alpha_that_refutes(curve: TradeOff) -> None:
    values = [tradeoff_p_value(curve, 60, 40, right) for right in range(41)]
    assert values[0] == 1
    assert (np.diff(values) <= 0).all()
    for right, value in enumerate(values):
        assert value == 1 or one_run_refutes(curve, 60, 40, right, value)
        assert not one_run_refutes(curve, 60, 40, right, value * (1 - 1e-6))


def test_mu_is_where_the_gaussian_claim_stops_being_refuted() -> None:
    for right in range(0, 41, 4):
        mu = one_run_mu(60, 40, right, 0.05)
        assert not one_run_refutes(Gaussian(mu + 1e-8), 60, 40, right, 0.05)
        assert mu == 0 or one_run_refutes(Gaussian(mu), 60, 40, right, 0.05)


def test_edges() -> None:
    assert one_run_mu(10, 0, 0, 0.05) == 0
    assert one_run_mu(0, 0, 0, 0.05) == 0
    assert tradeoff_p_value(Gaussian(1), 10, 0, 0) == 1
    # All right: under no leakage 2^-guesses, exactly.
    assert tradeoff_p_value(EpsilonDelta(0, 0), 20, 20, 20) == pytest.approx(2**-20, rel=1e-8)
    assert tradeoff_p_value(EpsilonDelta(1, 0), 5, 5, 5) == pytest.approx((1 + math.exp(-1)) ** -5, rel=1e-8)
    assert tradeoff_p_value(EpsilonDelta(0, 0), 5000, 5000, 5000) == pytest.approx(1e-300)
    found = [one_run_mu(100, 50, right, 0.05) for right in range(51)]
    assert (np.diff(found) >= 0).all()
    assert one_run_mu(100, 50, 50, 0.01) < found[-1]


def test_ten_thousand_guesses_are_worked_through() -> None:
    assert 0.8 < one_run_mu(20_000, 10_000, 9_000, 0.05) < 1.0
    assert 0 < one_run_mu(20_000, 10_000, 5_100, 0.05) < 0.1


@pytest.mark.parametrize(("coins", "guesses"), [(10, 10), (1000, 100), (100_000, 1000)])
@pytest.mark.parametrize("curve", [EpsilonDelta(0, 0), EpsilonDelta(0, 1e-4), Gaussian(0)])
def test_p_values_of_null_audits_are_uniform_or_larger(coins: int, guesses: int, curve: TradeOff) -> None:
    right = np.random.default_rng(1).binomial(guesses, 0.5, AUDITS)
    counts, which = np.unique(right, return_inverse=True)
    values = np.array([tradeoff_p_value(curve, coins, guesses, v) for v in counts.tolist()])[which]
    assert (values <= 0.05).sum() <= MOST_FALSE
    assert (values <= 0.5).sum() <= stats.binom.isf(1e-4, AUDITS, 0.5)


def right_guesses(coins: int, guesses: int, mu: float, audits: int, rng: np.random.Generator) -> np.ndarray:
    """Right guesses about coins whose scores are normal, mu apart: the farthest from the middle are guessed."""
    inside = rng.random((audits, coins)) < 0.5
    distance = mu * inside + rng.normal(size=inside.shape) - mu / 2
    chosen = np.argpartition(-np.abs(distance), guesses - 1, axis=1)[:, :guesses]
    return np.take_along_axis((distance > 0) == inside, chosen, 1).sum(axis=1)


@pytest.mark.parametrize("mu", [0.0, 0.5, 2.0])
def test_the_gaussian_mechanism_is_over_claimed_at_most_at_alpha(mu: float) -> None:
    # One coin moves one of the scores by mu, and nothing else: exactly mu-GDP.
    right = right_guesses(200, 40, mu, AUDITS, np.random.default_rng(2))
    counts, which = np.unique(right, return_inverse=True)
    found = np.array([one_run_mu(200, 40, v, 0.05) for v in counts.tolist()])[which]
    assert (found > mu).sum() <= MOST_FALSE


def test_one_run_reaches_a_part_of_a_gaussian_and_more_than_epsilon_delta_does() -> None:
    # Measured: .72 of mu and .69 of epsilon at delta 1e-5, where one (epsilon, delta) proves .53 of epsilon.
    right = right_guesses(20_000, 1000, 1.0, 20, np.random.default_rng(5)).tolist()
    mu = np.array([one_run_mu(20_000, 1000, v, 0.05) for v in right])
    assert (mu > 0.65).all()
    assert (mu < 1.0).all()
    proved = np.mean([gaussian_epsilon(v, 1e-5) for v in mu.tolist()])
    by_epsilon_delta = np.mean([one_run_epsilon(20_000, 1000, v, 1e-5, 0.05) for v in right])
    assert 1.2 * by_epsilon_delta < proved < gaussian_epsilon(1.0, 1e-5)


def test_randomised_response_is_approached_and_over_claimed_at_most_at_alpha() -> None:
    # Against the curve of (1, 0)-DP at most at alpha; against that of .95 almost always.
    right = np.random.default_rng(6).binomial(100_000, 1 / (1 + math.exp(-1.0)), AUDITS)
    fewest = {}
    for epsilon in (0.95, 1.0):
        refuted = [
            one_run_refutes(EpsilonDelta(epsilon, 0), 100_000, 100_000, v, 0.05) for v in range(72_000, 75_001, 25)
        ]
        fewest[epsilon] = 72_000 + 25 * refuted.index(True)
    # Rounded up to 25 guesses: at one standard deviation of 140 more than this costs nothing that counts.
    assert (right >= fewest[1.0]).sum() <= MOST_FALSE
    assert (right >= fewest[0.95]).mean() > 0.95


def test_runs_with_references_from_outside_combine() -> None:
    # Four runs of 50 coins are one of 200: each score leans on a model outside, which shifts all runs alike.
    rng = np.random.default_rng(3)
    inside = rng.random((AUDITS, 4, 50)) < 0.5
    outside = rng.normal(size=(AUDITS, 1, 50))
    score = inside + rng.normal(size=inside.shape) + 0.3 * outside
    right = ((score > 0.5) == inside).sum(axis=(1, 2))
    counts, which = np.unique(right, return_inverse=True)
    found = np.array([one_run_mu(200, 200, v, 0.05) for v in counts.tolist()])[which]
    assert (found > 1.0).sum() <= MOST_FALSE


def test_runs_that_use_each_others_coins_over_claim() -> None:
    rng = np.random.default_rng(4)
    coins = rng.random((AUDITS, 2, 100)) < 0.5
    right = (coins[:, ::-1] == coins).sum(axis=(1, 2))
    counts, which = np.unique(right, return_inverse=True)
    found = np.array([one_run_refutes(EpsilonDelta(0, 0), 200, 200, v, 0.05) for v in counts.tolist()])[which]
    alone = np.array([one_run_refutes(EpsilonDelta(0, 0), 100, 100, v // 2, 0.05) for v in counts.tolist()])[which]
    assert found.mean() > 1.3 * alone.mean()
