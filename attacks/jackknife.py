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
from scipy.special import ndtri, stdtrit

from attacks.base import Attack, Bools, Evidence, Floats, Ints
from attacks.intervals import Interval, clopper_pearson

MOST_GROUPS = 20
"""More groups cost more attacks and hardly shorten the interval: t at 19 degrees is 7 % above the normal."""

Figures = Callable[[Floats, Evidence, Bools], Floats]
"""Figures of the scores [models, records] of the models that the last argument, Bool [all models], names."""


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
        """Float [figures]: the delete-a-group variance for unequal groups (Busing et al. 1999, Eq. 8 to 10).

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
        binomial = self.value * (1 - self.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(self.variance > 0, binomial / self.variance, np.inf) * few
        return np.where(np.isnan(self.variance), 0.0, np.minimum(size, trials))
