"""One measurement a row: both sides' medians and spread, their ratio, and what was aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Spread:
    """Repeated measurements of one thing.

    Attributes:
        median: the middle one.
        low: the lowest.
        high: the highest.
        repeats: how many.
    """

    median: float
    low: float
    high: float
    repeats: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up measurements.

        Args:
            values: one a repeat; not empty.
        """
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio should be.

    Attributes:
        sense: whether the ratio should be at least or at most the value.
        value: above 0.
    """

    sense: Literal["at least", "at most"]
    value: float

    def reached(self, ratio: float) -> bool:
        """Whether a ratio is as it should be."""
        return ratio >= self.value if self.sense == "at least" else ratio <= self.value

    def short_by(self, ratio: float) -> float:
        """What is missing, as a share of the target; 0 where it is reached."""
        return 0.0 if self.reached(ratio) else abs(ratio - self.value) / self.value


@dataclass(frozen=True, slots=True)
class Row:
    """A measured line of the table.

    Attributes:
        name: what was measured.
        unit: of both sides: `s`, `ms`, `s a model`, `GiB`, `GFLOP/s`.
        ours: the project's side.
        against: what the other side is; empty without one.
        baseline: the other side.
        ratio: one side over the other, repeat by repeat.
        models: how many models the figures are for; None where there are none.
        target: what the ratio should be.
        note: what a reader has to know of how it was measured.
    """

    name: str
    unit: str
    ours: Spread
    against: str = ""
    baseline: Spread | None = None
    ratio: Spread | None = None
    models: int | None = None
    target: Target | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        return None if self.target is None or self.ratio is None else self.target.reached(self.ratio.median)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that could not be measured.

    Attributes:
        name: what would have been measured.
        reason: why it was not.
    """

    name: str
    reason: str


def ratio_of(over: Sequence[float], under: Sequence[float]) -> Spread:
    """The ratio of two sides that were measured in turn: repeat by repeat, so that a slow minute meets both.

    Args:
        over: one measurement a repeat.
        under: the other side's of the same repeats, above 0.
    """
    return Spread.of([one / other for one, other in zip(over, under, strict=True)])


def speed_up(name: str, ours: Sequence[float], against: str, baseline: Sequence[float], **more: object) -> Row:
    """A row that says how many times faster the project's side is.

    Args:
        name: what was measured.
        ours: seconds of each repeat.
        against: what the other side is.
        baseline: its seconds of the same repeats.
        more: further fields of the row.
    """
    return Row(name, "s", Spread.of(ours), against, Spread.of(baseline), ratio_of(baseline, ours), **more)  # type: ignore[arg-type]
