"""What an attack reaches on the models that are given: one model, or a few, whose recipe is not in question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints, UnscorableError
from attacks.evaluation import FPRS, Evaluation, RocBand, TprAtFpr, check_rates, check_references, roc_grid, sample_of
from attacks.intervals import Interval, Measurement
from attacks.jackknife import Jackknife
from attacks.record_intervals import RecordScores
from attacks.targets import target_spread


def evaluate_given(
    attack: Attack, evidence: Evidence, targets: Bools, fprs: Sequence[float] = FPRS, confidence: float = 0.95
) -> Evaluation:
    """Attack some of the models, with all models outside a target's pair as its references.

    All intervals range over records, for these models: a handful of models says nothing of others, and needs not
    where these are the ones that are released. A dear attack (`most_models`) sees some of the models.

    Args:
        attack: the attack; its parameters were chosen without these memberships.
        evidence: the targets and their references.
        targets: Bool [models]; which models are attacked.
        fprs: false-positive rates, each in (0, 1).
        confidence: two-sided level in (0, 1).

    Raises:
        UnscorableError: if there is no reference model where one is needed, or if no member or no non-member has a
            score.
        ValueError: if a rate or the confidence lies outside (0, 1), or there is no target.
    """
    check_rates((*fprs, confidence))
    return _evaluation(given_scores(attack, evidence, targets), fprs, confidence)


def given_scores(attack: Attack, evidence: Evidence, targets: Bools) -> RecordScores:
    """What an attack makes of some of the models (see `evaluate_given`).

    Args:
        attack: the attack.
        evidence: the targets and their references.
        targets: Bool [models]; which models are attacked.

    Raises:
        UnscorableError: if there is no reference model where one is needed, or if no member or no non-member has a
            score.
        ValueError: if there is no target.
    """
    models = _models(attack, evidence, targets)
    seen, attacked = evidence.take(models), targets[models]
    found = RecordScores(attack.resolved(seen).scores(seen)[attacked], seen.membership[attacked])
    sample_of(attack, found.scores, found.membership)
    return found


def _models(attack: Attack, evidence: Evidence, targets: Bools) -> Ints:
    """The models that an attack sees: targets alone, or whole pairs, those of targets first."""
    if not targets.any():
        raise ValueError("no model is a target")
    if not attack.references:
        return np.flatnonzero(targets)[: attack.most_models]
    check_references(attack, evidence)
    pairs = np.unique(evidence.pair[targets])
    if len(np.unique(evidence.pair)) < 2:
        raise UnscorableError("no reference models")
    ordered = [*pairs, *np.setdiff1d(evidence.pair, pairs)]
    sizes = np.array([(evidence.pair == number).sum() for number in ordered])
    kept = np.cumsum(sizes) <= (attack.most_models or len(targets))
    return np.flatnonzero(np.isin(evidence.pair, np.array(ordered)[kept]))


def _evaluation(found: RecordScores, fprs: Sequence[float], confidence: float) -> Evaluation:
    balanced, area = found.balanced_accuracy(confidence), found.sample.auc()
    rates = tuple(_tpr_at(found, fpr, confidence) for fpr in fprs)
    values = [area, balanced[0] if balanced else np.nan, *found.sample.tpr(list(fprs))]
    return Evaluation(
        auc=_measured(found, area, found.auc_limits(confidence), confidence, _AREA),
        balanced_accuracy=_measured(found, *balanced, confidence, _BALANCED) if balanced else None,
        tpr_at=rates,
        roc=_roc(found, confidence),
        targets=target_spread(found.scores, found.membership),
        jackknife=Jackknife(np.array(values), np.zeros((0, len(values))), np.zeros(0, np.int64)),
    )


_AREA = "DeLong's standard error on the log-odds scale"
_BALANCED = "Newcombe's interval for a difference of proportions"
_RATE = "Clopper-Pearson, widened by the threshold's own error"


def _measured(
    found: RecordScores, value: float, limits: Interval, confidence: float, method: str, n: int | None = None
) -> Measurement:
    models = len(found.scores)
    whose = "this one model" if models == 1 else f"these {models} models"
    ranges = f"{method}; ranges over records, for {whose}"
    low, high = float(limits.low), float(limits.high)
    return Measurement(value, low, high, confidence, ranges, found.records if n is None else n)


def _tpr_at(found: RecordScores, fpr: float, confidence: float) -> TprAtFpr:
    threshold = float(found.sample.threshold(fpr))
    false_positives, reason = int(found.sample.false_positives(threshold)), found.sample.unresolved(fpr)
    if reason:
        return TprAtFpr(fpr, None, false_positives, threshold, reason)
    value, size = found.share_above(threshold, found.inside)
    tpr = _measured(found, value, found.tpr_limits(fpr, confidence), confidence, _RATE, int(size))
    return TprAtFpr(fpr, tpr, false_positives, threshold, "")


def _roc(found: RecordScores, confidence: float) -> RocBand:
    grid = roc_grid(len(found.sample.out))
    limits = [found.tpr_limits(float(fpr), confidence) for fpr in grid]
    low, high = (np.array(ends, np.float64) for ends in zip(*limits, strict=True))
    tpr: Floats = found.sample.tpr(grid)
    return RocBand(grid, tpr, low, high)
