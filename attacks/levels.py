"""Scores of different attacks on one scale: how rare a non-member's score is that is as high."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from attacks.base import Floats

KNOTS = 201
"""Points of a scale: as many normal quantiles, evenly spaced."""
FEWEST_BEYOND = 5
"""Non-members that must lie beyond the outermost point: further out the scale goes on as a straight line."""


class Scale(NamedTuple):
    """The normal score of a non-member's score, rising.

    Attributes:
        scores: Float [points], strictly rising.
        levels: Float [points]; standard normal quantiles.
    """

    scores: Floats
    levels: Floats

    @classmethod
    def of(cls, out: Floats) -> Scale:
        """The scale on which these scores are standard normal.

        Args:
            out: Float [non-members], any order, without NaN; at least one.
        """
        end = float(ndtri(1 - min(0.25, FEWEST_BEYOND / len(out))))
        levels = np.linspace(-end, end, KNOTS)
        scores, first = np.unique(np.quantile(out, ndtr(levels)), return_index=True)
        # Of equal quantiles the middle level stands for all.
        last = np.append(first[1:], KNOTS) - 1
        return cls(scores, (levels[first] + levels[last]) / 2)

    def __call__(self, scores: Floats) -> Floats:
        """The level of each score; beyond the outermost points along the line through the outermost tenth.

        Args:
            scores: Float, any shape; NaN stays NaN.
        """
        x, y = self.scores, self.levels
        if len(x) == 1:
            return np.asarray(np.sign(scores - x[0]) + y[0])
        tenth = max(1, len(x) // 10)
        low, high = ((y[b] - y[a]) / (x[b] - x[a]) for a, b in ((0, tenth), (-1 - tenth, -1)))
        beyond = np.minimum(scores - x[0], 0) * low + np.maximum(scores - x[-1], 0) * high
        return np.asarray(np.interp(scores, x, y) + np.where(np.isnan(scores), np.nan, beyond))
