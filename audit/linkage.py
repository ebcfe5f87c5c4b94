"""The link: does memorization on one half of a pool predict leakage on the other?

Memorization *is* the advantage of one attack (see `audit.memorization`), so the two are never taken from the
same models: memorization from one half of the pairs, attack scores from the other half with references from
that half alone; then swapped, and averaged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from attacks.base import Attack, UnscorableError
from attacks.jackknife import Jackknife
from attacks.threads import in_parallel
from audit.crossing import DECILES, HIT_FPRS, STABILITY, TOPS, Crossing, deciles, most, rank_correlations
from audit.memorization_summary import HISTOGRAM_EDGES
from audit.split import Split
from reports.result import Decile, Density, Estimate, HitShare, Link

Floats = NDArray[np.float64]

FEWEST_MODELS = 12
"""Three pairs a half: without one of them, each target still has a pair of references."""


def link_attack(split: Split, attack: Attack, confidence: float, fpr: float = 0.01) -> Link:
    """The link for one attack, its size-dependent choices made once, for halves of the pool.

    Args:
        split: the pool.
        attack: the attack.
        confidence: two-sided level of the intervals, in (0, 1).
        fpr: pooled false-positive rate at which leakage is read, in (0, 1).

    Returns:
        A part of the result; a reason where there is no link to be had.
    """
    try:
        crossing, found = _measured(split, attack.resolved(split.parts[0]), fpr)
    except UnscorableError as error:
        return Link(attack=attack.name, decile_fpr=fpr, reason=str(error))
    return _filled(split, attack.name, crossing, found, confidence)


def left_out(split: Split, attack: Attack, fpr: float) -> tuple[Crossing, Jackknife]:
    """The link, and its figures with groups of pairs left out of everything: memorization, targets, references.

    Attack scores depend on all models of their half, so resampled models need new scores. A bootstrap would
    also put copies of one model into a target's references, and ties into every rank; leaving out groups
    (Quenouille 1956; at most 20) needs 20 attacks and puts no copy anywhere. A group takes as many pairs from
    one half as from the other.

    Args:
        split: the pool.
        attack: the attack, its size-dependent choices made.
        fpr: false-positive rate at which leakage is read, in (0, 1).
    """
    crossing, without = Crossing.with_replicates(split, attack, fpr)
    figures = in_parallel(Crossing.figures, [crossing, *without])
    return crossing, Jackknife(figures[0], np.stack(figures[1:]), split.sizes)


def null_correlations(split: Split, crossing: Crossing) -> Floats:
    """Rank correlations of real leakage with memorization from redrawn membership coins, each way by itself.

    One way by itself, not the mean of both: the two ways share their noise, since memorization and leakage of
    one half rest on the same coins, and may be as good as equal. The mean of two redrawn ways, which share
    nothing, would be up to 1.4 times too narrow; one way is never too narrow.

    Args:
        split: the pool, whose coins are redrawn.
        crossing: its crossing.

    Returns:
        Float [2 x redraws]; 0 where redrawn memorization does not vary.
    """
    leaks = [crossing.leakage(attacked) for _, attacked in crossing.ways]
    found = [rank_correlations(redrawn, leak) for redrawn, leak in zip(split.redrawn, leaks, strict=True)]
    return np.asarray(np.nan_to_num(np.concatenate(found)), np.float64)


def _measured(split: Split, attack: Attack, fpr: float) -> tuple[Crossing, Jackknife]:
    models = len(split.evidence.pair)
    if models < FEWEST_MODELS:
        raise UnscorableError(f"{models} models cannot be split: the link needs {FEWEST_MODELS}")
    reason = _why_not(Crossing.of(split, attack, fpr))
    if reason:
        raise UnscorableError(reason)
    crossing, found = left_out(split, attack, fpr)
    if np.isnan(found[0].variance).any():
        raise UnscorableError("part of the pool gives no rank correlation, so there is no interval")
    return crossing, found


def _why_not(crossing: Crossing) -> str:
    (one, other), _ = crossing.ways
    unresolved = one.unresolved(crossing.fpr) or other.unresolved(crossing.fpr)
    if unresolved:
        return f"an FPR of {crossing.fpr:g} is {unresolved} in half of the pool"
    if len(one.order) < DECILES:
        return f"fewer than {DECILES} records can be scored"
    if np.isnan(crossing.spearman()):
        return f"memorization, or leakage at an FPR of {crossing.fpr:g}, is the same for all records: no ranks"
    return ""


def _filled(split: Split, attack: str, crossing: Crossing, found: Jackknife, confidence: float) -> Link:
    memory, leakage = crossing.reliabilities()
    models = len(split.evidence.pair)
    return Link(
        attack=attack,
        spearman=_correlation(found[0], confidence, models),
        noise_ceiling=float(np.sqrt(memory * leakage)) if memory > 0 and leakage > 0 else None,
        reliability_memorization=_stable(found[-3], confidence, models),
        reliability_leakage=_stable(found[-2], confidence, models),
        top_kept=_stable(found[-1], confidence, models, least=0.0),
        null=_null(null_correlations(split, crossing), confidence),
        decile_fpr=crossing.fpr,
        deciles=_deciles(crossing, found[1 : 1 + DECILES], confidence),
        hit_shares=_hit_shares(crossing, found[1 + DECILES : -STABILITY], confidence),
        density=_density(crossing),
    )


def _stable(found: Jackknife, confidence: float, models: int, least: float = -1.0) -> Estimate | None:
    """How well two halves of the pool agree; None where records have no ranks to be compared."""
    if np.isnan([found.value[0], found.variance[0]]).any():
        return None
    return _correlation(found, confidence, models, least)


def _correlation(found: Jackknife, confidence: float, models: int, least: float = -1.0) -> Estimate:
    value, half = float(found.value[0]), float(found.half_width(confidence)[0])
    method = f"Student's t, delete-a-group jackknife over {len(found.sizes)} groups of model pairs; ranges over models"
    low, high = max(least, value - half), min(1.0, value + half)
    return Estimate(value=value, low=low, high=high, confidence=confidence, method=method, n=models)


def _null(correlations: Floats, confidence: float) -> Estimate:
    low, high = np.quantile(correlations, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(
        value=float(correlations.mean()),
        low=float(low),
        high=float(high),
        confidence=confidence,
        method="central interval of memorization from redrawn membership coins against the real leakage",
        n=len(correlations),
    )


def _deciles(crossing: Crossing, found: Jackknife, confidence: float) -> tuple[Decile, ...]:
    _, members = crossing.decile_counts()
    ways = [[m.memorization.value[records] for records in deciles(m)] for m, _ in crossing.ways]
    return tuple(
        Decile(
            decile=row + 1,
            records=len(ways[0][row]),
            memorization_low=float(min(way[row].min() for way in ways)),
            memorization_high=float(max(way[row].max() for way in ways)),
            tpr=_rate(found[row], int(members[row]), confidence),
        )
        for row in range(DECILES)
    )


def _hit_shares(crossing: Crossing, found: Jackknife, confidence: float) -> tuple[HitShare, ...]:
    (memorizing, other), _ = crossing.ways
    rows = []
    for place, fpr in enumerate(HIT_FPRS):
        of_fpr = found[place * (1 + len(TOPS)) : (place + 1) * (1 + len(TOPS))]
        hits, members = crossing.all_hits(fpr)
        resolved = hits > 0 and not (memorizing.unresolved(fpr) or other.unresolved(fpr))
        trials = int(np.ceil(hits / _design_effect(of_fpr[0], members, confidence)))
        for column, top in enumerate(TOPS):
            share = _rate(of_fpr[1 + column], trials, confidence) if resolved else None
            rows.append(HitShare(top=top, records=len(most(memorizing, top)), fpr=fpr, hits=hits, share=share))
    return tuple(rows)


def _design_effect(overall: Jackknife, members: int, confidence: float) -> float:
    """How many hits count as one: hits of one model come together, and a share of exactly 1 does not show it."""
    return max(1.0, members / max(1.0, float(overall.effective_sample(members, confidence)[0])))


def _rate(found: Jackknife, trials: int, confidence: float) -> Estimate:
    low, high = found.rate_interval(trials, confidence)
    method = "Clopper-Pearson at the effective sample size, delete-a-group jackknife over model pairs"
    n = max(1, int(found.effective_sample(trials, confidence)[0]))
    value = float(found.value[0])
    return Estimate(value=value, low=float(low[0]), high=float(high[0]), confidence=confidence, method=method, n=n)


def _density(crossing: Crossing) -> Density:
    """Memorization against leakage; every record is counted twice, once each way."""
    x = np.concatenate([m.memorization.value for m, _ in crossing.ways])
    y = np.concatenate([crossing.leakage(attacked) for _, attacked in crossing.ways])
    both = np.isfinite(x) & np.isfinite(y)
    counts, _, _ = np.histogram2d(np.round(y[both], 9), np.round(x[both], 9), [HISTOGRAM_EDGES, HISTOGRAM_EDGES])
    edges = tuple(HISTOGRAM_EDGES.tolist())
    return Density(x_edges=edges, y_edges=edges, counts=tuple(tuple(int(c) for c in row) for row in counts))
