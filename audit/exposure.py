"""How exposed every record is to the headline attack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks.base import Bools
from attacks.exposure import Exposure, record_auc, record_exposure
from attacks.intervals import Interval, clopper_pearson
from audit.discoveries import ChosenScores, Outcomes
from audit.headline import Attacked
from reports.result import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TPR_METHOD = "Clopper-Pearson, corrected for looking at all records; over models, threshold given"


@dataclass(frozen=True)
class ExposureScores:
    """Exposure of every record in one arm: TPR minus FPR of the attack on the record, at one pooled threshold.

    Attributes:
        counts: hits and targets, record by record.
        value: Float [records], in [-1, 1]; NaN where a record has no IN or no OUT target with a score.
        interval: its limits.
        auc: Float [records]; P[score while IN > score while OUT], from comparisons of partners; breaks ties.
        confidence: two-sided level of the interval.
    """

    counts: Exposure
    value: Floats
    interval: Interval
    auc: Floats
    confidence: float

    def most_first(self) -> Ints:
        """The scored records from most to least exposed; ties fall by the record's AUC."""
        scored = np.flatnonzero(np.isfinite(self.value))
        ties = np.nan_to_num(self.auc[scored], nan=-1.0)
        return scored[np.lexsort((ties, np.round(self.value[scored], 9)))[::-1]]

    @cached_property
    def chosen(self) -> ChosenScores:
        """Exposures for lists of the highest: shrunken, with limits that hold for all at once, at this threshold."""
        counts = self.counts
        outcomes = Outcomes(counts.in_hits, counts.in_models, counts.out_hits, counts.out_models)
        return ChosenScores(outcomes, self.confidence)

    @cached_property
    def tpr(self) -> tuple[Floats, Interval]:
        """Share of the models trained on each record that give it away, and its limits; NaN where there are none."""
        hits, models = self.counts.in_hits, self.counts.in_models
        limits = clopper_pearson(hits, models, self.confidence)
        known = models > 0
        value, low, high = (
            np.where(known, each, np.nan) for each in (hits / np.maximum(models, 1), limits.low, limits.high)
        )
        return value, Interval(low, high)

    def chosen_tpr(self, record: int) -> Estimate | None:
        """The same of a chosen record, limits corrected for all; None where no model trained on it has a score."""
        hits, models = int(self.counts.in_hits[record]), int(self.counts.in_models[record])
        if not models:
            return None
        looks = int((self.counts.in_models > 0).sum())
        limits = clopper_pearson(hits, models, 1 - (1 - self.confidence) / looks)
        ends = {"low": float(limits.low), "high": float(limits.high)}
        return Estimate(value=hits / models, **ends, confidence=self.confidence, method=TPR_METHOD, n=models)


def exposure_of(found: Attacked | None, fpr: float, confidence: float) -> ExposureScores | None:
    """Count, record by record, who is found; of one model alone records have hits, and no exposure.

    Args:
        found: scores of the attack; None where there are none.
        fpr: pooled false-positive rate of the threshold, in (0, 1).
        confidence: two-sided level of the intervals, in (0, 1).
    """
    if found is None:
        return None
    given = found.of_given
    unknown = np.full(given.scores.shape[1], np.nan)
    whole = found.given is None
    auc = record_auc(given.scores, given.membership, found.evidence.pair) if whole else unknown
    return _counted(given.scores, given.membership, auc, fpr, confidence)


def _counted(scores: Floats, membership: Bools, auc: Floats, fpr: float, confidence: float) -> ExposureScores:
    counts = record_exposure(scores, membership, fpr)
    known = np.isfinite(counts.value)
    limits = counts.interval(confidence)
    ends = Interval(np.where(known, limits.low, np.nan), np.where(known, limits.high, np.nan))
    return ExposureScores(counts, counts.value, ends, auc, confidence)
