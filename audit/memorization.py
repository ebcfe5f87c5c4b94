"""Memorization of every record, with intervals (Feldman & Zhang 2020, arXiv 2008.03703, equation 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from attacks.base import Evidence
from attacks.intervals import Interval, newcombe
from audit.estimates import difference_interval
from audit.halves import is_paired
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
        only(scored, value),
        Interval(only(scored, hard.low), only(scored, hard.high)),
        only(scored, soft),
        Interval(only(scored, soft_interval.low), only(scored, soft_interval.high)),
        confidence,
    )


def only(scored: Bools, values: Floats) -> Floats:
    """The values of scored records, NaN for the others."""
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
