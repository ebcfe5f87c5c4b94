"""How exposed every record is to the headline attack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks import Evidence
from attacks.base import Attack, Bools
from attacks.exposure import Exposure, record_auc, record_exposure
from attacks.given_models import given_scores
from attacks.intervals import Interval
from reports.result import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHOD = "Newcombe's interval for a difference of independent proportions (1998), over models, threshold given"


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

    def estimate(self, record: int) -> Estimate | None:
        """The exposure of one record; None where it has none."""
        if not np.isfinite(self.value[record]):
            return None
        value, low, high = (float(a[record]) for a in (self.value, self.interval.low, self.interval.high))
        n = int(self.counts.in_models[record] + self.counts.out_models[record])
        return Estimate(value=value, low=low, high=high, confidence=self.confidence, method=METHOD, n=n)


def exposure_scores(attack: Attack, evidence: Evidence, fpr: float, confidence: float) -> ExposureScores:
    """Attack every model and count, record by record, who is found.

    Args:
        attack: the attack.
        evidence: the pool.
        fpr: pooled false-positive rate of the threshold, in (0, 1).
        confidence: two-sided level of the intervals, in (0, 1).

    Raises:
        UnscorableError: if the attack can score no member or no non-member.
    """
    scores = attack.resolved(evidence).scores(evidence)
    auc = record_auc(scores, evidence.membership, evidence.pair)
    return _counted(scores, evidence.membership, auc, fpr, confidence)


def exposure_to_given(
    attack: Attack, evidence: Evidence, given: Bools, fpr: float, confidence: float
) -> ExposureScores:
    """As `exposure_scores`, of some of the models; of one model alone records have hits, and no exposure.

    Args:
        attack: the attack.
        evidence: the models and their references.
        given: Bool [models]; the models that are attacked.
        fpr: pooled false-positive rate of the threshold, in (0, 1).
        confidence: two-sided level of the intervals, in (0, 1).

    Raises:
        UnscorableError: if the attack can score no member or no non-member.
    """
    found = given_scores(attack, evidence, given)
    return _counted(found.scores, found.membership, np.full(found.scores.shape[1], np.nan), fpr, confidence)


def _counted(scores: Floats, membership: Bools, auc: Floats, fpr: float, confidence: float) -> ExposureScores:
    counts = record_exposure(scores, membership, fpr)
    known = np.isfinite(counts.value)
    limits = counts.interval(confidence)
    ends = Interval(np.where(known, limits.low, np.nan), np.where(known, limits.high, np.nan))
    return ExposureScores(counts, counts.value, ends, auc, confidence)
