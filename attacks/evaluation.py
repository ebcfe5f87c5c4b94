"""What an attack reaches on a pool: its figures, pooled over targets, with intervals over models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, UnscorableError
from attacks.counting import counted_jackknife
from attacks.intervals import Interval, Measurement
from attacks.jackknife import Jackknife, jackknife
from attacks.roc import RESOLVING_FALSE_POSITIVES, Sample
from attacks.targets import TargetSpread, balanced_accuracy, half_of_pairs, target_spread

FPRS = (0.1, 0.01, 0.001, 0.0001)
ROC_POINTS = 60

FEW_SCORES = 30_000
"""So few scores are sorted anew for every group that is left out; more are counted, but for those of dear attacks: they
have few, which lie elsewhere whenever the attack has learnt anew."""

AUC, BALANCED_ACCURACY, RATES = 0, 1, 2
"""Where the figures lie in an evaluation's jackknife; the TPRs, in the order of its FPRs, come last."""


@dataclass(frozen=True, slots=True)
class TprAtFpr:
    """The true-positive rate at a false-positive rate.

    Attributes:
        fpr: the rate asked for; the one had is the highest step of the ROC that does not exceed it.
        tpr: None where the sample cannot resolve the rate.
        false_positives: non-members above the threshold, all targets together.
        threshold: scores above it say member; -inf where all may.
        reason: why there is no TPR; empty where there is one.
    """

    fpr: float
    tpr: Measurement | None
    false_positives: int
    threshold: float
    reason: str


@dataclass(frozen=True, slots=True)
class RocBand:
    """The ROC on a logarithmic grid of resolvable FPRs, with pointwise confidence limits; all [points]."""

    fpr: Floats
    tpr: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one attack reaches on one pool; the attack saw no target's membership.

    Attributes:
        auc: area under the pooled ROC.
        balanced_accuracy: mean of TPR and 1 - FPR, at thresholds chosen on other targets and other
            records; None where a quarter of the scores lacks members or non-members.
        tpr_at: one entry an FPR asked for.
        roc: the pooled ROC.
        targets: spread of the AUC over targets.
        jackknife: AUC, balanced accuracy and the TPRs with groups of pairs left out, for paired
            differences between evaluations over the same memberships.
    """

    auc: Measurement
    balanced_accuracy: Measurement | None
    tpr_at: tuple[TprAtFpr, ...]
    roc: RocBand
    targets: TargetSpread
    jackknife: Jackknife


def evaluate(attack: Attack, evidence: Evidence, fprs: Sequence[float] = FPRS, confidence: float = 0.95) -> Evaluation:
    """Attack every model of a pool and measure what that reaches.

    All intervals range over the models that could have been trained, for these records: a jackknife over
    model pairs carries every dependence between scores that share a record or a reference. The values are exact;
    how far they move in larger pools is counted between marks, half-widths within some per cent of those of
    repeated attacks (see `attacks.counting`). A dear attack (`most_models`) is evaluated on some of the models.

    Args:
        attack: the attack; its parameters were chosen without these memberships.
        evidence: the pool.
        fprs: false-positive rates, each in (0, 1).
        confidence: two-sided level in (0, 1).

    Raises:
        UnscorableError: if no member or no non-member has a score, or references are of no use.
        ValueError: if a rate or the confidence lies outside (0, 1).
    """
    check_rates((*fprs, confidence))
    check_references(attack, evidence)
    evidence = attacked(attack, evidence)
    attack = attack.resolved(evidence)
    scores = attack.scores(evidence)
    sample = sample_of(attack, scores, evidence.membership)
    grid = roc_grid(len(sample.out))
    rates = np.concatenate([fprs, grid])
    found = _left_out(attack, evidence, scores, sample, rates)
    asked, accuracy = found[: RATES + len(fprs)], found[BALANCED_ACCURACY]
    return Evaluation(
        auc=_area(found[AUC], sample, confidence, len(scores)),
        balanced_accuracy=None if np.isnan(accuracy.value[0]) else _area(accuracy, sample, confidence, len(scores)),
        tpr_at=tuple(_tpr_at(f, asked[RATES + i], sample, confidence) for i, f in enumerate(fprs)),
        roc=_roc(grid, found[RATES + len(fprs) :], sample, confidence),
        targets=target_spread(scores, evidence.membership),
        jackknife=asked,
    )


def attacked(attack: Attack, evidence: Evidence) -> Evidence:
    """The part of a pool that an attack is evaluated on: all of it, or the first pairs if the attack is a dear one.

    Args:
        attack: the attack.
        evidence: the pool.
    """
    numbers, counts = np.unique(evidence.pair, return_counts=True)
    if attack.most_models is None or len(evidence.pair) <= attack.most_models:
        return evidence
    return evidence.take(np.isin(evidence.pair, numbers[np.cumsum(counts) <= attack.most_models]))


def check_rates(rates: Sequence[float]) -> None:
    """Refuse rates outside (0, 1).

    Args:
        rates: false-positive rates, confidences.

    Raises:
        ValueError: naming those that lie outside.
    """
    wrong = [rate for rate in rates if not 0 < rate < 1]
    if wrong:
        raise ValueError(f"a rate must lie between 0 and 1, not {', '.join(map(str, wrong))}")


ONE_SPLIT = (
    "no record was both IN and OUT of the models: all were trained on the same records, so they do not show what a "
    "model says of a record that it was not trained on"
)


def check_references(attack: Attack, evidence: Evidence) -> None:
    """Refuse references of the very same records: they would know who was in the target, or that nobody else was.

    Args:
        attack: the attack.
        evidence: the pool.

    Raises:
        UnscorableError: if the attack uses references and all of several models were trained on the same records.
    """
    inside = evidence.membership
    if attack.references and len(inside) > 1 and bool((inside == inside[0]).all()):
        raise UnscorableError(ONE_SPLIT)


def sample_of(attack: Attack, scores: Floats, membership: Bools) -> Sample:
    """The pooled scores of members and of non-members.

    Args:
        attack: whose scores they are.
        scores: Float [models, records]; NaN is no score.
        membership: Bool [models, records].

    Raises:
        UnscorableError: if no member or no non-member has a score.
    """
    sample = Sample.of(scores, membership)
    if sample.one_sided:
        raise UnscorableError(_why_one_sided(attack, sample, membership))
    return sample


def _why_one_sided(attack: Attack, sample: Sample, membership: Bools) -> str:
    """Why no member or no non-member has a score, a clause."""
    if membership.all() or not membership.any():
        return f"every record is {'IN' if membership.all() else 'OUT of'} every model: there is nothing to tell apart"
    numbers = f"it has scores for {len(sample.inside)} members and {len(sample.out)} non-members"
    few = "reference models outside a target's pair" if attack.references else "records for it to learn from"
    return f"{numbers}: there are too few {few}"


def roc_grid(non_members: int) -> Floats:
    """FPRs at which a ROC is drawn, from the lowest that so many non-members resolve to 1.

    Args:
        non_members: how many have a score, at least 1.
    """
    lowest = min(1.0, RESOLVING_FALSE_POSITIVES / non_members)
    return np.geomspace(lowest, 1.0, ROC_POINTS)


def _left_out(attack: Attack, evidence: Evidence, scores: Floats, sample: Sample, fprs: Floats) -> Jackknife:
    """AUC, balanced accuracy and the TPRs, exact; and how they move where groups of pairs are left out."""
    membership, first_half = evidence.membership, half_of_pairs(evidence.pair)

    def figures(found: Floats) -> Floats:
        few = sample if found is scores else Sample.of(found, membership)
        return np.array([few.auc(), balanced_accuracy(found, membership, first_half), *few.tpr(fprs)])

    if scores.size < FEW_SCORES or attack.most_models is not None:
        return jackknife(attack, evidence, scores, figures)
    moved = counted_jackknife(attack, evidence, scores, sample, first_half, fprs)
    value = figures(scores)
    return Jackknife(value, moved.replicates - moved.value + value, moved.sizes)


def _method(name: str, found: Jackknife) -> str:
    if np.isnan(found.variance).any():
        return "none: too few model pairs to leave any out"
    return f"{name}, delete-a-group jackknife over {len(found.sizes)} groups of model pairs; ranges over models"


def _area(found: Jackknife, sample: Sample, confidence: float, models: int) -> Measurement:
    trials = min(len(sample.inside), len(sample.out))
    limits = found.mean_interval(trials, confidence)
    return Measurement(float(found.value[0]), *_floats(limits), confidence, _method("Student's t", found), models)


def _tpr_at(fpr: float, found: Jackknife, sample: Sample, confidence: float) -> TprAtFpr:
    threshold = float(sample.threshold(fpr))
    false_positives, reason = int(sample.false_positives(threshold)), sample.unresolved(fpr)
    if reason:
        return TprAtFpr(fpr, None, false_positives, threshold, reason)
    limits = found.rate_interval(len(sample.inside), confidence)
    size = int(found.effective_sample(len(sample.inside), confidence)[0])
    method = _method("Clopper-Pearson at the effective sample size", found)
    tpr = Measurement(float(found.value[0]), *_floats(limits), confidence, method, size)
    return TprAtFpr(fpr, tpr, false_positives, threshold, "")


def _roc(grid: Floats, found: Jackknife, sample: Sample, confidence: float) -> RocBand:
    limits = found.rate_interval(len(sample.inside), confidence)
    return RocBand(grid, found.value, limits.low, limits.high)


def _floats(limits: Interval) -> tuple[float, float]:
    return float(limits.low[0]), float(limits.high[0])
