"""Scores of members and non-members as counts: the ROC's steps, its area, and the TPR at an FPR.

One rule throughout: a score *above* the threshold says member. Records of one score are always on the
same side of it, so ties never earn credit for an order that they do not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from attacks.base import Bools, Floats, Ints

RESOLVING_FALSE_POSITIVES = 10
"""An FPR is resolved if so many non-members may be false positives at it."""

ROUNDING = 1e-9
"""Slack for a rate times a count that is whole but for rounding, such as 0.29 * 100."""


def area(false_positives: Ints | Floats, true_positives: Ints | Floats) -> Floats:
    """Area under an ROC by trapezoids; a step that is both to the right and up is a tie and earns a half.

    Args:
        false_positives: [..., steps]; rising, from 0 to all.
        true_positives: [..., steps]; likewise.

    Returns:
        Float [...] in [0, 1]; NaN if one-sided.
    """
    heights = true_positives[..., 1:] + true_positives[..., :-1]
    products = (np.diff(false_positives) * heights).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(products / 2 / (false_positives[..., -1] * true_positives[..., -1]), np.float64)


class Steps(NamedTuple):
    """The ROC as a step function: one step a distinct score, from nobody to everybody.

    Attributes:
        thresholds: Float [steps], falling; the last is -inf.
        false_positives: Int [steps]; non-members above the threshold.
        true_positives: Int [steps]; members above the threshold.
    """

    thresholds: Floats
    false_positives: Ints
    true_positives: Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """The pooled scores of members and of non-members.

    Attributes:
        inside: Float [members], rising; scores of (model, record) with the record IN.
        out: Float [non-members], rising; scores of (model, record) with the record OUT.
    """

    inside: Floats
    out: Floats

    @classmethod
    def of(cls, scores: Floats, membership: Bools) -> Sample:
        """Pool scores of any shape by membership; NaN is no score and is left out.

        Args:
            scores: Float [...]; higher means member.
            membership: Bool, of the same shape.
        """
        scored = ~np.isnan(scores)
        return cls(np.sort(scores[scored & membership]), np.sort(scores[scored & ~membership]))

    @property
    def one_sided(self) -> bool:
        """Whether there are no members or no non-members, and so no rates."""
        return not (len(self.inside) and len(self.out))

    def auc(self) -> float:
        """P[member's score > non-member's] + P[equal] / 2 (Mann & Whitney 1947); NaN if one-sided."""
        if self.one_sided:
            return float("nan")
        _, false_positives, true_positives = self.steps()
        return float(area(false_positives, true_positives))

    def threshold(self, fpr: ArrayLike) -> Floats:
        """The lowest threshold whose FPR does not exceed the one asked for; -inf where all may be hit.

        Args:
            fpr: any shape, in [0, 1].
        """
        allowed = np.floor(np.asarray(fpr) * len(self.out) + ROUNDING).astype(int)
        ladder = np.concatenate([[-np.inf], self.out])
        return np.asarray(ladder[np.maximum(len(self.out) - allowed, 0)], np.float64)

    def true_positives(self, threshold: ArrayLike) -> Ints:
        """Number of members above each threshold."""
        return len(self.inside) - np.searchsorted(self.inside, threshold, side="right")

    def false_positives(self, threshold: ArrayLike) -> Ints:
        """Number of non-members above each threshold."""
        return len(self.out) - np.searchsorted(self.out, threshold, side="right")

    def tpr(self, fpr: ArrayLike) -> Floats:
        """TPR of the ROC's steps at each FPR; NaN if one-sided.

        Args:
            fpr: any shape, in [0, 1].
        """
        if self.one_sided:
            return np.full(np.shape(fpr), np.nan)
        return self.true_positives(self.threshold(fpr)) / len(self.inside)

    def steps(self) -> Steps:
        """Every step of the ROC; its first is (0, 0), its last everybody."""
        both = np.concatenate([-self.inside[::-1], -self.out[::-1]])
        order = np.argsort(both, kind="stable")  # merges two runs that are sorted already
        falling = both[order]
        changes = np.flatnonzero(falling[1:] != falling[:-1]) + 1
        first = np.concatenate([np.arange(min(1, len(falling))), changes, [len(falling)]])
        above = np.concatenate([[0], np.cumsum(order < len(self.inside))])[first]
        return Steps(np.append(-falling[first[:-1]], -np.inf), first - above, above)

    def best_threshold(self) -> float:
        """The threshold with the highest balanced accuracy, the highest such; NaN if one-sided."""
        if self.one_sided:
            return float("nan")
        thresholds, false_positives, true_positives = self.steps()
        gain = true_positives / len(self.inside) - false_positives / len(self.out)
        return float(thresholds[np.argmax(gain)])

    def unresolved(self, fpr: float) -> str:
        """Why this FPR cannot be resolved by so many non-members; empty if it can."""
        if fpr * len(self.out) + ROUNDING >= RESOLVING_FALSE_POSITIVES:
            return ""
        needed = int(np.ceil(RESOLVING_FALSE_POSITIVES / fpr - ROUNDING))
        return f"not resolvable with {len(self.out):,} non-members (needs {needed:,})"
