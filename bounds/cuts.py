"""What every threshold on every record would prove: the search behind a choice, in blocks of records."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.intervals import Floats
from bounds.counts import Rates, epsilon_from_rates, rates

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BLOCK = 1 << 19
"""Scores of a block: a few arrays of this size are held at once."""


class Cuts(NamedTuple):
    """Thresholds of some records; at each, what is as high or higher is called a member.

    Attributes:
        tp: Int [records, cuts]; members called members.
        fp: Int [records, cuts]; non-members called members.
        threshold: Float [records, cuts].
        real: Bool [records, cuts]; False where equal scores leave no room for a threshold.
    """

    tp: Ints
    fp: Ints
    threshold: Floats
    real: Bools


class Best(NamedTuple):
    """Every record's best cut.

    Attributes:
        epsilon: Float [records]; its bound.
        advantage: Float [records]; its TPR - FPR.
        separation: Float [records]; of the record's scores, not of the cut: the standardised mean difference.
        threshold: Float [records].
    """

    epsilon: Floats
    advantage: Floats
    separation: Floats
    threshold: Floats

    def leader(self) -> int:
        """The record with the highest bound; equals by advantage, then separation; the first of what is left."""
        number = np.arange(len(self.epsilon))
        return int(np.lexsort((-number, self.separation, self.advantage, self.epsilon))[-1])


def best_cuts(
    scores: Floats, membership: Bools, thresholds: tuple[float, ...] | None, delta: float, alpha: float
) -> Best:
    """Every record's cut with the highest bound, of equals that with the highest advantage.

    Args:
        scores: Float [models, records]; higher means member.
        membership: Bool [models, records].
        thresholds: to look at; None for the middle between any two neighbouring scores of the record, and one
            above them all.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: at which each bound is computed, in (0, 1).
    """
    models, records = scores.shape
    limits = _Limits(membership, alpha)
    width = max(1, BLOCK // max(models, 1))
    blocks = []
    for start in range(0, records, width):
        part = slice(start, start + width)
        # Records first, so that a record's scores lie side by side.
        high, inside = np.ascontiguousarray(scores[:, part].T), np.ascontiguousarray(membership[:, part].T)
        cuts = _midpoints(high, inside) if thresholds is None else _given(high, inside, thresholds)
        blocks.append(_best_of(cuts, high, inside, limits, delta))
    return Best(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


class _Limits:
    """Confidence limits of all rates that can occur; models, and so counts, are far fewer than cuts."""

    def __init__(self, membership: Bools, alpha: float) -> None:
        models = len(membership)
        self._members, self._row = np.unique(membership.sum(axis=0, dtype=np.int64), return_inverse=True)
        members, called = self._members[:, None], np.arange(models + 1)
        # What exceeds its trials is never looked up.
        ins, outs = np.minimum(called, members), np.minimum(called, models - members)
        self._tpr, self._fpr = rates(ins, members, outs, models - members, alpha)

    def of(self, members: Ints, cuts: Cuts) -> Rates:
        row = np.searchsorted(self._members, members)[:, None]
        return Rates(self._tpr[row, cuts.tp], self._fpr[row, cuts.fp])


def _midpoints(scores: Floats, inside: Bools) -> Cuts:
    """One cut above all scores, then one below each but the lowest."""
    order = np.argsort(-scores, axis=1, kind="stable")
    falling, members = np.take_along_axis(scores, order, 1), np.take_along_axis(inside, order, 1)
    upper, lower = falling[:, :-1], falling[:, 1:]
    with np.errstate(invalid="ignore"):
        middle = upper / 2 + lower / 2
    # Between neighbouring floats, and beside an infinite score, the upper one itself is the threshold.
    between = np.where(middle > lower, middle, upper)
    none = np.zeros((len(scores), 1), np.int64)
    tp = np.concatenate([none, np.cumsum(members, axis=1)[:, :-1]], axis=1)
    return Cuts(
        tp,
        np.arange(tp.shape[1]) - tp,
        np.concatenate([np.full(none.shape, np.inf), between], axis=1),
        np.concatenate([none == 0, upper > lower], axis=1),
    )


def _given(scores: Floats, inside: Bools, thresholds: tuple[float, ...]) -> Cuts:
    called = [scores >= threshold for threshold in thresholds]
    tp = np.stack([(high & inside).sum(axis=1) for high in called], axis=1)
    fp = np.stack([(high & ~inside).sum(axis=1) for high in called], axis=1)
    return Cuts(tp, fp, np.broadcast_to(np.asarray(thresholds, float), tp.shape), np.ones(tp.shape, bool))


def _best_of(cuts: Cuts, scores: Floats, inside: Bools, limits: _Limits, delta: float) -> Best:
    members = inside.sum(axis=1, dtype=np.int64)
    others = inside.shape[1] - members
    epsilon = np.where(cuts.real, epsilon_from_rates(limits.of(members, cuts), delta), -np.inf)
    highest = epsilon.max(axis=1)
    advantage = cuts.tp / np.maximum(members, 1)[:, None] - cuts.fp / np.maximum(others, 1)[:, None]
    advantage = np.where(epsilon == highest[:, None], advantage, -np.inf)
    best = advantage.argmax(axis=1)
    chosen = np.arange(len(best)), best
    return Best(highest, advantage[chosen], _separation(scores, inside), cuts.threshold[chosen])


def _separation(scores: Floats, inside: Bools) -> Floats:
    """Difference of the mean scores of members and non-members in standard deviations; 0 where undefined."""
    sums = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for side in (inside, ~inside):
            number = side.sum(axis=1)
            mean = np.where(side, scores, 0.0).sum(axis=1) / number
            sums.append((mean, np.where(side, (scores - mean[:, None]) ** 2, 0.0).sum(axis=1) / number))
        (mean_in, var_in), (mean_out, var_out) = sums
        found = (mean_in - mean_out) / np.sqrt((var_in + var_out) / 2)
    return np.where(np.isnan(found), 0.0, found)
