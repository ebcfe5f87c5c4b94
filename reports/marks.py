"""What an arm looks like in every figure and table, and the marks that several figures draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.ticker import PercentFormatter

from reports.result import Estimate
from reports.svg import LINES, MARKERS, MUTED, SERIES, label, of_arm

CLOSEST = 0.065
SWATCH_MARKS = (
    "M10.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "M11 3h6v6h-6z",
    "M14 2l4 4l-4 4l-4-4z",
    "M14 2l4 7h-8z",
    "M14 10l4-7h-8z",
    "M12.7 2h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7v-2.6h2.7z",
    "M12 2l2 2l2-2l2 2l-2 2l2 2l-2 2l-2-2l-2 2l-2-2l2-2l-2-2z",
    "M14 1.5l1.2 3.2l3.4.1l-2.7 2.1l1 3.3l-2.9-1.9l-2.9 1.9l1-3.3l-2.7-2.1l3.4-.1z",
)
"""The markers of `MARKERS`, drawn in the middle of a swatch of 28 by 12."""


def color(number: int) -> str:
    """Colour of an arm; the style sheet has a variable for it."""
    return SERIES[number % len(SERIES)]


def marker(number: int) -> str:
    """Marker of an arm."""
    return MARKERS[number % len(MARKERS)]


def dash(number: int) -> Any:
    """Line style of an arm; where colours and markers begin anew, it is another one."""
    return LINES[(number + number // len(SERIES)) % len(LINES)]


def swatch_dash(number: int) -> str:
    """Line style of an arm as a style sheet has it."""
    named = {"-": "none", "--": "7 3", "-.": "8 3 2 3", ":": "2 3"}
    style = dash(number)
    return named[style] if isinstance(style, str) else " ".join(f"{2 * part:g}" for part in style[1])


def line(number: int) -> dict[str, Any]:
    """Colour and line style of an arm, and that the line is the arm's."""
    return {"color": color(number), "linestyle": dash(number), "linewidth": 1.8, "gid": of_arm(number)}


def transposed(marks: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """All x and all y of points."""
    return [x for x, _ in marks], [y for _, y in marks]


def dodge(place: int, places: int, width: float) -> float:
    """Offset that keeps the marks of several arms apart."""
    return (place - (places - 1) / 2) * width / places


def whiskers(estimate: Estimate) -> list[list[float]]:
    """How far the limits are from the value, below and above."""
    return [[max(0.0, estimate.value - estimate.low)], [max(0.0, estimate.high - estimate.value)]]


def point(
    axes: Axes,
    spot: tuple[float, float],
    number: int,
    tip: str,
    upright: Estimate | None = None,
    lying: Estimate | None = None,
) -> None:
    """A mark of an arm with its intervals.

    Args:
        axes: where.
        spot: x and y.
        number: place of the arm among the arms.
        tip: what the mark shows, with its figures.
        upright: whose interval is drawn along y.
        lying: whose interval is drawn along x.
    """
    bars: dict[str, Any] = {"yerr": whiskers(upright) if upright else None, "xerr": whiskers(lying) if lying else None}
    drawn = axes.errorbar([spot[0]], [spot[1]], fmt=marker(number), color=color(number), markersize=6, **bars)
    tag(drawn, number, tip)


def mark(axes: Axes, spot: tuple[float, float], number: int, tip: str, size: float = 4.0) -> None:
    """A mark of an arm without an interval.

    Args:
        axes: where.
        spot: x and y.
        number: place of the arm among the arms.
        tip: what the mark shows, with its figures.
        size: in points.
    """
    axes.plot(
        *spot, linestyle="none", marker=marker(number), markersize=size, color=color(number), gid=of_arm(number, tip)
    )


def tag(drawn: Container, number: int, tip: str) -> None:
    """Give a mark and its whiskers to an arm; the mark alone has the tip."""
    parts = [part for part in drawn.get_children() if isinstance(part, Artist)]
    for part in parts:
        part.set_gid(of_arm(number))
    if parts:
        parts[0].set_gid(of_arm(number, tip))


def name_lines(axes: Axes, ends: Sequence[tuple[float, float, int, str]]) -> None:
    """Names at the ends of lines, pushed apart where they would meet; the limits of the axes must be set before.

    Args:
        axes: where.
        ends: x, y, place of the arm and name, in the units of the data.
    """
    to_axes = axes.transData + axes.transAxes.inverted()
    spots = [(*to_axes.transform((x, y)), number, name) for x, y, number, name in ends]
    lowest = -1.0
    for x, y, number, name in sorted(spots, key=lambda spot: spot[1]):
        lowest = max(y + 0.035, lowest + CLOSEST)
        text = axes.text(x + 0.012, lowest, label(name), color=color(number), transform=axes.transAxes, va="center")
        text.set_gid(of_arm(number))


def guess_line(axes: Axes, rate: float) -> None:
    """What guessing reaches, as a line with its name at its right end."""
    axes.axhline(rate, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    spot: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axes.annotate("guessing", (0.995, rate), xytext=(0, 3), color=MUTED, fontsize=9.5, ha="right", **spot)


def percent_axis(axes: Axes, floor: float | None = 0.0) -> None:
    """Rates upright, in percent.

    Args:
        axes: where.
        floor: lower end; None lets the data choose.
    """
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.set_ylim(bottom=floor)
