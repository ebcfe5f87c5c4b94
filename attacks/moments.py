"""Mean and covariance of the references' signals: IN and OUT, of every target and record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from attacks.base import Bools, Floats, Ints
from attacks.references import References, Sums

SMALLEST_VARIANCE = 1e-12
"""Added to variances, in nats squared: a signal that never moves then decides nothing, instead of NaN."""
LEAST_LEFT = 1e-15
"""Share of a view's variance that is left, at the least, when other views are given: less than that is rounding."""

Triangle = list[list[Floats]]
"""A symmetric matrix over views, its lower triangle row by row; each entry Float [targets, records or 1]."""


class Gaussian(NamedTuple):
    """One side's distribution.

    Attributes:
        mean: for each view Float [targets, records].
        scale: the covariance of the views, each entry Float [targets, records or 1].
    """

    mean: list[Floats]
    scale: Triangle

    def log_density(self, signals: Sequence[Floats]) -> Floats:
        """The logarithm of the density up to a constant, [targets, records].

        Args:
            signals: for each view Float [targets, records].
        """
        deviation = [x - mean for x, mean in zip(signals, self.mean, strict=True)]
        terms = [x * x / variance + np.log(variance) for x, variance in conditioned(deviation, self.scale)]
        return np.asarray(-0.5 * sum(terms), np.float64)


@dataclass(frozen=True, slots=True)
class Side:
    """What the IN, or the OUT, references of some targets say of some records.

    Attributes:
        count: Float [targets, records]; number of references on this side.
        mean: each view's Float [targets, records], from the record's centre; NaN without a reference.
        scatter: sums of the products of residuals around the mean, of squares at least 0; NaN without a reference.
    """

    count: Floats
    mean: list[Floats]
    scatter: Triangle


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of signals and of their products over references, side by side.

    Attributes:
        phi: Float [models, records, views].
        centre: Float [records, views]; residuals are taken from it.
        sums: for each side a count, a sum a view, and a sum of products for each entry of the triangle.
    """

    phi: Floats
    centre: Floats
    sums: References

    @classmethod
    def of(cls, phi: Floats, sides: Sequence[Bools], pair: Ints, group: Ints) -> Moments:
        """Sum over every group of models.

        Around the record's mean the residuals are small, and so is what `side` takes away from their squares,
        however far the signals lie from zero. The mean is over all models, so that a target's coins do not
        reach its references even in the last digit.

        Args:
            phi: Float [models, records, views].
            sides: Bool [models, records] each; which models are on this side of which record.
            pair: Int [models].
            group: Int [models]; number of each model's group, from 0 on.
        """
        centre = phi.mean(axis=0)

        def terms(models: Ints, records: slice) -> list[Floats]:
            residual = _residual(phi, centre, models, records)
            return [term for members in sides for term in _terms(residual, members[models, records])]

        return cls(phi, centre, References.of(pair, group, phi.shape[1], terms))

    def residual(self, models: Ints, records: slice) -> list[Floats]:
        """The targets' own signals from the record's centre, for each view Float [targets, records]."""
        return _residual(self.phi, self.centre, models, records)

    def sides(self, at: Sums) -> list[Side]:
        """Statistics of the references of some targets, side by side.

        Args:
            at: the sums of these targets.
        """
        views = self.phi.shape[2]
        each = 1 + views + views * (views + 1) // 2
        return [_side(at.terms[start : start + each], views) for start in range(0, len(at.terms), each)]

    def gaussians(self, at: Sums, pooled: list[Triangle] | None) -> list[Gaussian]:
        """The distribution on every side.

        Args:
            at: the sums of some targets.
            pooled: a covariance a side; None takes one a record, NaN where the references do not span the views.
        """
        sides = self.sides(at)
        if pooled is not None:
            return [Gaussian(side.mean, covariance) for side, covariance in zip(sides, pooled, strict=True)]
        return [Gaussian(side.mean, _covariance(side)) for side in sides]


def pooled(moments: Moments, own: int, leave: bool) -> dict[int, list[Triangle]]:
    """One covariance a target and side, from all records; never one side's for the other.

    With too few references for residuals to span the views, the spread is unknown: it then is 1 on every
    side, and the score is the linear discriminant between the means.

    Args:
        moments: the sums.
        own: number of the targets' group.
        leave: whether every other group is left out in turn, or nobody.

    Returns:
        Number of the group left out -> a triangle a side, each entry Float [targets, 1].
    """
    found: dict[int, list[list[Floats]]] = {}
    for at in moments.sums.sums(own, leave):
        of_block = [_summed(side) for side in moments.sides(at)]
        before = found.get(at.left_out)
        found[at.left_out] = of_block if before is None else _added(before, of_block)
    views = moments.phi.shape[2]
    return {left_out: _pooled_triangles(sides, views) for left_out, sides in found.items()}


def conditioned(vector: Sequence[Floats], covariance: Triangle) -> Iterator[tuple[Floats, Floats]]:
    """Each view given those before it: what is left of the vector, and its variance (`covariance = L D L'`).

    Args:
        vector: Float [targets, records] for each view.
        covariance: of the views.
    """
    vector = list(vector)
    while vector:
        variance = covariance[0][0] + SMALLEST_VARIANCE
        yield vector[0], variance
        slopes = [row[0] / variance for row in covariance[1:]]
        vector = [x - slope * vector[0] for x, slope in zip(vector[1:], slopes, strict=True)]
        left = [
            [row[b] - slope * covariance[b][0] for b in range(1, len(row))]
            for row, slope in zip(covariance[1:], slopes, strict=True)
        ]
        for of_view, row in zip(left, covariance[1:], strict=True):
            of_view[-1] = np.maximum(of_view[-1], LEAST_LEFT * row[-1])  # views that agree: rounding takes it below 0
        covariance = left


def _residual(phi: Floats, centre: Floats, models: Ints, records: slice) -> list[Floats]:
    return [phi[models, records, view] - centre[records, view] for view in range(phi.shape[2])]


def _terms(residual: list[Floats], members: Bools) -> list[Floats]:
    counted = members.astype(np.float64)
    totals = [x * counted for x in residual]
    return [counted, *totals, *(totals[a] * residual[b] for a in range(len(residual)) for b in range(a + 1))]


def _side(terms: list[Floats], views: int) -> Side:
    count, totals, squares = terms[0], terms[1 : 1 + views], iter(terms[1 + views :])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = [total / count for total in totals]
    scatter = [[next(squares) - totals[a] * mean[b] for b in range(a + 1)] for a in range(views)]
    for row in scatter:
        np.maximum(row[-1], 0.0, out=row[-1])  # of signals that never move rounding leaves a little more or less than 0
    return Side(count, mean, scatter)


def _covariance(side: Side) -> Triangle:
    freedom = side.count - 1
    if freedom.min(initial=np.inf) < len(side.mean):
        freedom[freedom < len(side.mean)] = np.nan
    return [[entry / freedom for entry in row] for row in side.scatter]


def _summed(side: Side) -> list[Floats]:
    """Degrees of freedom and the entries of the triangle, summed over records; each Float [targets]."""
    freedom = np.maximum(side.count - 1, 0).sum(axis=1)
    return [freedom, *(np.nansum(entry, axis=1) for row in side.scatter for entry in row)]


def _added(one: list[list[Floats]], other: list[list[Floats]]) -> list[list[Floats]]:
    return [[a + b for a, b in zip(*sides, strict=True)] for sides in zip(one, other, strict=True)]


def _pooled_triangles(sides: list[list[Floats]], views: int) -> list[Triangle]:
    known = np.all([freedom >= views for freedom, *_ in sides], axis=0)
    found = []
    for freedom, *entries in sides:
        entry = iter(entries)
        found.append(
            [
                [np.where(known, next(entry) / np.maximum(freedom, 1), float(a == b))[:, None] for b in range(a + 1)]
                for a in range(views)
            ]
        )
    return found
