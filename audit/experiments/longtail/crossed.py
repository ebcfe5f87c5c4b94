"""Figures over two crossed samples: model pairs, and subpopulations; each is left out in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.estimates import ROUNDING, UnitMeans
from audit.two_samples import TwoSamples, still, within
from reports.result import Estimate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Crossed:
    """A figure, and the same figure without each model pair and without each subpopulation.

    A theory of a population speaks of the next data set, too: what is measured of it ranges over the draw of the
    subpopulations and their records as well as over the models: see `TwoSamples`.

    Figures of the same pairs and subpopulations are combined replicate by replicate: what they share cancels.

    Attributes:
        value: the figure; NaN where it cannot be had.
        without_pair: Float [pairs].
        without_subpopulation: Float [subpopulations].
        unit: what a pair is, for the method's name.
    """

    value: float
    without_pair: Floats
    without_subpopulation: Floats
    unit: str = "model pairs"

    @classmethod
    def summed(cls, terms: Floats, without_pair: Floats, unit: str) -> Crossed:
        """A sum over subpopulations.

        Args:
            terms: Float [subpopulations].
            without_pair: Float [pairs, subpopulations]; the terms without each pair.
            unit: what a pair is.
        """
        number, total = len(terms), float(terms.sum())
        rest = (total - terms) * number / max(1, number - 1)
        return cls(total, without_pair.sum(axis=1), rest, unit)

    def map(self, of: Callable[..., Floats], *others: Crossed) -> Crossed:
        """A smooth function of figures.

        Args:
            of: from arrays of this figure and the others, of one shape, to an array of that shape.
            others: of the same pairs and subpopulations.
        """
        all_ = (self, *others)
        value = of(*(np.array(each.value) for each in all_))
        pairs = of(*(each.without_pair for each in all_))
        return Crossed(float(value), pairs, of(*(each.without_subpopulation for each in all_)), self.unit)

    def __add__(self, other: Crossed) -> Crossed:
        return self.map(np.add, other)

    def __sub__(self, other: Crossed) -> Crossed:
        return self.map(np.subtract, other)

    def __mul__(self, other: Crossed) -> Crossed:
        return self.map(np.multiply, other)

    def __truediv__(self, other: Crossed) -> Crossed:
        return self.map(_quotient, other)

    def over_pairs(
        self, confidence: float, lowest: float = 0.0, highest: float = 1.0, part: float = 1.0
    ) -> Estimate | None:
        """The figure with its interval over model pairs alone, the records being fixed, as the rest of a report has it.

        Args:
            confidence: two-sided level in (0, 1).
            lowest: smallest value that it can take.
            highest: largest value.
            part: what part of both a figure of so few records reaches; bounds one that nothing moves.

        Returns:
            None where it cannot be had, even without just one pair.
        """
        pairs = len(self.without_pair)
        pseudo = pairs * self.value - (pairs - 1) * self.without_pair  # Tukey 1958
        if not (np.isfinite(self.value) and np.isfinite(pseudo).all()):
            return None
        found = UnitMeans(np.array([self.value]), pseudo[:, None], lowest, highest, self.unit).first(confidence)
        if pairs < 2 or np.ptp(pseudo) >= ROUNDING:
            return found
        low, high = still(self.value, pairs, confidence, (part * lowest, part * highest))
        return found.model_copy(update={"low": low, "high": high})

    def estimate(
        self, confidence: float, lowest: float = 0.0, highest: float = 1.0, part: float = 1.0
    ) -> Estimate | None:
        """The figure with its interval over both; None where it cannot be had.

        Where nothing moves the figure it gets the limits of `still`.

        Args:
            confidence: two-sided level in (0, 1).
            lowest: smallest value that it can take.
            highest: largest value.
            part: what part of both a figure of so few records reaches; bounds one that nothing moves.
        """
        if not np.isfinite(self.value):
            return None
        if min(len(self.without_pair), len(self.without_subpopulation)) < 2:
            said = confidence, "a single unit: nothing tells how far it would move", 1
            return within(self.value, np.inf, (lowest, highest), said)
        pairs, subpopulations = len(self.without_pair), len(self.without_subpopulation)
        over = f"{pairs} independent {self.unit} crossed with {subpopulations} subpopulations"
        both = TwoSamples.of(self.value, self.without_pair, self.without_subpopulation)
        return both.estimate(confidence, (lowest, highest), over, (part * lowest, part * highest))


def _quotient(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)
