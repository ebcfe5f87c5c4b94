"""Marks that several figures draw: lines and point ranges of the arms, axes of rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from reports.result import Estimate
from reports.svg import LINES, MARKERS, SERIES, label


def line(number: int) -> dict[str, Any]:
    """Colour and line style of an arm or an attack; either alone tells them apart."""
    return {"color": SERIES[number % len(SERIES)], "linestyle": LINES[number % len(LINES)], "linewidth": 1.8}


def transposed(marks: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """All x and all y of points."""
    return [x for x, _ in marks], [y for _, y in marks]


def dodge(place: int, places: int, width: float) -> float:
    """Offset that keeps the marks of several arms apart."""
    return (place - (places - 1) / 2) * width / places


def _whiskers(estimates: Sequence[Estimate]) -> list[list[float]]:
    below = [max(0.0, estimate.value - estimate.low) for estimate in estimates]
    return [below, [max(0.0, estimate.high - estimate.value) for estimate in estimates]]


def points(axes: Axes, spots: Sequence[float], estimates: Sequence[Estimate], number: int, name: str) -> None:
    """Upright point ranges."""
    color, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
    values = [estimate.value for estimate in estimates]
    axes.errorbar(spots, values, _whiskers(estimates), fmt=marker, color=color, label=label(name), markersize=6)


def across(axes: Axes, spot: float, estimate: Estimate | None, number: int) -> None:
    """A lying point range."""
    if estimate:
        color, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
        axes.errorbar([estimate.value], [spot], xerr=_whiskers([estimate]), fmt=marker, color=color, markersize=6)


def percent_axis(axes: Axes, floor: float | None = 0.0) -> None:
    """Rates upright, in percent.

    Args:
        axes: where.
        floor: lower end; None lets the data choose.
    """
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.set_ylim(bottom=floor)
