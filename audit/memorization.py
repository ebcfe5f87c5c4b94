"""Memorization of every record, with intervals (Feldman & Zhang 2020, arXiv 2008.03703, equation 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from attacks.base import Evidence
from attacks.intervals import Interval, clopper_pearson, newcombe
from audit.chance import chance_with_pairs, chance_without_pairs
from audit.estimates import ROUNDING, UnitMeans, difference_interval, over_records
from audit.groups import Columns, group_values
from audit.halves import is_paired
from reports.result import Estimate, Histogram, Memorization

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HISTOGRAM_EDGES = np.round(np.linspace(-1, 1, 41), 9)
STILL = 1e-24  # variance of outcomes that do not vary but for rounding


@dataclass(frozen=True)
class MemorizationScores:
    """Memorization of every record in one arm; NaN, never 0, where a record has no IN or no OUT model.

    Attributes:
        in_correct: Int [records]; IN models that are right about the record.
        in_models: Int [records]; IN models.
        out_correct: Int [records]; OUT models that are right.
        out_models: Int [records]; OUT models.
        both_correct: Int [records]; complementary pairs of which both models are right; None without pairs.
        value: Float [records]; hard memorization, P[right | IN] - P[right | OUT], in [-1, 1].
        interval: its Newcombe interval.
        soft: Float [records]; mean probability of the label IN minus OUT: another estimand, less variance.
        soft_interval: its Student interval, paired or Welch's.
        confidence: two-sided level of both.
    """

    in_correct: Ints
    in_models: Ints
    out_correct: Ints
    out_models: Ints
    both_correct: Ints | None
    value: Floats
    interval: Interval
    soft: Floats
    soft_interval: Interval
    confidence: float

    @property
    def scored(self) -> Bools:
        """Bool [records]; False where a record has no IN or no OUT model."""
        return np.isfinite(self.value)

    @property
    def method(self) -> str:
        """How the intervals of the hard scores were made."""
        paired = "paired proportions, 1998b" if self.both_correct is not None else "independent proportions, 1998"
        return f"Newcombe's interval for a difference of {paired}, over models"

    @property
    def soft_method(self) -> str:
        """How the intervals of the soft scores were made."""
        kind = "Student's paired t over model pairs" if self.both_correct is not None else "Welch's t over models"
        return kind + "; Newcombe's on summed probabilities where they do not vary"

    def estimate(self, record: int) -> Estimate | None:
        """The hard score of one record; None where it has none."""
        n = int(self.in_models[record] + self.out_models[record])
        return self._estimate(record, self.value, self.interval, self.method, n)

    def soft_estimate(self, record: int) -> Estimate | None:
        """The soft score of one record; None where it has none."""
        n = int(self.in_models[record] + self.out_models[record])
        return self._estimate(record, self.soft, self.soft_interval, self.soft_method, n)

    def _estimate(self, record: int, value: Floats, ends: Interval, method: str, n: int) -> Estimate | None:
        if not self.scored[record]:
            return None
        v, low, high = float(value[record]), float(ends.low[record]), float(ends.high[record])
        return Estimate(value=v, low=low, high=high, confidence=self.confidence, method=method, n=n)

    def most_first(self, seed: int = 0) -> Ints:
        """The scored records from most to least memorized.

        Hard scores are multiples of one over the models and tie often, most of all at 0: ties fall by the soft
        score, and what still ties by a seeded shuffle. A record's place in the file never decides.

        Args:
            seed: seed of the shuffle.
        """
        shuffled = np.random.default_rng(seed).permutation(np.flatnonzero(self.scored))
        hard = np.round(self.value[shuffled], 9)
        return shuffled[np.lexsort((self.soft[shuffled], hard))[::-1]]


def memorization_scores(evidence: Evidence, confidence: float) -> MemorizationScores:
    """Memorization of every record, hard and soft, with intervals.

    Args:
        evidence: the pool; the soft score takes the first view, which is the record as it is.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    inside, right = evidence.membership, evidence.correct
    in_models, out_models = inside.sum(axis=0), (~inside).sum(axis=0)
    in_correct, out_correct = (right & inside).sum(axis=0), (right & ~inside).sum(axis=0)
    paired = is_paired(inside, evidence.pair)
    both = (right[0::2] & right[1::2]).sum(axis=0) if paired else None
    scored = (in_models > 0) & (out_models > 0)
    value = in_correct / np.maximum(in_models, 1) - out_correct / np.maximum(out_models, 1)
    hard = difference_interval(in_correct, in_models, out_correct, out_models, both, confidence)
    soft, soft_interval = _soft(expit(evidence.phi[:, :, 0]), inside, paired, confidence)
    return MemorizationScores(
        in_correct,
        in_models,
        out_correct,
        out_models,
        both,
        _only(scored, value),
        Interval(_only(scored, hard.low), _only(scored, hard.high)),
        _only(scored, soft),
        Interval(_only(scored, soft_interval.low), _only(scored, soft_interval.high)),
        confidence,
    )


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
        memorized_by_interval=_reaching(scores.interval.low, threshold),
        share_memorized=share_memorized(scores, threshold),
        expected_by_noise=float(np.nansum(chance)),
        histogram=histogram(scores.value[scored]),
        by_group=group_values(columns, lambda label, n: mean_memorization(evidence, label, n), confidence),
        cap=cap,
        cap_provable=largest_provable(scores) if cap is not None else None,
        cap_violations=tuple(str(ids[record]) for record in violations),
    )


def mean_memorization(
    evidence: Evidence, label: Ints | None = None, groups: int = 1, soft: bool = False
) -> UnitMeans:
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
    outcome = expit(evidence.phi[:, :, 0]) if soft else evidence.correct
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
    return _only(scores.scored, chance_without_pairs(good, models, usable, threshold))


def share_memorized(scores: MemorizationScores, threshold: float) -> Estimate:
    """Share of the scored records whose lower limit reaches the threshold; the plain share is its upper limit.

    Args:
        scores: the scores.
        threshold: score from which on a record counts as memorized, in (0, 1].
    """
    n = int(scores.scored.sum())
    sure, plain = _reaching(scores.interval.low, threshold) / n, _reaching(scores.value, threshold) / n
    method = "low: records whose own lower limit reaches the threshold; high: records whose point estimate does"
    return Estimate(
        value=sure, low=sure, high=max(sure, plain), confidence=scores.confidence, method=method, n=n
    )


def histogram(values: Floats) -> Histogram:
    """Counts of memorization scores in steps of .05 from -1 to 1.

    Args:
        values: Float, any length; scores in [-1, 1].
    """
    counts, _ = np.histogram(np.round(values, 9), HISTOGRAM_EDGES)
    return Histogram(edges=tuple(HISTOGRAM_EDGES.tolist()), counts=tuple(counts.tolist()))


def cap_violations(scores: MemorizationScores, cap: float) -> Ints:
    """Records whose memorization is proved to be above the guarantee's cap: the DP implementation is broken.

    Per record, Clopper-Pearson's lower limit of P[right | IN] minus the upper limit of P[right | OUT], each at
    alpha / (2 records): the chance of one false alarm in the whole pool is at most alpha = 1 - confidence,
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
    return 1 - (1 - scores.confidence) / max(1, int(scores.scored.sum()))


def _reaching(values: Floats, threshold: float) -> int:
    return int((values >= threshold - ROUNDING).sum())


def _only(scored: Bools, values: Floats) -> Floats:
    return np.where(scored, values, np.nan)


def _soft(p: Floats, inside: Bools, paired: bool, confidence: float) -> tuple[Floats, Interval]:
    """The soft score and its interval; Newcombe's on summed probabilities where outcomes do not vary.

    A variable in [0, 1] varies at most as much as a coin of the same mean, so that interval is the wider.
    """
    sums = np.where(inside, p, 0).sum(axis=0), np.where(inside, 0, p).sum(axis=0)
    trials = inside.sum(axis=0), (~inside).sum(axis=0)
    value = sums[0] / np.maximum(trials[0], 1) - sums[1] / np.maximum(trials[1], 1)
    half, varies = _paired_half(p, inside, confidence) if paired else _welch_half(p, inside, confidence)
    spare = newcombe(sums[0], trials[0], sums[1], trials[1], confidence)
    low = np.where(varies, np.maximum(value - half, -1), np.minimum(spare.low, value))
    high = np.where(varies, np.minimum(value + half, 1), np.maximum(spare.high, value))
    return value, Interval(low, high)


def _paired_half(p: Floats, inside: Bools, confidence: float) -> tuple[Floats, Bools]:
    gain = np.where(inside[0::2], 1.0, -1.0) * (p[0::2] - p[1::2])
    pairs = len(gain)
    if pairs < 2:
        return np.zeros(p.shape[1]), np.zeros(p.shape[1], bool)
    variance = gain.var(axis=0, ddof=1)
    return stats.t.ppf((1 + confidence) / 2, pairs - 1) * np.sqrt(variance / pairs), variance > STILL


def _welch_half(p: Floats, inside: Bools, confidence: float) -> tuple[Floats, Bools]:
    """Half the width of Welch's interval (1947), and where both sides have two models and vary."""
    (a, n), (b, m) = _error_squared(p, inside), _error_squared(p, ~inside)
    varies = (n > 1) & (m > 1) & (a * n > STILL) & (b * m > STILL)
    a, b = np.where(varies, a, 1.0), np.where(varies, b, 1.0)
    freedom = (a + b) ** 2 / (a**2 / np.maximum(n - 1, 1) + b**2 / np.maximum(m - 1, 1))
    return stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(a + b), varies


def _error_squared(p: Floats, counted: Bools) -> tuple[Floats, Ints]:
    n = counted.sum(axis=0)
    mean = np.where(counted, p, 0).sum(axis=0) / np.maximum(n, 1)
    squares = np.where(counted, (p - mean) ** 2, 0).sum(axis=0)
    return squares / np.maximum(n - 1, 1) / np.maximum(n, 1), n
