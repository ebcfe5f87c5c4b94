"""Uncertainty from leaving out groups of model pairs, as targets and as references alike.

The scores of one pool are not independent: a record repeats across targets, and two models meet twice, each
once as the other's reference. So no formula for independent scores holds, nor one for independent targets:
under a null, where the scores rest on products of two models' coins, a t interval over the targets' AUCs
has half the true variance. Models of different pairs *are* independent. Leave a group of pairs out of
everything, repeat the attack, and see how far the figures move: whatever the dependence, it is in there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from attacks.base import Attack, Evidence, Floats, Ints
from attacks.grouping import group_labels, pair_groups
from attacks.intervals import Interval, clopper_pearson
from attacks.replicates import parts_without

Figures = Callable[[Floats], Floats]
"""Scores [models, records], NaN where there is none, to some figures of them."""


@dataclass(frozen=True, slots=True)
class Jackknife:
    """Figures of a pool, and the same figures with each group of pairs left out.

    Differences of two attacks, or of two arms over the same memberships, are paired: subtract one from
    the other.

    Attributes:
        value: Float [figures]; from all models.
        replicates: Float [groups, figures]; NaN where a figure cannot be had without the group.
        sizes: Int [groups]; model pairs a group.
    """

    value: Floats
    replicates: Floats
    sizes: Ints

    def __sub__(self, other: Jackknife) -> Jackknife:
        if not np.array_equal(self.sizes, other.sizes):
            raise ValueError("only figures of the same groups of model pairs can be compared")
        return Jackknife(self.value - other.value, self.replicates - other.replicates, self.sizes)

    def __getitem__(self, figures: int | slice) -> Jackknife:
        """Some of the figures."""
        chosen = np.atleast_1d(np.arange(len(self.value))[figures])
        return Jackknife(self.value[chosen], self.replicates[:, chosen], self.sizes)

    @property
    def freedom(self) -> int:
        """Degrees of freedom: groups less one."""
        return len(self.sizes) - 1

    @property
    def variance(self) -> Floats:
        """Float [figures]: the delete-a-group variance for unequal groups (Busing et al. 1999).

        NaN with fewer than two groups, or where any replicate is.
        """
        if self.freedom < 1:
            return np.full(len(self.value), np.nan)
        weight = (self.sizes.sum() / self.sizes)[:, None]
        pseudo = weight * self.value - (weight - 1) * self.replicates
        return np.asarray((((pseudo - pseudo.mean(axis=0)) ** 2) / (weight - 1)).mean(axis=0), np.float64)

    def half_width(self, confidence: float) -> Floats:
        """Float [figures]: half of the t interval; NaN where there is no variance.

        Args:
            confidence: two-sided level in (0, 1).
        """
        if self.freedom < 1:
            return np.full(len(self.value), np.nan)
        return np.asarray(stdtrit(self.freedom, (1 + confidence) / 2) * np.sqrt(self.variance), np.float64)

    def effective_sample(self, trials: ArrayLike, confidence: float) -> Floats:
        """Size of the independent sample that would carry a proportion's variance (Korn & Graubard 1998).

        Args:
            trials: number of (model, record) scores in the proportion; never exceeded.
            confidence: two-sided level in (0, 1); its t quantile pays for the variance being an estimate.

        Returns:
            Float [figures]; 0 where there is no variance.
        """
        if self.freedom < 1:
            return np.zeros(len(self.value))
        few = (ndtri((1 + confidence) / 2) / stdtrit(self.freedom, (1 + confidence) / 2)) ** 2
        binomial, variance = self.value * (1 - self.value), self.variance
        informative = (binomial > 0) & (variance > 0)
        size = np.divide(binomial, variance, out=np.full(len(binomial), 1.0) * trials, where=informative)
        return np.where(np.isnan(variance), 0.0, np.minimum(size * few, trials))

    def rate_interval(self, trials: ArrayLike, confidence: float) -> Interval:
        """Clopper-Pearson at the effective sample size, for figures that are proportions.

        Never narrower than the plain interval of so many trials, and never a point. A rate of exactly 0 or
        1 has no variance of its own; where it moves without a group, the t interval's width is the least.

        Args:
            trials: number of (model, record) scores in the proportion.
            confidence: two-sided level in (0, 1).

        Returns:
            Interval of [figures]; [0, 1] where there is no variance to be had.
        """
        size = self.effective_sample(trials, confidence)
        low, high = clopper_pearson(np.nan_to_num(self.value) * size, size, confidence)
        at_end = (self.value == 0) | (self.value == 1)
        least = np.where(at_end, np.nan_to_num(self.half_width(confidence)), 0.0)
        return Interval(
            np.clip(np.minimum(low, self.value - least), 0, 1), np.clip(np.maximum(high, self.value + least), 0, 1)
        )

    def mean_interval(self, trials: int, confidence: float) -> Interval:
        """Student's t interval, cut to [0, 1]; for figures such as an AUC.

        Where no replicate moves, or the figure is 0 or 1, an AUC is treated as a rate out of the smaller of
        the two samples, which bounds its variance (Birnbaum & Klose 1957).

        Args:
            trials: the smaller of the number of members and of non-members.
            confidence: two-sided level in (0, 1).

        Returns:
            Interval of [figures]; [0, 1] where there is no variance to be had.
        """
        half, rate = self.half_width(confidence), self.rate_interval(trials, confidence)
        moves = (half > 0) & (self.value > 0) & (self.value < 1)
        low = np.where(moves, np.maximum(self.value - half, 0), rate.low)
        return Interval(low, np.where(moves, np.minimum(self.value + half, 1), rate.high))


def jackknife(attack: Attack, evidence: Evidence, scores: Floats, figures: Figures) -> Jackknife:
    """Leave groups of model pairs out, as targets and as references; attack again; take the figures again.

    Args:
        attack: the attack, resolved on the whole evidence.
        evidence: the pool.
        scores: Float [models, records]; the attack's scores with nobody left out.
        figures: what to take of scores, [figures].
    """
    group = group_labels(evidence.pair)
    sizes = np.array([len(numbers) for numbers in pair_groups(evidence.pair)])
    without = np.full((len(sizes), *scores.shape), np.nan)
    parts = parts_without(attack, evidence, scores, group)
    for own in range(len(sizes)):
        for part in parts(own):
            without[part.left_out, part.models, part.records] = part.scores
    replicates = np.stack([figures(each) for each in without])
    return Jackknife(figures(scores), replicates, sizes)
