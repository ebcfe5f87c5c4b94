"""Means over secrets and models that are crossed: every pair of models has a figure of every secret."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.intervals import clopper_pearson
from audit.estimates import ROUNDING
from audit.two_samples import added
from reports.result import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrossedMean:
    """The mean of a table whose rows and whose columns are each a random sample.

    The variance of its mean is at most that of the means of rows, over the number of rows, plus that of the means of
    columns, over the number of columns (the residual is counted in both, so the sum errs on the safe side); the
    degrees of freedom of such a sum are Satterthwaite's (1946), an approximation: simulated, intervals at 95 % hold the
    mean in 95 % of worlds or more from three pairs on, and in 92 % at worst with two.

    Attributes:
        cells: Float [model pairs, columns].
        lowest: smallest value that a cell can have.
        highest: largest value; infinite where there is none.
        columns: what a column is, in the plural.
        further: variances of the mean for other reasons, each with its degrees of freedom.
    """

    cells: Floats
    lowest: float
    highest: float
    columns: str = "secrets"
    further: tuple[tuple[float, float], ...] = ()

    def estimate(self, confidence: float) -> Estimate:
        """The mean with an interval that ranges over secrets and models; cut to what is possible.

        Where all agree, the figure, rescaled to [0, 1], gets the exact interval of a proportion with a trial a column,
        as in `audit.estimates.UnitMeans`. A mean of yes and no gets the wider one of both intervals.

        Args:
            confidence: two-sided level in (0, 1).
        """
        pairs, columns = self.cells.shape
        value, half = float(np.clip(self.cells.mean(), self.lowest, self.highest)), self._half(confidence)
        exact = self._exact(value, confidence)
        low, high, said = (
            value - half,
            value + half,
            f"Student's t over {columns} {self.columns} and {pairs} model pairs",
        )
        if self._yes_or_no:
            low, high, said = min(low, exact[0]), max(high, exact[1]), f"{said}, at least Clopper and Pearson's"
        elif half < ROUNDING:
            low, high, said = *exact, f"Clopper and Pearson's, a trial each of {columns} {self.columns} that all agree"
        low, high = max(low, self.lowest), min(high, self.highest)
        return Estimate(
            value=value, low=min(low, value), high=max(high, value), confidence=confidence, method=said, n=columns
        )

    @property
    def _yes_or_no(self) -> bool:
        return bool(np.isin(self.cells, (0.0, 1.0)).all()) and (self.lowest, self.highest) == (0.0, 1.0)

    def _half(self, confidence: float) -> float:
        means = [self.cells.mean(axis=axis) for axis in (0, 1)]
        parts = [(float(mean.var(ddof=1)) / len(mean), len(mean) - 1.0) for mean in means if len(mean) > 1]
        parts = [(variance, freedom) for variance, freedom in (*parts, *self.further) if variance > ROUNDING**2]
        return float(added(parts, confidence)[0]) if parts else 0.0

    def _exact(self, value: float, confidence: float) -> tuple[float, float]:
        span, columns = self.highest - self.lowest, self.cells.shape[1]
        if not np.isfinite(span):  # nothing bounds what others might have said
            return value, value
        share = np.clip((value - self.lowest) / span, 0, 1)
        ends = clopper_pearson(share * columns, columns, confidence)
        return self.lowest + span * float(ends.low), self.lowest + span * float(ends.high)
