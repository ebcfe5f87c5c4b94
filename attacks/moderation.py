"""Moderated moments: a record's own, drawn towards what records are like in this pool, the more so the less is known.

With few references a record's own variances are mostly noise, and so is the gap between its IN and its OUT mean; one
variance and one gap for all records are wrong for most. The conjugate prior says how much of either to take, and its
strength and centre are estimated from how far the records' figures spread beyond what chance alone gives:

- the logarithms of the IN and the OUT variance together, as what is wide on one side is wide on the other (after
  Smyth 2004, doi 10.2202/1544-6115.1027, section 6.2, who has one variance);
- the gap of the means in units of the spread, as in the normal-inverse-gamma prior.

What stays unknown makes the predictive distribution a Student's t (as in BaVarIA: Brännvall 2026, arXiv 2603.11799).
Where training leaves hardly a trace the gaps are all alike, and the score is that of the offline attack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from attacks.base import Floats, Ints
from attacks.moments import Moments, Side, Triangle, conditioned
from attacks.references import Sums
from attacks.variances import SpreadSums, VariancePrior, VarianceTable

LEAST_SPREAD = 1e-9
"""The smallest variance of gaps, in units of the spread: the prior never shuts out what the references say."""


class Predictive(NamedTuple):
    """A multivariate t: what the next signal of a record is like.

    Attributes:
        mean: for each view Float [targets, records].
        scale: of the views, each entry Float [targets, records].
        freedom: Float [targets, records].
        ends: Float [targets, records]; what its normalisation has of the freedom.
    """

    mean: list[Floats]
    scale: Triangle
    freedom: Floats
    ends: Floats

    def log_density(self, signals: Sequence[Floats]) -> Floats:
        """The logarithm of the density up to a constant, [targets, records].

        Args:
            signals: for each view Float [targets, records].
        """
        deviation = [x - mean for x, mean in zip(signals, self.mean, strict=True)]
        distance, log_size = np.zeros(1), np.zeros(1)
        for left, variance in conditioned(deviation, self.scale):
            distance = distance + left * left / variance
            log_size = log_size + np.log(variance)
        tail = (self.freedom + len(signals)) * np.log1p(distance / self.freedom)
        return np.asarray(self.ends - 0.5 * (log_size + tail), np.float64)


class GapPrior(NamedTuple):
    """How far the IN mean lies above the OUT mean, in units of the record's spread; each Float [targets, 1].

    Attributes:
        centre: mean over records.
        variance: between records.
    """

    centre: Floats
    variance: Floats


class Prior(NamedTuple):
    """What is known of a record before its references are seen, for some targets.

    Attributes:
        variances: of each view.
        gaps: of each view; empty where there is one side.
        correlation: of the views on each side, the entries below the diagonal, Float [targets, 1].
    """

    variances: list[VariancePrior]
    gaps: list[GapPrior]
    correlation: list[Triangle]


class Moderation:
    """Priors of some targets, estimated from all records, and what follows from them.

    Args:
        moments: the sums.
        own: number of the targets' group.
        leave: whether every other group is left out in turn, or nobody.
    """

    def __init__(self, moments: Moments, own: int, leave: bool) -> None:
        self._moments = moments
        spreads: dict[int, SpreadSums] = {}
        for at in moments.sums.sums(own, leave):
            of_block = SpreadSums.of(moments.sides(at))
            before = spreads.get(at.left_out)
            spreads[at.left_out] = of_block if before is None else before + of_block
        self._priors = {left_out: Prior(sums.priors(), [], sums.correlations()) for left_out, sums in spreads.items()}
        if any(len(sums.freedom) > 1 for sums in spreads.values()):
            self._learn_gaps(own, leave)

    def prior(self, left_out: int) -> Prior:
        """The prior without a group.

        Args:
            left_out: number of the group.
        """
        return self._priors[left_out]

    def predictives(self, at: Sums) -> list[Predictive]:
        """What the next signal of every record is like, side by side.

        Args:
            at: the sums of some targets.
        """
        sides, prior = self._moments.sides(at), self._priors[at.left_out]
        views = [_View.of(sides, prior, view) for view in range(len(prior.variances))]
        return [_joint(views, prior.correlation[place], place) for place in range(len(sides))]

    def _learn_gaps(self, own: int, leave: bool) -> None:
        """The second look at all records: their spreads have to be known before their gaps are measured in them."""
        sums: dict[int, list[Floats]] = {}
        for at in self._moments.sums.sums(own, leave):
            sides, prior = self._moments.sides(at), self._priors[at.left_out]
            of_block = [_gap_sums(_Spread.of(sides, of_view, v)) for v, of_view in enumerate(prior.variances)]
            before = sums.get(at.left_out)
            sums[at.left_out] = of_block if before is None else [a + b for a, b in zip(before, of_block, strict=True)]
        for left_out, of_views in sums.items():
            gaps = [_gap_prior(found) for found in of_views]
            self._priors[left_out] = self._priors[left_out]._replace(gaps=gaps)


class _Spread(NamedTuple):
    """Moderated variances of one view, the means as they are, and their errors; a list entry a side."""

    mean: list[Floats]
    variance: list[Floats]
    error: list[Floats]
    table: VarianceTable
    number: Ints

    @classmethod
    def of(cls, sides: Sequence[Side], prior: VariancePrior, view: int) -> _Spread:
        table, number = VarianceTable.of(prior, sides), sides[0].count.astype(np.int64)
        variance = table.variances([(side.scatter[view][view], side.count) for side in sides], number)
        pairs = zip(variance, sides, strict=True)
        error = [np.divide(v, s.count, out=np.full(v.shape, np.nan), where=s.count > 0) for v, s in pairs]
        return cls([side.mean[view] for side in sides], variance, error, table, number)


class _View(NamedTuple):
    """One view of all sides: moderated means, and the variances of a next signal around them."""

    mean: list[Floats]
    variance: list[Floats]
    table: VarianceTable
    number: Ints

    @classmethod
    def of(cls, sides: Sequence[Side], prior: Prior, view: int) -> _View:
        seen = _Spread.of(sides, prior.variances[view], view)
        mean, error = _drawn_together(seen, prior.gaps[view]) if prior.gaps else (seen.mean, seen.error)
        variance = [v + e for v, e in zip(seen.variance, error, strict=True)]
        return cls(mean, variance, seen.table, seen.number)


def _drawn_together(seen: _Spread, prior: GapPrior) -> tuple[list[Floats], list[Floats]]:
    """Posterior means of both sides and their variances: the prior of the OUT mean is flat, that of the gap is not."""
    (inside, out), (of_in, of_out) = seen.mean, seen.error
    unit = _unit(seen)
    surprise = inside - out - prior.centre * np.sqrt(unit)
    whole = prior.variance * unit + of_in + of_out
    mean = [inside - of_in / whole * surprise, out + of_out / whole * surprise]
    return mean, [of_in - of_in**2 / whole, of_out - of_out**2 / whole]


def _unit(seen: _Spread) -> Floats:
    """The squared unit of gaps: the mean of both variances."""
    return np.asarray((seen.variance[0] + seen.variance[1]) / 2)


def _gap_sums(seen: _Spread) -> Floats:
    """Number of records, sums of their gaps, squares, and what chance gives to the squares; Float [4, targets]."""
    unit = _unit(seen)
    gap = (seen.mean[0] - seen.mean[1]) / np.sqrt(unit)
    noise = (seen.error[0] + seen.error[1]) / unit
    known = np.isfinite(gap)
    terms = (known, np.where(known, gap, 0.0), np.where(known, gap * gap, 0.0), np.where(known, noise, 0.0))
    return np.stack([term.sum(axis=1, dtype=np.float64) for term in terms])


def _gap_prior(sums: Floats) -> GapPrior:
    records, total, squares, noise = sums[:, :, None]
    records = np.maximum(records, 1)
    centre = total / records
    return GapPrior(centre, np.maximum(squares / records - centre**2 - noise / records, LEAST_SPREAD))


def _joint(views: Sequence[_View], correlation: Triangle, place: int) -> Predictive:
    """All views of one side; their correlation is that of all records."""
    size = [np.sqrt(view.variance[place]) for view in views]
    scale = [
        [size[a] * size[b] * (correlation[a][b] if a != b else 1.0) for b in range(a + 1)] for a in range(len(views))
    ]
    freedoms = np.mean([view.table.freedom[place] for view in views], axis=0)
    freedom, ends = views[0].table.spread_out(freedoms, len(views), views[0].number)
    return Predictive([view.mean[place] for view in views], scale, freedom, ends)
