"""What a DP guarantee says no record can exceed, checked against the measured pool."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attacks.intervals import clopper_pearson
from audit.memorization import MemorizationScores
from reports.result import Estimate

Ints = NDArray[np.int64]

TESTS = 3
"""Tests of a guarantee that share one alpha: this one, and two of `audit.epsilon.self_check`."""


def cap_violations(scores: MemorizationScores, cap: float) -> Ints:
    """Records whose memorization is proved to be above the guarantee's cap: the DP implementation is broken.

    Per record, Clopper-Pearson's lower limit of P[right | IN] minus the upper limit of P[right | OUT], each at
    alpha / (2 records): the chance of one false alarm in the whole pool is at most alpha = (1 - confidence) / TESTS,
    whatever the records have to do with each other (Bonferroni). What caps it: Kairouz et al. 2015,
    arXiv 1311.0776; the cap is the total variation that the accountant allows.

    Args:
        scores: the scores.
        cap: highest memorization that the guarantee allows, in [0, 1].

    Returns:
        Int; indices of the records.
    """
    confidence = _corrected(scores)
    low = clopper_pearson(scores.in_correct, scores.in_models, confidence).low
    high = clopper_pearson(scores.out_correct, scores.out_models, confidence).high
    return np.flatnonzero(scores.scored & (low - high > cap))


def highest_memorization(scores: MemorizationScores) -> Estimate | None:
    """The highest memorization of all records, with an interval that pays for its being the highest.

    Clopper-Pearson limits of both rates at alpha / (2 records): they hold for all records at once, so for whichever
    is highest too.

    Args:
        scores: the scores.
    """
    if not scores.scored.any():
        return None
    record, alpha = int(scores.most_first()[0]), (1 - scores.confidence) / int(scores.scored.sum())
    ins = clopper_pearson(scores.in_correct[record], scores.in_models[record], 1 - alpha / 2)
    outs = clopper_pearson(scores.out_correct[record], scores.out_models[record], 1 - alpha / 2)
    method = "Clopper-Pearson limits of both rates, corrected for looking at all records"
    models = int(scores.in_models[record] + scores.out_models[record])
    low, high = float(ins.low - outs.high), float(ins.high - outs.low)
    value = float(scores.value[record])
    return Estimate(value=value, low=low, high=high, confidence=scores.confidence, method=method, n=models)


def largest_provable(scores: MemorizationScores) -> float:
    """The memorization that `cap_violations` would prove of a record with perfect separation.

    A cap above it cannot be refuted by this pool: no violation then says nothing.

    Args:
        scores: the scores.
    """
    confidence = _corrected(scores)
    low = clopper_pearson(scores.in_models, scores.in_models, confidence).low
    high = clopper_pearson(np.zeros_like(scores.out_models), scores.out_models, confidence).high
    return float(np.clip((low - high)[scores.scored].max(initial=0.0), 0, 1))


def _corrected(scores: MemorizationScores) -> float:
    return 1 - (1 - scores.confidence) / TESTS / max(1, int(scores.scored.sum()))
