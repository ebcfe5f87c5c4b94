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
    """The highest memorization of all records: shrunken, with an interval that pays for its being the highest.

    Args:
        scores: the scores.
    """
    first = scores.chosen.highest_first(scores.soft)
    return scores.chosen.estimate(int(first[0])) if len(first) else None


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
