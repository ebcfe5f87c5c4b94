"""One run against a whole trade-off curve, which refutes more than one point of it (epsilon, delta) does.

The setting is that of `bounds.one_run`, with the same conditions on coins, guesses and combined runs. Why it holds
(Mahloujifar, Melis & Chaudhuri 2024, arXiv 2410.22235): let `p_i` be the chance of exactly i right guesses, of g
among m coins, and pick one of the m coins at random. With

    r_c = sum_{i >= c} p_i i / m          it is guessed, right, and at least c guesses are right;
    h_c = sum_{i >= c} p_i (g - i) / m    it is guessed, wrong, and at least c guesses are right.

Turn this one coin over and leave the output as it is: the first event for c + 1 becomes the second for c. The two
worlds are neighbours, so `h_c >= fpr_floor(r_{c+1})`. Now suppose `P[at least c right] = tau`. Then `r_c + h_c =
tau g / m`, and `r_c` is smallest if all of it sits at c. From there each step down needs at least so much `p_i`
that h reaches its floor, which raises r as well. If in the end `r_0 + h_0 > g / m`, more than probability 1 was
needed, so the chance of c right guesses is below tau.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from attacks.intervals import Floats
from bounds.arguments import check_level, check_nested
from bounds.tradeoff import TradeOff, gaussian_floor

LARGEST_MU = 64.0
"""No rate that differs from 1 as a float refutes so large a mu."""
POINTS = 65
SMALLEST_DIGITS = 300.0
"""A p-value of 1e-300 stands for all smaller ones."""
ROUNDS = 7
"""Each round of the search over mu divides the interval by POINTS - 1: to 64 / 64^7, about 1e-11."""


def one_run_refutes(tradeoff: TradeOff, coins: int, guesses: int, right: int, alpha: float) -> bool:
    """Whether so many right guesses prove that a claimed trade-off curve does not hold.

    Args:
        tradeoff: the claimed curve.
        coins: canaries, in or out by fair independent coins.
        guesses: coins that are guessed, their number fixed in advance.
        right: guesses that are right.
        alpha: chance that a curve which holds is refuted, in (0, 1).

    Raises:
        ValueError: unless coins >= guesses >= right >= 0, or if alpha is outside its range.
    """
    check_level("alpha", alpha)
    check_nested(coins=coins, guesses=guesses, right=right)
    return bool(_refuted(tradeoff.fpr_floor, coins, guesses, right, np.array([alpha]))[0])


def tradeoff_p_value(tradeoff: TradeOff, coins: int, guesses: int, right: int) -> float:
    """The smallest alpha at which the curve is refuted.

    Args:
        tradeoff: the claimed curve.
        coins: canaries, in or out by fair independent coins.
        guesses: coins that are guessed, their number fixed in advance.
        right: guesses that are right.

    Returns:
        In [1e-300, 1], never too small; above the exact value by a factor of at most 1 + 1e-9. 1 if at no alpha.

    Raises:
        ValueError: unless coins >= guesses >= right >= 0.
    """
    check_nested(coins=coins, guesses=guesses, right=right)

    def refuted(digits: Floats) -> NDArray[np.bool_]:
        return _refuted(tradeoff.fpr_floor, coins, guesses, right, 10.0**-digits)

    return float(10.0 ** -_last(refuted, 0.0, SMALLEST_DIGITS))


def one_run_mu(coins: int, guesses: int, right: int, alpha: float) -> float:
    """Lower bound on mu of a mechanism that is assumed to be Gaussian: every mu below it is refuted.

    Args:
        coins: canaries, in or out by fair independent coins.
        guesses: coins that are guessed, their number fixed in advance.
        right: guesses that are right.
        alpha: chance of a bound above the true mu, in (0, 1).

    Returns:
        The bound; 0 proves nothing. `gaussian_epsilon` turns it into an epsilon.

    Raises:
        ValueError: unless coins >= guesses >= right >= 0, or if alpha is outside its range.
    """
    check_level("alpha", alpha)
    check_nested(coins=coins, guesses=guesses, right=right)

    def refuted(mu: Floats) -> NDArray[np.bool_]:
        return _refuted(lambda tpr: gaussian_floor(tpr, mu), coins, guesses, right, np.full(mu.shape, alpha))

    return _last(refuted, 0.0, LARGEST_MU)


def _last(holds: Callable[[Floats], NDArray[np.bool_]], low: float, high: float) -> float:
    """The largest value for which a claim holds that holds below some point and not above; `low` if for none."""
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, POINTS)
        held = int(np.count_nonzero(holds(grid)))
        if held == 0:
            return low
        low, high = float(grid[held - 1]), float(grid[min(held, POINTS - 1)])
    return low


def _refuted(floor: Callable[[Floats], Floats], coins: int, guesses: int, right: int, tau: Floats) -> NDArray[np.bool_]:
    """Whether the chance of `right` or more right guesses is below tau, for many tau or many curves at once."""
    if guesses == 0:
        return np.zeros(tau.shape, bool)
    r, h, whole = tau * right / coins, tau * (guesses - right) / coins, guesses / coins
    for i in range(right - 1, -1, -1):
        raised = np.maximum(h, floor(r))
        # Where h stays, r stays too, and then both for good: nothing more is needed.
        if ((raised == h) | (r + h > whole)).all():
            break
        r, h = np.minimum(r + i / (guesses - i) * (raised - h), 1.0), raised
    return np.asarray(r + h > whole)
