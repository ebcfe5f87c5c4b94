"""Intervals that range over records: what the same models would show if other records had been drawn.

The unit is the record. Of one model every record has one score, and the scores are independent given the model
and its references. Scores of several models on one record are not: they are counted as one draw of a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, logit, ndtri
from scipy.stats import binom

from attacks.base import Bools, Floats, Ints
from attacks.intervals import Interval, clopper_pearson, newcombe
from attacks.roc import Sample


@dataclass(frozen=True)
class RecordScores:
    """Scores of some models, record by record.

    Attributes:
        scores: Float [models, records]; higher means member, NaN is no score.
        membership: Bool [models, records].
    """

    scores: Floats
    membership: Bools

    @cached_property
    def sample(self) -> Sample:
        """All scores, of members and of non-members."""
        return Sample.of(self.scores, self.membership)

    @cached_property
    def inside(self) -> Bools:
        """Bool [models, records]: members that have a score."""
        return self.membership & ~np.isnan(self.scores)

    @cached_property
    def out(self) -> Bools:
        """Bool [models, records]: non-members that have a score."""
        return ~self.membership & ~np.isnan(self.scores)

    @property
    def records(self) -> int:
        """How many records have a score."""
        return int((self.inside | self.out).any(axis=0).sum())

    def auc_error(self) -> float:
        """Standard error of the AUC.

        For one model that of DeLong, DeLong & Clarke-Pearson (1988, Biometrics 44, equation 3); for several, whose
        scores on one record move together, that of Obuchowski (1997, Biometrics 53) with the record as the cluster.
        """
        area = self.sample.auc()
        above = _share_below(self.sample.out, self.scores) - area
        below = 1 - _share_below(self.sample.inside, self.scores) - area
        of_record = _deviation(above, self.inside) + _deviation(below, self.out)
        return float(np.sqrt((of_record**2).sum()))

    def auc_limits(self, confidence: float) -> Interval:
        """The AUC's interval on the scale of its log-odds, where it does not reach beyond 0 or 1.

        Where no error can be had (everybody separated, or one member) the AUC is treated as a rate out of the
        smaller of the two samples, which bounds its variance (Birnbaum & Klose 1957).

        Args:
            confidence: two-sided level in (0, 1).
        """
        area, error = self.sample.auc(), self.auc_error()
        fewest = min(int(side.any(axis=0).sum()) for side in (self.inside, self.out))
        if not 0 < area < 1 or error == 0 or fewest < 2:
            return clopper_pearson(area * fewest, fewest, confidence)
        half = ndtri((1 + confidence) / 2) * error / (area * (1 - area))
        return Interval(expit(logit(area) - half), expit(logit(area) + half))

    def tpr_limits(self, fpr: float, confidence: float) -> Interval:
        """The interval of the TPR at an FPR: of the share of members above the threshold, and of the threshold.

        The first is Clopper & Pearson's. The threshold is an order statistic of the non-members: as many of them as
        a binomial may have above the true one bound it. Both errors are independent and are joined as Zou & Donner
        (2008, Statistics in Medicine 27) join limits; never narrower than the first alone, which covers too little
        where few non-members are above.

        Args:
            fpr: in (0, 1].
            confidence: two-sided level in (0, 1).
        """
        threshold = float(self.sample.threshold(fpr))
        value, size = self.share_above(threshold, self.inside)
        own = clopper_pearson(value * size, size, confidence)
        _, among = self.share_above(threshold, self.out)
        tail, number = (1 - confidence) / 2, max(1.0, np.floor(among))
        moved = self.sample.tpr(np.minimum(binom.ppf([tail, 1 - tail], number, fpr) / number, 1.0))
        low = value - np.hypot(value - own.low, max(value - moved[0], 0.0))
        high = value + np.hypot(own.high - value, max(moved[1] - value, 0.0))
        return Interval(np.maximum(low, 0.0), np.minimum(high, 1.0))

    def share_above(self, threshold: float | Floats, counted: Bools) -> tuple[float, float]:
        """Share of the counted scores above a threshold, and its effective sample size.

        Args:
            threshold: one for all, or Float [records].
            counted: Bool [models, records]; `inside` or `out`, with at least one score.
        """
        hits = (counted & (self.scores > threshold)).sum(axis=0)
        trials = counted.sum(axis=0)
        return float(hits.sum() / trials.sum()), effective_trials(hits, trials)

    def balanced_accuracy(self, confidence: float) -> tuple[float, Interval] | None:
        """Mean of TPR and 1 - FPR, every second record at the threshold that is best for the others.

        Args:
            confidence: two-sided level in (0, 1).

        Returns:
            The value, and Newcombe's interval (1998) at the effective sample sizes; None where a half of the records
            lacks members or non-members.
        """
        halves = [Sample.of(self.scores[:, start::2], self.membership[:, start::2]) for start in (0, 1)]
        if any(half.one_sided for half in halves):
            return None
        best = np.array([half.best_threshold() for half in halves])
        thresholds = best[1 - np.arange(self.scores.shape[1]) % 2]
        (tpr, members), (fpr, others) = (self.share_above(thresholds, side) for side in (self.inside, self.out))
        gain = newcombe(tpr * members, members, fpr * others, others, confidence)
        return (1 + tpr - fpr) / 2, Interval((1 + gain.low) / 2, (1 + gain.high) / 2)


def effective_trials(hits: Ints, trials: Ints) -> float:
    """Size of the independent sample that would carry a share's variance over records (Korn & Graubard 1998).

    The variance is that of a ratio of sums over independent records. With one trial a record it is the binomial's,
    and the size the number of trials; a share of 0 or 1 has no variance to go by, and counts a trial a record.

    Args:
        hits: Int [records].
        trials: Int [records], not all 0.
    """
    number, share = trials.sum(), hits.sum() / trials.sum()
    variance = ((hits - share * trials) ** 2).sum() / number**2
    if variance == 0 or not 0 < share < 1 or trials.max() == 1:
        return float((trials > 0).sum())
    return float(min(share * (1 - share) / variance, number))


def _deviation(values: Floats, counted: Bools) -> Floats:
    """What each record adds to the error of a mean over the counted values, Float [records]."""
    clusters = counted.any(axis=0).sum()
    unbiased = np.sqrt(clusters / max(clusters - 1, 1))
    return np.asarray(np.where(counted, values, 0.0).sum(axis=0) / counted.sum() * unbiased, np.float64)


def _share_below(rising: Floats, values: Floats) -> Floats:
    """Share of the rising values below each value, halves for ties; of the values' shape."""
    both = np.searchsorted(rising, values) + np.searchsorted(rising, values, side="right")
    return np.asarray(both / 2 / len(rising), np.float64)
