"""What records' variances are like in a pool, and what is known of each record's then.

All is done in logarithms: that of a sample variance has a known bias and a known noise, whatever the variance, and
they depend on the number of references alone. A record's references are all models outside the target's pair, so the
number that has it IN tells the number that has it OUT, and everything but the variances themselves is a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import digamma, gammaln, polygamma

from attacks.base import Bools, Floats, Ints
from attacks.moments import SMALLEST_VARIANCE, Side, Triangle

LEAST_SPREAD = 1e-4
"""The smallest variance of log variances: below it they are alike, and a prior has 20,000 degrees of freedom."""
MOST_ALIKE = 0.999
"""The highest correlation of IN and OUT log variances."""
LARGE = 500.0
"""From here on Stirling's series is exact to 1e-12."""
UNKNOWN = 1e9
"""Noise of a log variance that no reference, or one alone, tells anything of."""


class VariancePrior(NamedTuple):
    """Log variances of a record before its references are seen; each Float [targets, 1].

    Attributes:
        mean: of each side.
        covariance: of the sides, lower triangle.
    """

    mean: list[Floats]
    covariance: Triangle


@dataclass(frozen=True, slots=True)
class SpreadSums:
    """Sums over records that tell how their variances spread.

    Attributes:
        logs: for each view, Float [terms, targets]: how many records, each side's log variances, noises and products.
        freedom: for each side, Float [targets]; degrees of freedom of all residuals.
        products: for each side the scatter's entries, for the correlation of the views.
    """

    logs: list[Floats]
    freedom: list[Floats]
    products: list[Triangle]

    @classmethod
    def of(cls, sides: Sequence[Side]) -> SpreadSums:
        """The sums over some records.

        Args:
            sides: one or two.
        """
        views = range(len(sides[0].mean))
        freedom = [np.maximum(side.count - 1, 0).sum(axis=1) for side in sides]
        products = [[[np.nansum(entry, axis=1) for entry in row] for row in side.scatter] for side in sides]
        return cls([_log_sums(sides, view) for view in views], freedom, products)

    def __add__(self, other: SpreadSums) -> SpreadSums:
        logs = [a + b for a, b in zip(self.logs, other.logs, strict=True)]
        freedom = [a + b for a, b in zip(self.freedom, other.freedom, strict=True)]
        products = [
            [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(*sides, strict=True)]
            for sides in zip(self.products, other.products, strict=True)
        ]
        return SpreadSums(logs, freedom, products)

    def priors(self) -> list[VariancePrior]:
        """The prior of each view."""
        return [_prior(sums, len(self.freedom)) for sums in self.logs]

    def correlations(self) -> list[Triangle]:
        """The correlation of the views on each side, from residuals; 0 where one never moves."""
        return [
            [[_correlation(side, a, b)[:, None] for b in range(a)] for a in range(len(side))] for side in self.products
        ]


@dataclass(frozen=True, slots=True)
class VarianceTable:
    """What the numbers of references tell, by the number on the first side; each Float [targets, numbers].

    Attributes:
        prior: the prior.
        bias: for each side, of a sample's log variance.
        gain: for each side, how much of each side's surprise enters its log variance.
        shift: for each side, from the mean of the log variance to the centre of the variance.
        freedom: for each side, degrees of freedom of what is known.
    """

    prior: VariancePrior
    bias: list[Floats]
    gain: list[list[Floats]]
    shift: list[Floats]
    freedom: list[Floats]

    @classmethod
    def of(cls, prior: VariancePrior, sides: Sequence[Side]) -> VarianceTable:
        """The table for some targets.

        Args:
            prior: what is known of their records' variances.
            sides: whose numbers of references add up to the same for all records, if there are two.
        """
        whole = np.sum([side.count for side in sides], axis=0).max(axis=1, keepdims=True).astype(np.int64)
        first = np.arange(int(whole.max()) + 1)
        counts = [np.broadcast_to(first, (len(whole), len(first))), np.maximum(whole - first, 0)][: len(sides)]
        of_sample = _of_sample(int(whole.max()))
        bias, noise = zip(*((of_sample[0][count], of_sample[1][count]) for count in counts), strict=True)
        gain, left = _updated(prior.covariance, list(noise))
        freedom = [2 * inverse_trigamma(variance) for variance in left]
        shift = [digamma(n / 2) - np.log(n / 2) for n in freedom]
        return cls(prior, list(bias), gain, shift, freedom)

    def variances(self, scatters: Sequence[tuple[Floats, Floats]], index: Ints) -> list[Floats]:
        """The moderated variance on every side, [targets, records].

        Args:
            scatters: for each side the sum of squared residuals and the number of references.
            index: Int [targets, records]; the number on the first side.
        """
        surprise = []
        for (scatter, count), bias, mean in zip(scatters, self.bias, self.prior.mean, strict=True):
            log, known = log_variance(scatter, count)
            surprise.append(np.where(known, log - _at(bias, index) - mean, 0.0))
        found = []
        for gains, shift, mean in zip(self.gain, self.shift, self.prior.mean, strict=True):
            moved = sum(_at(gain, index) * off for gain, off in zip(gains, surprise, strict=True))
            found.append(np.exp(mean + moved + _at(shift, index)))
        return found

    def spread_out(self, freedom: Floats, views: int, index: Ints) -> tuple[Floats, Floats]:
        """Degrees of freedom and the part of a t's normalisation that depends on them, [targets, records].

        Args:
            freedom: Float [targets, numbers].
            views: how many signals at a time.
            index: Int [targets, records]; the number on the first side.
        """
        ends = _log_gamma_ratio(freedom / 2, views / 2) - views / 2 * np.log(2)
        return _at(freedom, index), _at(ends, index)


def log_variance(scatter: Floats, count: Floats) -> tuple[Floats, Bools]:
    """The logarithm of a sample variance, and whether there is one; both [targets, records].

    Args:
        scatter: sum of squared residuals.
        count: number of references.
    """
    known = count > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(np.where(known, scatter / (count - 1), 1.0) + SMALLEST_VARIANCE)
    return np.asarray(log, np.float64), known


def inverse_trigamma(value: Floats) -> Floats:
    """The n whose trigamma is this, to a part in 10 billion (Smyth 2004, appendix, who searches for it).

    Args:
        value: Float, any shape; positive.
    """
    within = np.exp(_inverse()(np.log(np.clip(value, LEAST_TRIGAMMA, MOST_TRIGAMMA))))
    # Beyond the ends of the curve the function is its leading terms.
    found = np.where(value < LEAST_TRIGAMMA, 1 / value + 0.5, np.where(value > MOST_TRIGAMMA, value**-0.5, within))
    return np.asarray(found, np.float64)


LEAST_TRIGAMMA, MOST_TRIGAMMA, KNOTS = 1e-7, 1e10, 16_000
"""The ends of the curve, and its points: the error of a cubic between them is below 1e-12."""


@cache
def _inverse() -> CubicSpline:
    """The logarithm of n over that of its trigamma: one look at it is far quicker than a search."""
    n = np.geomspace(0.5 * MOST_TRIGAMMA**-0.5, 2 / LEAST_TRIGAMMA, KNOTS)
    return CubicSpline(np.log(polygamma(1, n))[::-1], np.log(n)[::-1])


@cache
def _of_sample(most: int) -> tuple[Floats, Floats]:
    """Bias and noise of the logarithm of a sample variance, by the number of references from 0 on."""
    freedom = np.arange(most + 1) - 1.0
    half = np.maximum(freedom, 1) / 2
    noise = np.where(freedom > 0, polygamma(1, half), UNKNOWN)
    return digamma(half) - np.log(half), noise


def _log_sums(sides: Sequence[Side], view: int) -> Floats:
    logs, noises, known = [], [], np.ones(sides[0].count.shape, bool)
    for side in sides:
        log, has_one = log_variance(side.scatter[view][view], side.count)
        bias, noise = _of_sample(int(side.count.max(initial=1)))
        place = side.count.astype(np.int64)
        logs.append(log - bias[place])
        noises.append(noise[place])
        known &= has_one
    products = [logs[a] * logs[b] for a in range(len(logs)) for b in range(a + 1)]
    terms = [known.astype(np.float64), *logs, *noises, *products]
    return np.stack([np.where(known, term, 0.0).sum(axis=1) for term in terms])


def _prior(sums: Floats, sides: int) -> VariancePrior:
    records = np.maximum(sums[0], 1)[:, None]
    mean = [sums[1 + s][:, None] / records for s in range(sides)]
    noise = [sums[1 + sides + s][:, None] / records for s in range(sides)]
    products = iter(sums[1 + 2 * sides :])
    raw = [[next(products)[:, None] / records - mean[a] * mean[b] for b in range(a + 1)] for a in range(sides)]
    covariance = [
        [raw[a][b] if a != b else np.maximum(raw[a][a] - noise[a], LEAST_SPREAD) for b in range(a + 1)]
        for a in range(sides)
    ]
    if sides == 2:
        most = MOST_ALIKE * np.sqrt(covariance[0][0] * covariance[1][1])
        covariance[1][0] = np.clip(covariance[1][0], -most, most)
    return VariancePrior(mean, covariance)


def _updated(prior: Triangle, noise: Sequence[Floats]) -> tuple[list[list[Floats]], list[Floats]]:
    """Gains of the sides' log variances, and their variances once seen (Kalman's update of one or two)."""
    if len(noise) == 1:
        alone = prior[0][0] / (prior[0][0] + noise[0])
        return [[alone]], [prior[0][0] * (1 - alone)]
    (a,), (c, b) = prior
    first, second = a + noise[0], b + noise[1]
    size = first * second - c * c
    gain = [
        [(a * second - c * c) / size, (c * first - a * c) / size],
        [(c * second - b * c) / size, (b * first - c * c) / size],
    ]
    left = [a - gain[0][0] * a - gain[0][1] * c, b - gain[1][0] * c - gain[1][1] * b]
    return gain, [np.maximum(each, LEAST_SPREAD / 2) for each in left]


def _correlation(products: Triangle, a: int, b: int) -> Floats:
    size = np.sqrt(products[a][a] * products[b][b])
    return np.divide(products[a][b], size, out=np.zeros_like(size), where=size > 0)


def _log_gamma_ratio(a: Floats, b: float) -> Floats:
    """`ln Gamma(a + b) - ln Gamma(a) - b ln a`; by Stirling's series where the two would cancel."""
    large = np.maximum(a, LARGE)
    terms = (b * (b - 1) / 2, -b * (b - 1) * (2 * b - 1) / 12, b**2 * (b - 1) ** 2 / 12)
    series = sum(term / large**power for power, term in enumerate(terms, start=1))
    small = np.minimum(a, LARGE)
    return np.where(a > LARGE, series, gammaln(small + b) - gammaln(small) - b * np.log(small))


def _at(table: Floats, index: Ints) -> Floats:
    return np.take_along_axis(table, index, axis=1)
