"""Whether memberships look like fair coins of their own, one a record and model: what a bound takes for granted.

Every test has a false-alarm rate of at most `LEVEL`, whatever the numbers of models and records: its tail is exact or
Chernoff's bound, never an approximation. Coins that only seem independent pass, so passing proves nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, rel_entr
from scipy.stats import binom, binomtest

from audit.data.draft import counted

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 1e-6
"""False-alarm rate of each of six tests: of 170,000 files with fair coins one is refused."""
TILTS, TILTS_DOWN = np.geomspace(1e-2, 0.49, 16), np.geomspace(1e-2, 1e3, 24)
"""Chernoff's bound is the least over such tilts; a square of a standardised count has none from .5 on upwards."""


class Coins(NamedTuple):
    """What speaks against memberships being fair coins; empty where nothing does.

    Attributes:
        unfair: why their rate is not one half: guessing them needs that, trying a record does not.
        shared: why they are not coins of their own: nothing is proved from such.
    """

    unfair: str = ""
    shared: str = ""


def coins_of(membership: Bools, pair: Ints, whose: str = "record") -> Coins:
    """Hold memberships against independent coins.

    Args:
        membership: Bool [models, records], or [models, units] where records of one unit share a coin.
        pair: Int [models]; models of one number drew their coins together, so the first of them stands for all.
        whose: "record" or "unit".
    """
    runs = membership[np.unique(pair, return_index=True)[1]]
    models, records = runs.shape
    # Which of two complements stands first may have been chosen by its size: only single models tell a rate.
    fair = models < len(membership) or binomtest(int(runs.sum()), runs.size).pvalue > LEVEL
    rate = 0.5 if fair else float(runs.mean())
    unfair = "" if fair else f"{100 * rate:.3g} % of all memberships are IN, which fair coins would not give"
    again, chance = repeated(runs, rate)
    if chance < np.log(LEVEL):
        return Coins(
            unfair, f"{counted(again, whose)} of {records:,} are IN and OUT together with another in every model"
        )
    heads = runs.sum(axis=1)
    less, more = square_tails(heads, records, rate)
    numbers = f"{whose}s of a model ({heads.min():,} to {heads.max():,} of {records:,})"
    if min(less, more) >= np.log(LEVEL):
        heads = runs.sum(axis=0)
        less, more = square_tails(heads, models, rate)
        numbers = f"models of a {whose} ({heads.min():,} to {heads.max():,} of {models:,} independent ones)"
    if less < np.log(LEVEL):
        return Coins(unfair, f"the numbers of {numbers} are too much alike for coins of their own")
    if more < np.log(LEVEL):
        return Coins(unfair, f"the numbers of {numbers} are too far apart for coins of one rate")
    return Coins(unfair)


def repeated(runs: Bools, rate: float) -> tuple[int, float]:
    """How many columns are equal to an earlier one or its complement, and a bound on the probability of so many.

    Args:
        runs: Bool [independent models, records].
        rate: of the coins, in (0, 1).

    Returns:
        The number, and the logarithm of the bound.
    """
    models, records = runs.shape
    columns = np.ascontiguousarray(np.packbits(runs ^ runs[0], axis=0).T)  # a column and its complement are one class
    classes = len({column.tobytes() for column in columns})
    again = records - classes
    # Given the columns before it, a column falls into one of their classes with at most their number times the chance
    # of the likeliest class; so the number of repetitions is at most a sum of independent events of such chances.
    likeliest = max(rate, 1 - rate) ** models + min(rate, 1 - rate) ** models
    mean = float(np.minimum(np.arange(records) * likeliest, 1.0).sum())
    bounds = [0.0]
    if again > mean:
        bounds.append(again - mean + again * float(np.log(mean / again)) if mean else -np.inf)
    if rate == 0.5:
        # Which classes occur are negatively associated events, for which the bound of Chernoff and Hoeffding holds.
        cells = 2.0 ** (models - 1)
        expected, seen = -float(np.expm1(records * np.log1p(-1 / cells))) if cells > 1 else 1.0, classes / cells
        if seen < expected:
            bounds.append(-cells * float(rel_entr(seen, expected) + rel_entr(1 - seen, 1 - expected)))
    return again, min(bounds)


def square_tails(heads: Ints, coins: int, rate: float) -> tuple[float, float]:
    """How likely independent counts of heads scatter as little as these do, and as much.

    Args:
        heads: Int [counts].
        coins: that each counts.
        rate: of the coins, in (0, 1).

    Returns:
        Logarithms of Chernoff's bounds on both tails of the sum of squared deviations.
    """
    possible = np.arange(coins + 1)
    log_mass = binom.logpmf(possible, coins, rate)

    def squares(counts: Ints) -> Floats:
        return np.asarray((counts - coins * rate) ** 2 / (coins * rate * (1 - rate)), np.float64)

    def bound(tilts: Floats) -> float:
        log_moment = np.array([logsumexp(log_mass + tilt * squares(possible)) for tilt in tilts])
        return min(0.0, float((len(heads) * log_moment - tilts * squares(heads).sum()).min()))

    return bound(-TILTS_DOWN), bound(TILTS)
