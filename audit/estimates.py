"""From measurements to the result's estimates: intervals over the independent units of a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from attacks.intervals import Interval, Measurement, clopper_pearson, newcombe, wilson
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDING = 1e-9  # 20/30 - 10/30 must reach a threshold of 1/3 whatever the floats say


def estimate(measurement: Measurement) -> Estimate:
    """A measurement of `attacks` as a part of the result."""
    m = measurement
    return Estimate(value=m.value, low=m.low, high=m.high, confidence=m.confidence, method=m.method, n=m.n)


@dataclass(frozen=True)
class UnitMeans:
    """Figures that are means over a pool's independent units (complementary pairs, or single models).

    Attributes:
        value: Float [figures]; NaN where a figure cannot be had.
        parts: Float [units, figures]; what each unit says of the figure. Independent of each other.
        lowest: smallest value that the figure can take.
        highest: largest value.
        unit: what a unit is, for the method's name.
    """

    value: Floats
    parts: Floats
    lowest: float
    highest: float
    unit: str

    def __sub__(self, other: UnitMeans) -> UnitMeans:
        """The paired difference: unit by unit, so that what both share cancels."""
        low, high = self.lowest - other.highest, self.highest - other.lowest
        return UnitMeans(self.value - other.value, self.parts - other.parts, low, high, self.unit)

    def interval(self, confidence: float) -> Interval:
        """Student's t over the units, cut to what is possible.

        Units that all agree say nothing of their spread: a t-interval of no width would claim certainty.
        There the figure, rescaled to [0, 1], gets the exact interval of a proportion with a trial a unit;
        a variable in [0, 1] varies at most as much as a coin of the same mean.

        Args:
            confidence: two-sided level in (0, 1).
        """
        units = len(self.parts)
        if units < 2:
            return Interval(np.full_like(self.value, self.lowest), np.full_like(self.value, self.highest))
        error = self.parts.std(axis=0, ddof=1) / np.sqrt(units)
        half = stats.t.ppf((1 + confidence) / 2, units - 1) * error
        span = self.highest - self.lowest
        exact = clopper_pearson(np.clip((self.value - self.lowest) / span, 0, 1) * units, units, confidence)
        still = error < ROUNDING
        low = np.where(still, self.lowest + span * exact.low, np.maximum(self.value - half, self.lowest))
        high = np.where(still, self.lowest + span * exact.high, np.minimum(self.value + half, self.highest))
        return Interval(low, high)

    def estimates(self, confidence: float) -> list[Estimate | None]:
        """One estimate a figure; None where it cannot be had.

        Args:
            confidence: two-sided level in (0, 1).
        """
        units, ends = len(self.parts), self.interval(confidence)
        method = f"Student's t over {units} independent {self.unit}; the records are fixed"
        return [
            Estimate(value=v, low=min(a, v), high=max(b, v), confidence=confidence, method=method, n=units)
            if np.isfinite(v)
            else None
            for v, a, b in zip(self.value.tolist(), ends.low.tolist(), ends.high.tolist(), strict=True)
        ]

    def first(self, confidence: float) -> Estimate:
        """The estimate of the first figure, where it is known to exist.

        Raises:
            ValueError: if it cannot be had.
        """
        found = self.estimates(confidence)[0]
        if found is None:
            raise ValueError("the figure has no value: no record can be scored")
        return found


def over_records(
    outcome: Bools | Floats, counted: Bools, pair: Ints, label: Ints | None = None, groups: int = 1
) -> UnitMeans:
    """Mean over the records of each record's mean outcome over the models that count.

    A unit's part is its jackknife pseudo-value (Tukey 1958). With complementary pairs the figure is linear in
    the pairs and the pseudo-value is just what the pair says; with independent models it also covers that
    the number of models that count differs by record.

    Args:
        outcome: Bool or Float [models, records], in [0, 1].
        counted: Bool [models, records]; which outcomes count.
        pair: Int [models]; models of one number drew their coins together.
        label: Int [records], group of each record in [0, groups), negative leaves it out; None is one group.
        groups: number of groups, one figure each.
    """
    label = np.zeros(outcome.shape[1], np.int64) if label is None else label
    numbers = np.unique(pair)
    hits, trials = np.where(counted, outcome, 0).sum(axis=0), counted.sum(axis=0)
    whole = _group_means(hits, trials, label, groups)
    parts = np.empty((len(numbers), groups))
    for row, number in enumerate(numbers):
        of_unit = pair == number
        own = np.where(counted[of_unit], outcome[of_unit], 0).sum(axis=0)
        rest = _group_means(hits - own, trials - counted[of_unit].sum(axis=0), label, groups)
        parts[row] = len(numbers) * whole - (len(numbers) - 1) * rest
    return UnitMeans(whole, parts, 0.0, 1.0, _unit_name(pair))


def over_units(outcome: Bools | Floats, counted: Bools, pair: Ints) -> UnitMeans:
    """Mean over the units of each unit's share of good outcomes among those that count.

    Args:
        outcome: Bool or Float [models, records], in [0, 1].
        counted: Bool [models, records]; may differ by model.
        pair: Int [models].
    """
    numbers = np.unique(pair)
    good = np.where(counted, outcome, 0).sum(axis=1)
    total = counted.sum(axis=1)
    sums = np.array([[good[pair == number].sum(), total[pair == number].sum()] for number in numbers], float)
    parts = _ratio(sums[:, 0], sums[:, 1])[:, None]
    return UnitMeans(parts.mean(axis=0), parts, 0.0, 1.0, _unit_name(pair))


def difference_interval(
    in_good: Ints, in_models: Ints, out_good: Ints, out_models: Ints, both_good: Ints | None, confidence: float
) -> Interval:
    """Newcombe's interval for IN rate minus OUT rate; for paired samples where models come in pairs.

    The IN and the OUT model of a complementary pair divide all *other* records between them. A record that
    follows a near-duplicate is right in exactly one of the two whatever its own coin, and the interval for
    independent samples then covers 83 % instead of 95 %. The paired one measures that correlation.

    Args:
        in_good: good outcomes of IN models, any shape.
        in_models: IN models.
        out_good: good outcomes of OUT models.
        out_models: OUT models.
        both_good: pairs in which both are good; None where models are independent.
        confidence: two-sided level in (0, 1).
    """
    if both_good is None:
        return newcombe(in_good, in_models, out_good, out_models, confidence)
    return newcombe_paired(both_good, in_good, out_good, in_models, confidence)


def newcombe_paired(both: Ints, first: Ints, second: Ints, trials: Ints, confidence: float) -> Interval:
    """Hybrid score interval for the difference of two paired proportions (Newcombe 1998b, method 10).

    R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions based on
    paired data, Statistics in Medicine 17, 2635-2650.

    Args:
        both: pairs in which both are successes, any shape.
        first: successes of the first member of the pair.
        second: successes of the second, which is subtracted.
        trials: number of pairs, at least 1.
        confidence: two-sided level in (0, 1).
    """
    n = np.maximum(np.asarray(trials, float), 1)
    p, q = first / n, second / n
    a, b = wilson(first, trials, confidence), wilson(second, trials, confidence)
    correlation = _paired_correlation(np.asarray(both, float), np.asarray(first, float), np.asarray(second, float), n)
    down = _hybrid(p - a.low, b.high - q, correlation)
    up = _hybrid(a.high - p, q - b.low, correlation)
    return Interval(np.maximum(p - q - down, -1.0), np.minimum(p - q + up, 1.0))


def _hybrid(one: Floats, other: Floats, correlation: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(one**2 - 2 * correlation * one * other + other**2, 0)), float)


def _paired_correlation(both: Floats, first: Floats, second: Floats, n: Floats) -> Floats:
    excess = both * (n - first - second + both) - (first - both) * (second - both)
    corrected = np.where(excess > 0, np.maximum(excess - n / 2, 0), excess)
    scale = np.sqrt(first * (n - first) * second * (n - second))
    return _ratio(corrected, scale, empty=0.0)


def _ratio(top: NDArray[Any], bottom: NDArray[Any], empty: float = np.nan) -> Floats:
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, empty), where=bottom > 0), np.float64)


def _group_means(hits: Floats, trials: Ints, label: Ints, groups: int) -> Floats:
    usable = (trials > 0) & (label >= 0)
    rate = hits[usable] / trials[usable]
    sums = np.bincount(label[usable], weights=rate, minlength=groups)
    return _ratio(sums, np.bincount(label[usable], minlength=groups))


def _unit_name(pair: Ints) -> str:
    return "models" if len(np.unique(pair)) == len(pair) else "model pairs"
