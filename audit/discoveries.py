"""What may be said of single records after looking at all of them: discoveries, corrected limits, shrunken values.

An interval of one record holds for a record that was named before anybody looked. Counted over thousands of records,
or shown for the one that came out highest, it misses: in a pool of 16 models that memorizes nothing, three audits in
four of 1,438 records would name somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from attacks.intervals import Interval, clopper_pearson
from audit.estimates import ROUNDING, difference_interval
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = 25
"""Rates 0, 1/24, ..., 1 that the prior of a record's IN and OUT rate may take."""
STEPS = 60
"""Steps of expectation maximisation. Stopped early, the prior stays smooth: eight times as many move values by .002 to
.01 on average, single ones by up to .08 in a planted pool of 32 models and by .3 in a null pool of 16."""
SMALLEST_P = 1e-15
CHOSEN = (
    "posterior mean under the prior that fits all records (Kiefer & Wolfowitz 1956); Clopper-Pearson limits of both "
    "rates, corrected for looking at all records; over models"
)
"""How figures of records that were chosen for their size are made."""
MOST_MODELS = 4096


class Outcomes(NamedTuple):
    """Of every record the good outcomes of models with it (IN) and without it (OUT); each Int [records].

    Attributes:
        in_good: good outcomes of IN models.
        in_models: IN models.
        out_good: good outcomes of OUT models.
        out_models: OUT models.
        both_good: complementary pairs of which both models are good; None where models are independent.
    """

    in_good: Ints
    in_models: Ints
    out_good: Ints
    out_models: Ints
    both_good: Ints | None = None

    @property
    def scored(self) -> Bools:
        """Bool [records]; False where a record has no IN or no OUT model."""
        return (self.in_models > 0) & (self.out_models > 0)


def p_values(outcomes: Outcomes, threshold: float) -> Floats:
    """Evidence of every record against "IN rate minus OUT rate is below the threshold", one-sided.

    The larger of two p-values. One inverts the interval that the record is shown with (Newcombe 1998): the smallest
    tail at which its lower limit still reaches the threshold. The other is exact where membership has no effect at
    all, whatever the models have to do with each other: given the outcomes, the record's own coins are all that is
    random (Fisher's randomisation test; McNemar 1947 for pairs). So a world in which nothing is memorized is held to
    its level exactly, and records that are memorized a little are held to that of the interval.

    Args:
        outcomes: counts of every record.
        threshold: the difference in question, in (0, 1].

    Returns:
        Float [records] in [0, 1]; NaN where a record has no score.
    """
    columns = [column for column in outcomes if column is not None]
    different, place = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    counts = Outcomes(*different.T)
    of_different = np.maximum(_interval_p(counts, threshold), _randomisation_p(counts))
    return np.asarray(np.where(counts.scored, of_different, np.nan)[place.reshape(-1)], np.float64)


def _interval_p(counts: Outcomes, threshold: float) -> Floats:
    """The tail at which the interval's lower limit is just the threshold, by bisection of its logarithm."""
    low = np.full(len(counts.in_good), np.log(SMALLEST_P))
    high = np.full(len(counts.in_good), np.log(0.5))
    value = counts.in_good / np.maximum(counts.in_models, 1) - counts.out_good / np.maximum(counts.out_models, 1)
    for _ in range(40):
        middle = (low + high) / 2
        limits = difference_interval(*counts, 1 - 2 * np.exp(middle))
        reaches = limits.low >= threshold - ROUNDING
        low, high = np.where(reaches, low, middle), np.where(reaches, middle, high)
    return np.where(value >= threshold - ROUNDING, np.exp(high), 1.0)


def _randomisation_p(counts: Outcomes) -> Floats:
    """Chance of so many good outcomes among the IN models if the record's coins were thrown again."""
    in_good, good = counts.in_good, counts.in_good + counts.out_good
    if counts.both_good is not None:
        return np.asarray(stats.binom.sf(in_good - counts.both_good - 1, good - 2 * counts.both_good, 0.5), float)
    models = counts.in_models + counts.out_models
    return np.asarray(stats.hypergeom.sf(in_good - 1, models, good, counts.in_models), float)


def discoveries(p: Floats, rate: float) -> Bools:
    """Records that may be named: of those, at most the given share is named wrongly on average.

    Benjamini & Hochberg 1995, Controlling the false discovery rate, J. R. Statist. Soc. B 57, procedure 1. Where no
    hypothesis is false, the chance to name anybody at all is at most the rate.

    Args:
        p: Float [records]; NaN is never named and does not count.
        rate: false discovery rate, in (0, 1).

    Returns:
        Bool [records].
    """
    known = np.sort(p[np.isfinite(p)])
    below = np.flatnonzero(known <= rate * np.arange(1, len(known) + 1) / max(1, len(known)))
    if not len(below):
        return np.zeros(len(p), np.bool_)
    return np.asarray(np.nan_to_num(p, nan=2.0) <= known[below[-1]])


def at_least(p: Floats, alpha: float) -> int:
    """How many of the hypotheses are false, a lower confidence limit.

    All but the largest set that Simes' test (1986) does not reject: h = max{i : p_(m-i+j) > j alpha / i for all
    j = 1..i}, Hommel 1988, Biometrika 75; that m - h is a limit on the number of false hypotheses: Goeman & Solari
    2011, arXiv 1208.2841.

    Args:
        p: Float [records]; NaN does not count.
        alpha: chance that fewer are false, in (0, 1).
    """
    known = np.sort(p[np.isfinite(p)])
    m = len(known)
    low, high = 0, m  # p_(m-i+j) > j alpha / i for all j holds for every i up to h and for none above
    while low < high:
        i = (low + high + 1) // 2
        holds = bool(np.all(known[m - i :] > np.arange(1, i + 1) * alpha / i))
        low, high = (i, high) if holds else (low, i - 1)
    return m - low


def models_to_discover(records: int, threshold: float, rate: float, paired: bool) -> int:
    """Models a pool needs before one record that every model gives away could be named.

    Args:
        records: records that are looked at, at least 1.
        threshold: the memorization in question, in (0, 1).
        rate: false discovery rate, in (0, 1).
        paired: whether models come in complementary pairs.
    """
    sizes = np.arange(1, MOST_MODELS // 2)
    nothing = np.zeros_like(sizes)
    perfect = Outcomes(sizes, sizes, nothing, sizes, nothing if paired else None)
    enough = p_values(perfect, threshold) <= rate / records
    return int(2 * sizes[np.argmax(enough)]) if enough.any() else MOST_MODELS


@dataclass(frozen=True)
class ChosenScores:
    """Scores of records that are chosen for their size out of all: shrunken, with limits that hold for all at once.

    Attributes:
        outcomes: counts of all records that could have been chosen, or of a sample of them.
        confidence: two-sided level in (0, 1), of all limits together.
        looks: how many could have been chosen; None takes those of `outcomes` that have a score.
    """

    outcomes: Outcomes
    confidence: float
    looks: int | None = None

    @cached_property
    def value(self) -> Floats:
        """Float [records]; see `shrunken`, to three digits.

        Within the limits: the rare one that is not is moved to the nearer.
        """
        return np.clip(np.round(shrunken(self.outcomes), 3) + 0.0, *self.limits)  # no -0

    @cached_property
    def limits(self) -> Interval:
        """Limits [records]; see `simultaneous_limits`."""
        return simultaneous_limits(self.outcomes, self.confidence, self.looks)

    def highest_first(self, ties: Floats) -> Ints:
        """The scored records, highest value first.

        Args:
            ties: Float [records]; orders records of one value, NaN last.
        """
        scored = np.flatnonzero(self.outcomes.scored)
        order = np.lexsort((np.nan_to_num(ties[scored], nan=-np.inf), np.round(self.value[scored], 9)))
        return scored[order[::-1]]

    def estimate(self, record: int) -> Estimate | None:
        """The score of one record; None where it has none.

        Args:
            record: its index.
        """
        if not self.outcomes.scored[record]:
            return None
        value, low, high = (float(a[record]) for a in (self.value, *self.limits))
        n = int(self.outcomes.in_models[record] + self.outcomes.out_models[record])
        return Estimate(value=value, low=low, high=high, confidence=self.confidence, method=CHOSEN, n=n)


def simultaneous_limits(outcomes: Outcomes, confidence: float, looks: int | None = None) -> Interval:
    """Limits of IN rate minus OUT rate that hold for all records at once, so for whichever is chosen too.

    Clopper-Pearson limits of both rates, each at alpha / (2 records) (Bonferroni): no record may be missed with more
    than the stated chance, whatever the records and the models of a pair have to do with each other.

    Args:
        outcomes: counts of the records.
        confidence: two-sided level in (0, 1), of all limits together.
        looks: for how many the limits are to hold; None takes those that have a score.
    """
    looks = max(1, int(outcomes.scored.sum())) if looks is None else looks
    each = 1 - (1 - confidence) / looks / 2
    ins = clopper_pearson(outcomes.in_good, outcomes.in_models, each)
    outs = clopper_pearson(outcomes.out_good, outcomes.out_models, each)
    low = np.where(outcomes.scored, ins.low - outs.high, np.nan)
    return Interval(low, np.where(outcomes.scored, ins.high - outs.low, np.nan))


def shrunken(outcomes: Outcomes) -> Floats:
    """What other models would be expected to show of every record: its difference of rates, drawn to what is usual.

    The record that came out highest owes a part of that to luck. The mean of the posterior under the prior that fits
    all records best takes the luck out, for every record that a list may choose (Robbins 1956; Kiefer & Wolfowitz
    1956; Koenker & Mizera 2014). The prior is of IN and OUT rate together, on a grid, fitted by expectation
    maximisation; both counts are taken as binomial.

    Args:
        outcomes: counts of every record.

    Returns:
        Float [records] in [-1, 1]; NaN where a record has no score.
    """
    found = np.full(len(outcomes.in_good), np.nan)
    scored = np.flatnonzero(outcomes.scored)
    if not len(scored):
        return found
    columns = np.stack([column[scored] for column in outcomes[:4] if column is not None], axis=1)
    different, place, times = np.unique(columns, axis=0, return_inverse=True, return_counts=True)
    grid = np.linspace(0, 1, GRID)
    ins = stats.binom.pmf(different[:, :1], different[:, 1:2], grid)  # [different, rates]
    outs = stats.binom.pmf(different[:, 2:3], different[:, 3:4], grid)
    prior = np.full((GRID, GRID), GRID**-2.0)  # [IN rates, OUT rates]
    for _ in range(STEPS):
        weight = times / np.einsum("ra,ab,rb->r", ins, prior, outs, optimize=True)
        prior *= (ins * weight[:, None]).T @ outs / times.sum()
    likely = np.einsum("ra,ab,rb->r", ins, prior, outs, optimize=True)
    gain = prior * np.subtract.outer(grid, grid)
    found[scored] = (np.einsum("ra,ab,rb->r", ins, gain, outs, optimize=True) / likely)[place.reshape(-1)]
    return found
