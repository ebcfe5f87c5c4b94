"""Two evaluations over the same memberships: paired differences, such as one arm against another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.evaluation import AUC, BALANCED_ACCURACY, RATES, Evaluation
from attacks.intervals import Measurement
from attacks.jackknife import Jackknife


@dataclass(frozen=True, slots=True)
class TprDifference:
    """A difference of true-positive rates; `difference` is None where either side does not resolve the FPR."""

    fpr: float
    difference: Measurement | None
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second evaluation minus the first, with intervals that range over models."""

    auc: Measurement
    balanced_accuracy: Measurement | None
    tpr_at: tuple[TprDifference, ...]


def compare(first: Evaluation, second: Evaluation, confidence: float = 0.95) -> Comparison:
    """Differences, second minus first, paired by groups of model pairs.

    Args:
        first: an evaluation.
        second: one over the same memberships and FPRs: another arm, or another attack.
        confidence: two-sided level in (0, 1).

    Raises:
        ValueError: if the two do not share their model pairs or their FPRs.
    """
    if [at.fpr for at in first.tpr_at] != [at.fpr for at in second.tpr_at]:
        raise ValueError("only true-positive rates at the same false-positive rates can be compared")
    found = second.jackknife - first.jackknife
    return Comparison(
        _difference(first.auc, second.auc, found[AUC], confidence),
        _if_both(first.balanced_accuracy, second.balanced_accuracy, found[BALANCED_ACCURACY], confidence),
        tuple(
            TprDifference(a.fpr, _if_both(a.tpr, b.tpr, found[RATES + i], confidence), a.reason or b.reason)
            for i, (a, b) in enumerate(zip(first.tpr_at, second.tpr_at, strict=True))
        ),
    )


def _if_both(
    first: Measurement | None, second: Measurement | None, found: Jackknife, confidence: float
) -> Measurement | None:
    return _difference(first, second, found, confidence) if first and second else None


def _difference(first: Measurement, second: Measurement, found: Jackknife, confidence: float) -> Measurement:
    """A t interval; where no replicate moves, all that the two intervals allow."""
    value, half = second.value - first.value, float(found.half_width(confidence)[0])
    if np.isnan(half) or half == 0:
        low, high, method = second.low - first.high, second.high - first.low, "outer difference of both intervals"
    else:
        low, high = max(value - half, -1.0), min(value + half, 1.0)
        method = f"Student's t, paired delete-a-group jackknife over {len(found.sizes)} groups of model pairs"
    return Measurement(value, low, high, confidence, f"{method}; ranges over models", first.n)
