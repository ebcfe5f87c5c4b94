"""What an arm memorizes, summarised: means, counts against chance, and the guarantee's cap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from attacks.base import Evidence
from audit.caps import cap_violations, highest_memorization, largest_provable
from audit.chance import chance_with_pairs, chance_without_pairs
from audit.discoveries import at_least, models_to_discover
from audit.estimates import ROUNDING, UnitMeans, over_records
from audit.groups import Columns, group_values
from audit.memorization import MemorizationScores, only
from reports.result import Estimate, Histogram, Memorization

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HISTOGRAM_EDGES = np.round(np.linspace(-1, 1, 41), 9)


def summarise(
    evidence: Evidence,
    scores: MemorizationScores,
    ids: Sequence[str],
    threshold: float,
    columns: Columns,
    cap: float | None = None,
) -> Memorization:
    """What an arm memorizes, as a part of the result.

    Args:
        evidence: the pool.
        scores: its memorization scores.
        ids: [records]; names of the records.
        threshold: score from which on a record counts as memorized, in (0, 1].
        columns: column name -> Str [records]; columns to report by.
        cap: highest memorization that the guarantee allows; None without DP.

    Raises:
        ValueError: if no record has a score.
    """
    confidence, scored = scores.confidence, scores.scored
    chance = chance_of_reaching(scores, len(evidence.pair), threshold)
    violations = cap_violations(scores, cap) if cap is not None else np.zeros(0, np.int64)
    return Memorization(
        threshold=threshold,
        scored=int(scored.sum()),
        mean=mean_memorization(evidence).first(confidence),
        soft_mean=mean_memorization(evidence, soft=True).first(confidence),
        memorized=_reaching(scores.value, threshold),
        discovered=int(scores.discovered(threshold).sum()),
        false_discovery_rate=scores.false_discovery_rate,
        models_to_discover=_too_few(scores, len(evidence.pair), threshold),
        share_memorized=share_memorized(scores, threshold),
        highest=highest_memorization(scores),
        highest_observed=float(np.nanmax(scores.value)),
        expected_by_noise=float(np.nansum(chance)),
        histogram=histogram(scores.value[scored]),
        by_group=group_values(columns, lambda label, n: mean_memorization(evidence, label, n), confidence),
        cap=cap,
        cap_provable=largest_provable(scores) if cap is not None else None,
        cap_violations=tuple(str(ids[record]) for record in violations),
    )


def mean_memorization(evidence: Evidence, label: Ints | None = None, groups: int = 1, soft: bool = False) -> UnitMeans:
    """Mean memorization over the scored records of each group, as independent model pairs have it.

    With complementary pairs the mean is exactly the mean over pairs of (accuracy on IN minus accuracy on OUT
    records), and pairs are independent of each other: models of one pair are not.

    Args:
        evidence: the pool.
        label: Int [records], each record's group; None is one group.
        groups: number of groups.
        soft: probability of the label in place of correctness.
    """
    inside = evidence.membership
    outcome = expit(evidence.phi[:, :, 0]) if soft else evidence.needed("correct")
    label = np.zeros(inside.shape[1], np.int64) if label is None else label
    label = np.where(inside.any(axis=0) & ~inside.all(axis=0), label, -1)
    of_in = over_records(outcome, inside, evidence.pair, label, groups)
    return of_in - over_records(outcome, ~inside, evidence.pair, label, groups)


def chance_of_reaching(scores: MemorizationScores, models: int, threshold: float) -> Floats:
    """Each record's chance to reach the threshold if its membership had no effect; NaN where it has no score.

    Args:
        scores: the scores.
        models: number of models in the pool.
        threshold: the memorization to be reached, in (0, 1].
    """
    good = scores.in_correct + scores.out_correct
    if scores.both_correct is not None:
        return chance_with_pairs(good - 2 * scores.both_correct, models // 2, threshold)
    usable = np.where(scores.scored, scores.in_models, 1)
    return only(scores.scored, chance_without_pairs(good, models, usable, threshold))


def share_memorized(scores: MemorizationScores, threshold: float) -> Estimate:
    """Share of the scored records that are shown to be memorized; the plain share is its upper limit.

    The lower limit counts how many are memorized at least, whichever they are: it pays for looking at all records,
    and is above 0 by luck alone no more often than anybody is named. So coins for labels do not fail a policy.

    Args:
        scores: the scores.
        threshold: score from which on a record counts as memorized, in (0, 1].
    """
    n, p = int(scores.scored.sum()), scores.p_values(threshold)
    named, plain = int(scores.discovered(threshold).sum()) / n, _reaching(scores.value, threshold) / n
    low = min(named, at_least(p, scores.false_discovery_rate) / n)
    method = (
        f"value: named at a false discovery rate of {scores.false_discovery_rate:g} (Benjamini & Hochberg 1995); "
        f"low: so many are memorized at least, one-sided {scores.confidence:g} (Goeman & Solari 2011, Simes' test); "
        "high: records whose point estimate reaches the threshold"
    )
    return Estimate(value=named, low=low, high=max(named, plain), confidence=scores.confidence, method=method, n=n)


def _too_few(scores: MemorizationScores, models: int, threshold: float) -> int | None:
    """Models with which one record alone could be named; None if this pool has as many."""
    records, paired = int(scores.scored.sum()), scores.both_correct is not None
    needed = models_to_discover(records, threshold, scores.false_discovery_rate, paired)
    return needed if needed > models else None


def histogram(values: Floats) -> Histogram:
    """Counts of memorization scores in steps of .05 from -1 to 1.

    Args:
        values: Float, any length; scores in [-1, 1].
    """
    counts, _ = np.histogram(np.round(values, 9), HISTOGRAM_EDGES)
    return Histogram(edges=tuple(HISTOGRAM_EDGES.tolist()), counts=tuple(counts.tolist()))


def _reaching(values: Floats, threshold: float) -> int:
    return int((values >= threshold - ROUNDING).sum())
