"""A lower bound on epsilon from guesses about many canaries in one run, or in a few.

Every canary's coin is fair and independent of all others; a canary is in if its coin says so. From the output a
fixed number of coins is guessed. Under (epsilon, delta)-DP the number of right guesses is, up to delta, dominated
by a binomial, though the guesses share one run (Steinke, Nasr & Jagielski 2023, arXiv 2305.08846).

K independent runs with m canaries each combine: together they are one mechanism on K m fair coins, of which each
moves the output of one run only, so the whole has the epsilon and delta of a single run. Coins, guesses and right
guesses are summed. Two conditions:

- The guesses come from outputs of the audited runs and from models *outside* the audited runs, never from the true
  coins of an audited run. If run 1's guesses use run 2's coins and run 2's use run 1's, the sum is not dominated: of
  two coins with an output that depends on neither, guess each to equal the other. Both guesses are right with
  probability 1/2, where two independent ones were so with 1/4.
- A model and its complement share their coins, so only one of each pair is an audited run.

The number of guesses is fixed in advance. One chosen after seeing the outcome must be paid for.
"""

from __future__ import annotations

from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binom

from bounds.arguments import check_delta, check_level, check_nested, check_parameter


def one_run_p_value(epsilon: float, delta: float, coins: int, guesses: int, right: int) -> float:
    """The chance of at least so many right guesses under (epsilon, delta)-DP, at most.

    With `W ~ Bin(guesses, e^eps / (1 + e^eps))` it is `P[W >= right] + 2 coins delta max_i P[right - i <= W < right]
    / i` over `1 <= i <= right` (Steinke, Nasr & Jagielski 2023, arXiv 2305.08846, appendix D).

    Args:
        epsilon: the claimed epsilon, in [0, inf).
        delta: the claimed delta, in [0, 1).
        coins: canaries, in or out by fair independent coins.
        guesses: coins that are guessed, their number fixed in advance.
        right: guesses that are right.

    Raises:
        ValueError: unless coins >= guesses >= right >= 0, or if epsilon or delta is outside its range.
    """
    check_parameter("epsilon", epsilon)
    check_delta(delta)
    check_nested(coins=coins, guesses=guesses, right=right)
    chance = float(expit(epsilon))
    tail = float(binom.sf(right - 1, guesses, chance))
    return min(1.0, tail + 2 * coins * delta * _densest(guesses, right, chance)) if delta > 0 else tail


def one_run_epsilon(coins: int, guesses: int, right: int, delta: float, alpha: float) -> float:
    """Lower bound on epsilon from one run: below it every epsilon has a p-value below alpha.

    Args:
        coins: canaries, in or out by fair independent coins.
        guesses: coins that are guessed, their number fixed in advance.
        right: guesses that are right.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: chance of a bound above the true epsilon, in (0, 1).

    Returns:
        The bound, correct to 1e-6; 0 proves nothing.

    Raises:
        ValueError: unless coins >= guesses >= right >= 0, or if delta or alpha is outside its range.
    """
    check_level("alpha", alpha)

    def excess(epsilon: float) -> float:
        return one_run_p_value(epsilon, delta, coins, guesses, right) - alpha

    if excess(0.0) >= 0:
        return 0.0
    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 0.0, high, xtol=1e-9))


def _densest(guesses: int, right: int, chance: float) -> float:
    """`max_i P[right - i <= W < right] / i`: the highest mean probability of counts up to right - 1.

    Going down from right - 1 the probabilities of a binomial rise to its mode and fall from there. So their running
    mean rises as long as the next one exceeds it, and never again after: the top is found by bisection.
    """
    if right == 0:
        return 0.0
    above = float(binom.sf(right - 1, guesses, chance))

    def mean(i: int) -> float:
        return float(binom.sf(right - 1 - i, guesses, chance) - above) / i

    # Invariant: at `low` the next probability still exceeds the mean, or low is 0; at `high` it does not.
    low, high = 0, right
    while high - low > 1:
        middle = (low + high) // 2
        rises = binom.pmf(right - 1 - middle, guesses, chance) > mean(middle)
        low, high = (middle, high) if rises else (low, middle)
    return float(binom.pmf(right - 1, guesses, chance)) if high == 1 else mean(high)
