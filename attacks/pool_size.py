"""How many models are enough: what an attack reaches in smaller pools, cut out of the one that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Ints, UnscorableError
from attacks.evaluation import AUC, FPRS, RATES, Evaluation, TprAtFpr, evaluate
from attacks.grouping import pair_groups
from attacks.intervals import Measurement
from attacks.jackknife import Jackknife

SMALLEST = 8
"""Models of the smallest pool that is looked at; each next one is twice as large."""
LOOKED_AT = 64
"""So many models are looked at in pools of a size, and at least one pool: large pools are not attacked all over."""


@dataclass(frozen=True, slots=True)
class SmallerPools:
    """What an audit with fewer models would have shown, on average.

    Attributes:
        models: models of each smaller pool.
        pools: how many were cut out of the whole pool and attacked; no two share a model.
        auc: mean of their AUCs.
        tpr_at: mean of their true-positive rates, each at its own pool's threshold.
        each: for every one of them the numbers of its pairs, and its figures with groups of these left out.
    """

    models: int
    pools: int
    auc: Measurement
    tpr_at: tuple[TprAtFpr, ...]
    each: tuple[tuple[Ints, Jackknife], ...]


def smaller_pools(
    attack: Attack, evidence: Evidence, fprs: Sequence[float] = FPRS, confidence: float = 0.95
) -> tuple[SmallerPools, ...]:
    """Attack disjoint pools of 8, 16, 32, ... models, below the size of the whole one.

    A target has all models of its own smaller pool outside its pair as references, and nothing else: thresholds,
    and what the attack learns, are the smaller pool's own. Intervals range over models, as those of `evaluate`.

    Args:
        attack: the attack, not resolved: its choices are made anew for each size.
        evidence: the pool.
        fprs: false-positive rates, each in (0, 1).
        confidence: two-sided level in (0, 1).
    """
    found = []
    for models in sizes(len(evidence.pair)):
        try:
            few = parts(evidence, models)[: max(1, LOOKED_AT // models)]
            each = [evaluate(attack, part, fprs, confidence) for part in few]
        except UnscorableError:
            continue  # so few models give no score; the next size may
        if each:
            pairs = [np.unique(part.pair) for part in few]
            found.append(_mean(each, pairs, models, confidence))
    return tuple(found)


def sizes(models: int) -> list[int]:
    """8, 16, 32, ... below a number of models.

    Args:
        models: of the whole pool.
    """
    return [SMALLEST * 2**power for power in range(30) if SMALLEST * 2**power < models]


def parts(evidence: Evidence, models: int) -> list[Evidence]:
    """Disjoint parts of so many models each, whole pairs, by the pairs' numbers; what is left over is not used.

    Args:
        evidence: the pool.
        models: of each part.
    """
    order = np.argsort(evidence.pair, kind="stable")
    cut: list[Ints] = [order[start : start + models] for start in range(0, len(order) - models + 1, models)]
    return [evidence.take(part) for part in cut if not _torn(evidence.pair, part)]


def _torn(pair: Ints, part: Ints) -> bool:
    inside = np.isin(np.arange(len(pair)), part)
    return bool(np.isin(pair[inside], pair[~inside]).any())


def _mean(each: Sequence[Evaluation], pairs: Sequence[Ints], models: int, confidence: float) -> SmallerPools:
    joint = mean_jackknife([one.jackknife for one in each])
    half = float(joint.half_width(confidence)[AUC])
    area, ranges = float(joint.value[AUC]), f"mean over {len(each)} disjoint pool(s) of {models} models"
    low, high = (area - half, area + half) if np.isfinite(half) else (0.0, 1.0)
    method = f"Student's t, delete-a-group jackknife within each pool; {ranges}; ranges over models"
    auc = Measurement(area, max(low, 0.0), min(high, 1.0), confidence, method, models * len(each))
    rates = [_rate(each, joint[RATES + place], place, confidence, ranges) for place in range(len(each[0].tpr_at))]
    with_pairs = tuple(zip(pairs, (one.jackknife for one in each), strict=True))
    return SmallerPools(models, len(each), auc, tuple(rates), with_pairs)


def _rate(each: Sequence[Evaluation], joint: Jackknife, place: int, confidence: float, ranges: str) -> TprAtFpr:
    points = [one.tpr_at[place] for one in each]
    false_positives, threshold = sum(point.false_positives for point in points), float("nan")
    reason = next((point.reason for point in points if point.reason), "")
    if reason:
        return TprAtFpr(points[0].fpr, None, false_positives, threshold, reason)
    trials = sum(point.tpr.n for point in points if point.tpr)
    low, high = (float(limit[0]) for limit in joint.rate_interval(trials, confidence))
    size = max(1, int(joint.effective_sample(trials, confidence)[0]))
    method = f"Clopper-Pearson at the effective sample size; {ranges}; ranges over models"
    tpr = Measurement(float(joint.value[0]), low, high, confidence, method, size)
    return TprAtFpr(points[0].fpr, tpr, false_positives, threshold, "")


def gain(whole: Jackknife, pair: Ints, smaller: SmallerPools) -> Jackknife:
    """Figures of a whole pool minus their mean over smaller pools cut out of it, paired by groups of its model pairs.

    The pools share models, so a group is left out of both sides: of the whole pool as it was, and of the smaller ones
    to first order, where what leaving out one of their own groups moves is shared out among its pairs. Nothing is
    attacked anew.

    Args:
        whole: figures of the whole pool, all of its models evaluated.
        pair: Int [models]; of the whole pool.
        smaller: the smaller pools.

    Raises:
        ValueError: if the groups left out of the whole pool are not those of all its models.
    """
    groups = pair_groups(pair)
    if [len(group) for group in groups] != whole.sizes.tolist():
        raise ValueError("the whole pool was not evaluated on all of its models")
    of_pair = {int(number): place for place, group in enumerate(groups) for number in group}
    moved = np.zeros_like(whole.replicates)
    for numbers, one in smaller.each:
        for group, without in zip(pair_groups(numbers), one.replicates, strict=True):
            for number in group.tolist():
                moved[of_pair[number]] += (without - one.value) / len(group) / len(smaller.each)
    mean = np.mean([one.value for _, one in smaller.each], axis=0)
    return Jackknife(whole.value - mean, whole.replicates - mean - moved, whole.sizes)


def mean_jackknife(each: Sequence[Jackknife]) -> Jackknife:
    """The mean of figures of pools that share no model, with the variance that independence gives it.

    Every pool's replicates are moved by as much as makes the variance of the whole the sum of the pools' variances
    over the square of their number, exactly where groups are of one size.

    Args:
        each: one a pool, at least one; the same figures.
    """
    value = np.mean([one.value for one in each], axis=0)
    sizes = np.concatenate([one.sizes for one in each])
    rows = []
    for one in each:
        own, whole = one.sizes.sum() / one.sizes, sizes.sum() / one.sizes
        moved = one.replicates - one.replicates.mean(axis=0)
        rows.append(value + moved * np.sqrt((own - 1) / (whole - 1) / len(each))[:, None])
    return Jackknife(value, np.concatenate(rows), sizes)
