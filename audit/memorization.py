"""Memorization of every record, with intervals (Feldman & Zhang 2020, arXiv 2008.03703, equation 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from attacks.base import Evidence
from attacks.intervals import Interval, newcombe
from attacks.references import others, record_blocks
from attacks.threads import in_parallel
from audit.discoveries import ChosenScores, Outcomes, discoveries, p_values
from audit.estimates import difference_interval
from audit.halves import is_paired
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STILL = 1e-24  # variance of outcomes that do not vary but for rounding


@dataclass(frozen=True)
class MemorizationValues:
    """Memorization of every record in one arm; NaN, never 0, where a record has no IN or no OUT model.

    Attributes:
        in_correct: Int [records]; IN models that are right about the record.
        in_models: Int [records]; IN models.
        out_correct: Int [records]; OUT models that are right.
        out_models: Int [records]; OUT models.
        both_correct: Int [records]; complementary pairs of which both models are right; None without pairs.
        soft: Float [records]; mean probability of the label IN minus OUT: another estimand, less variance.
    """

    in_correct: Ints
    in_models: Ints
    out_correct: Ints
    out_models: Ints
    both_correct: Ints | None
    soft: Floats

    @cached_property
    def value(self) -> Floats:
        """Float [records]; hard memorization, P[right | IN] - P[right | OUT], in [-1, 1]."""
        in_models, out_models = np.maximum(self.in_models, 1), np.maximum(self.out_models, 1)
        return only(self.scored, self.in_correct / in_models - self.out_correct / out_models)

    @property
    def scored(self) -> Bools:
        """Bool [records]; False where a record has no IN or no OUT model."""
        return self.outcomes.scored

    @property
    def outcomes(self) -> Outcomes:
        """The counts that hard scores are made from."""
        return Outcomes(self.in_correct, self.in_models, self.out_correct, self.out_models, self.both_correct)

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


@dataclass(frozen=True)
class MemorizationScores(MemorizationValues):
    """Memorization of every record in one arm, with intervals.

    Attributes:
        interval: Newcombe interval of the hard score.
        soft_interval: Student interval of the soft score, paired or Welch's.
        confidence: two-sided level of both.
    """

    interval: Interval
    soft_interval: Interval
    confidence: float

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

    @cached_property
    def chosen(self) -> ChosenScores:
        """The hard scores for lists of the highest: shrunken, with limits that hold for all records at once."""
        return ChosenScores(self.outcomes, self.confidence)

    @property
    def false_discovery_rate(self) -> float:
        """The share of the records that `discovered` names wrongly, on average, at most."""
        return round(1 - self.confidence, 9)

    def p_values(self, threshold: float) -> Floats:
        """Float [records]; evidence that a record's memorization reaches a threshold (see `audit.discoveries`).

        Args:
            threshold: the memorization in question, in (0, 1].
        """
        return p_values(self.outcomes, threshold)

    def discovered(self, threshold: float) -> Bools:
        """Bool [records]; shown to be memorized, at a false discovery rate that holds for all records looked at.

        Args:
            threshold: score from which on a record counts as memorized, in (0, 1].
        """
        return discoveries(self.p_values(threshold), self.false_discovery_rate)

    def estimate(self, record: int) -> Estimate | None:
        """The hard score of a record that was named before anybody looked; None where it has none."""
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


def memorization_values(evidence: Evidence) -> MemorizationValues:
    """Memorization of every record, hard and soft, without intervals.

    Args:
        evidence: the pool; the soft score takes the first view, which is the record as it is.
    """
    return _values(_outcomes(evidence, np.arange(len(evidence.pair)), is_paired(evidence.membership, evidence.pair)))


def values_without(evidence: Evidence, group: Ints) -> list[MemorizationValues]:
    """Memorization of every record with each group of models left out in turn, from sums that all share.

    Args:
        evidence: the pool.
        group: Int [models]; number of each model's group of whole pairs, from 0 on.
    """
    paired = is_paired(evidence.membership, evidence.pair)
    groups = range(int(group.max()) + 1)
    of_group = [_outcomes(evidence, np.flatnonzero(group == one), paired) for one in groups]
    rest = [others(np.stack(arrays)) for arrays in zip(*of_group, strict=True)]
    return [_values([array[one] for array in rest]) for one in groups]


def memorization_scores(evidence: Evidence, confidence: float) -> MemorizationScores:
    """Memorization of every record, hard and soft, with intervals.

    Args:
        evidence: the pool; the soft score takes the first view, which is the record as it is.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    m = memorization_values(evidence)
    counts = (m.in_correct, m.in_models, m.out_correct, m.out_models, m.both_correct)
    hard = difference_interval(*counts, confidence)
    soft = _soft_interval(evidence, m, confidence)
    ends = [Interval(only(m.scored, limits.low), only(m.scored, limits.high)) for limits in (hard, soft)]
    return MemorizationScores(*counts, m.soft, ends[0], ends[1], confidence)


def only(scored: Bools, values: Floats) -> Floats:
    """The values of scored records, NaN for the others."""
    return np.where(scored, values, np.nan)


def _outcomes(evidence: Evidence, models: Ints, paired: bool) -> list[Floats]:
    """IN models, those right, their probabilities; the same OUT; and of how many pairs both are right, if paired."""

    def of_block(records: slice) -> list[Floats]:
        inside, right = evidence.membership[models, records], evidence.needed("correct")[models, records]
        p = expit(evidence.phi[models, records, 0])
        sums = [(side, right & side, np.where(side, p, 0)) for side in (inside, ~inside)]
        both = [right[0::2] & right[1::2]] if paired else []
        return [np.asarray(each.sum(axis=0), np.float64) for each in (*sums[0], *sums[1], *both)]

    blocks = in_parallel(of_block, record_blocks(evidence.membership.shape[1], len(evidence.pair)))
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _values(outcomes: list[Floats]) -> MemorizationValues:
    in_models, in_correct, in_sum, out_models, out_correct, out_sum = outcomes[:6]
    soft = in_sum / np.maximum(in_models, 1) - out_sum / np.maximum(out_models, 1)
    counts = (in_correct, in_models, out_correct, out_models, *outcomes[6:])
    one, models, other, others_models, *both = (count.astype(np.int64) for count in counts)
    scored = (models > 0) & (others_models > 0)
    return MemorizationValues(one, models, other, others_models, both[0] if both else None, only(scored, soft))


def _soft_interval(evidence: Evidence, values: MemorizationValues, confidence: float) -> Interval:
    """The soft score's interval; Newcombe's on summed probabilities where outcomes do not vary.

    A variable in [0, 1] varies at most as much as a coin of the same mean, so that interval is the wider.
    """
    paired = values.both_correct is not None

    def limits(records: slice) -> Interval:
        p, inside = expit(evidence.phi[:, records, 0]), evidence.membership[:, records]
        good = np.where(inside, p, 0).sum(axis=0)
        in_models, out_models = values.in_models[records], values.out_models[records]
        value = values.soft[records]
        half, varies = _paired_half(p, inside, confidence) if paired else _welch_half(p, inside, confidence)
        spare = newcombe(good, in_models, p.sum(axis=0) - good, out_models, confidence)
        low = np.where(varies, np.maximum(value - half, -1), np.minimum(spare.low, value))
        return Interval(low, np.where(varies, np.minimum(value + half, 1), np.maximum(spare.high, value)))

    ends = in_parallel(limits, record_blocks(len(values.soft), len(evidence.pair)))
    return Interval(*(np.concatenate(limit) for limit in zip(*ends, strict=True)))


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
