"""Which records an attack finds: hits while IN against hits while OUT, record by record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attacks.base import Bools, Floats, Ints
from attacks.intervals import Interval, newcombe
from attacks.roc import ROUNDING


@dataclass(frozen=True, slots=True)
class Exposure:
    """Hits of an attack at one threshold for all records and targets; counts are stored, rates derived.

    Attributes:
        threshold: scores above it are hits.
        in_hits: Int [records]; targets that were trained on the record and give it away.
        in_models: Int [records]; targets that were trained on the record and have a score.
        out_hits: Int [records]; false alarms.
        out_models: Int [records]; targets that were not trained on the record and have a score.
    """

    threshold: float
    in_hits: Ints
    in_models: Ints
    out_hits: Ints
    out_models: Ints

    @property
    def value(self) -> Floats:
        """Float [records] in [-1, 1]: TPR less FPR of the record; NaN where either has no target."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.in_hits / self.in_models - self.out_hits / self.out_models, np.float64)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Newcombe's interval of every record's value; ranges over models, at the given threshold.

        Args:
            confidence: two-sided level in (0, 1), of each record by itself.

        Returns:
            Interval of [records]; [-1, 1] where the record has no value.
        """
        limits = newcombe(self.in_hits, self.in_models, self.out_hits, self.out_models, confidence)
        known = (self.in_models > 0) & (self.out_models > 0)
        return Interval(np.where(known, limits.low, -1.0), np.where(known, limits.high, 1.0))


def record_exposure(scores: Floats, membership: Bools, fpr: float = 0.01) -> Exposure:
    """Count every record's hits at the threshold that has this FPR over all records and targets.

    Args:
        scores: Float [models, records]; higher means member, NaN is no score.
        membership: Bool [models, records].
        fpr: pooled false-positive rate, in (0, 1); the highest step of the ROC that does not exceed it.
    """
    return record_exposures(scores, membership, (fpr,))[fpr]


def record_exposures(scores: Floats, membership: Bools, fprs: Sequence[float]) -> dict[float, Exposure]:
    """Count every record's hits at several thresholds; nothing is sorted (see `record_exposure`).

    Args:
        scores: Float [models, records]; higher means member, NaN is no score.
        membership: Bool [models, records].
        fprs: pooled false-positive rates, each in (0, 1).
    """
    scored = ~np.isnan(scores)
    in_models, out_models = (scored & membership).sum(axis=0), (scored & ~membership).sum(axis=0)
    found = {}
    for fpr, threshold in zip(fprs, thresholds(scores[scored & ~membership], fprs).tolist(), strict=True):
        hit = scores > threshold  # NaN is above nothing
        in_hits, hits = (hit & membership).sum(axis=0), hit.sum(axis=0)
        found[fpr] = Exposure(threshold, in_hits, in_models, hits - in_hits, out_models)
    return found


def thresholds(out: Floats, fprs: Sequence[float]) -> Floats:
    """The lowest thresholds whose FPRs do not exceed those asked for, as `Sample.threshold`, without sorting.

    Args:
        out: Float [non-members], in any order.
        fprs: in [0, 1].
    """
    place = len(out) - 1 - np.floor(np.asarray(fprs) * len(out) + ROUNDING).astype(int)
    kept = place[place >= 0]
    ladder = np.partition(out, np.unique(kept)) if len(kept) else out
    return np.array([ladder[at] if at >= 0 else -np.inf for at in place], np.float64)


def record_auc(scores: Floats, membership: Bools, pair: Ints) -> Floats:
    """P[score while IN > score while OUT] + P[equal] / 2 of every record, from comparisons of partners.

    Only two models of one pair are compared: they share their references. Models of different pairs
    are each other's references, so a model's score on a record depends on whether the other was
    trained on *that record*: under a null, comparing all models with all gives online LiRA .455 in
    place of .500, however many models there are, while partners give .500.

    Args:
        scores: Float [models, records]; computed with these same pairs left out; NaN is no score.
        membership: Bool [models, records].
        pair: Int [models]. In a design without partners, number any two models alike before scoring.

    Returns:
        Float [records] in [0, 1]; NaN where no pair has the record IN one model and OUT of another.
    """
    wins, comparisons = np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    for number in np.unique(pair):
        for inside in np.flatnonzero(pair == number):
            for out in np.flatnonzero(pair == number):
                ahead = np.where(membership[inside] & ~membership[out], scores[inside] - scores[out], np.nan)
                wins += np.where(ahead == 0, 0.5, ahead > 0)
                comparisons += ~np.isnan(ahead)
    with np.errstate(invalid="ignore"):
        return np.asarray(wins / comparisons, np.float64)
