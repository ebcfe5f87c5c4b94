"""What DP buys and costs, in figures: accuracy against leakage, and caps against measurements."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

from reports import numbers
from reports.epsilon_tables import cap_name
from reports.frontier import Leak, Point, frontier, has_dp, leak_of
from reports.marks import color, dodge, guess_line, point
from reports.overview import Column
from reports.result import Cap
from reports.svg import MUTED, Picture, label, of_arm, picture
from reports.tables import Cell, proportion, rate, score

SPAN = 3.0
"""Ratio of the highest to the lowest rate from which on they are drawn on a log scale."""


def frontiers(columns: Sequence[Column]) -> list[Picture]:
    """Leakage over accuracy of all arms: on new records, and on the records that are memorized without DP.

    Args:
        columns: the arms; without a DP arm there is nothing to trade off and no figure.
    """
    if not has_dp(columns):
        return []
    leak = leak_of(columns)
    panels = (("frontier", "test accuracy", False), ("frontier-memorized", "accuracy on the memorized tenth", True))
    drawn = (_frontier(name, axis, frontier(columns, leak, memorized), leak) for name, axis, memorized in panels)
    return [one for one in drawn if one]


def _frontier(name: str, axis: str, points: Sequence[Point], leak: Leak) -> Picture | None:
    if len(points) < 2:
        return None

    def draw(axes: Axes) -> None:
        path = sorted((one for one in points if not one.control), key=lambda one: one.epsilon or float("inf"))
        spots = [one.accuracy.value for one in path], [one.leak.value for one in path]
        axes.plot(*spots, color=MUTED, linewidth=0.9, zorder=1)
        for one in points:
            tip = f"{one.name}: {axis} {rate(one.accuracy)}; {leak.title} {_leaked(one, leak)}"
            point(axes, (one.accuracy.value, one.leak.value), one.number, tip, upright=one.leak, lying=one.accuracy)
        axes.set(xlabel=axis, ylabel=leak.title)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.margins(x=0.12, y=0.1)
        _leak_axis(axes, points, leak)
        _name_points(axes, points)

    low = "Down and right is better: more right answers, less leakage."
    caption = f"{low} The grey line goes from the smallest epsilon to training without DP. Whiskers are intervals."
    return picture(name, f"What leaks against {axis}", caption, draw)


def _leaked(one: Point, leak: Leak) -> Cell:
    return proportion(one.leak) if leak.percent else score(one.leak)


def _leak_axis(axes: Axes, points: Sequence[Point], leak: Leak) -> None:
    """What leaks, upright: on a log scale where rates are far apart, and the rate of guessing as a line."""
    rates = [one.leak.value for one in points]
    logarithmic = leak.percent and max(rates) > SPAN * min(rates)
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.6 * min(leak.guessing, *rates))
        axes.yaxis.set_minor_locator(NullLocator())
    if leak.percent:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: numbers.fpr(float(f"{value:.4g}"))))
    guess_line(axes, leak.guessing)


def _name_points(axes: Axes, points: Sequence[Point]) -> None:
    """Names beside the marks, towards the middle of the figure, pushed up where two would meet."""
    to_axes = axes.transData + axes.transAxes.inverted()
    spots = [(*to_axes.transform((one.accuracy.value, one.leak.value)), one) for one in points]
    taken: list[tuple[float, float]] = []
    for x, y, one in sorted(spots, key=lambda spot: spot[1]):
        height = y + 0.045
        while any(abs(height - other) < 0.06 and abs(x - across) < 0.35 for across, other in taken):
            height += 0.02
        taken.append((x, height))
        side = "right" if x > 0.5 else "left"
        shift = -0.02 if x > 0.5 else 0.02
        text = axes.text(
            x + shift, height, label(one.name), transform=axes.transAxes, ha=side, va="center", color=color(one.number)
        )
        text.set_gid(of_arm(one.number))


def caps(columns: Sequence[Column]) -> Picture | None:
    """What the guarantees cap beside what was measured; None where nothing is capped.

    Args:
        columns: the arms.
    """
    found = [(number, column, _measured(column)) for number, column in enumerate(columns)]
    shown = [(number, column, allowed) for number, column, allowed in found if allowed]
    if not shown:
        return None
    names = list(dict.fromkeys(cap_name(cap) for _, _, allowed in shown for cap in allowed))

    def draw(axes: Axes) -> None:
        for place, (number, column, allowed) in enumerate(shown):
            for cap in allowed:
                spot = names.index(cap_name(cap)) + dodge(place, len(shown), 0.6)
                _cap(axes, spot, cap, (number, column.title), 0.5 / len(shown))
        axes.set(
            yticks=range(len(names)),
            yticklabels=[textwrap.fill(label(name, 60), 18) for name in names],
            ylim=(len(names) - 0.5, -0.5),
            xlim=(-0.02, 1.02),
        )
        axes.set(xlabel="memorization, advantage or TPR: 1 is all")
        axes.grid(visible=False, axis="y")

    caption = (
        "Bars are the highest values that the claimed epsilon allows, marks are measured. A mark beyond its bar with "
        "its whole interval contradicts the claim; one far below it says nothing against a better attack."
    )
    of = f", {shown[0][1].title}" if len(shown) == 1 else ""
    return picture("caps", f"What the guarantee allows, and what was measured{of}", caption, draw)


def _measured(column: Column) -> list[Cap]:
    return [cap for cap in column.arm.epsilon.caps if cap.measured] if column.arm.epsilon else []


def _cap(axes: Axes, spot: float, cap: Cap, arm: tuple[int, str], height: float) -> None:
    number, title = arm
    most = numbers.percent_cap(cap.cap) if cap.fpr is not None else numbers.cap(cap.cap)
    bar = axes.barh(spot, cap.cap, height=height, color=color(number), alpha=0.22, linewidth=0)
    for patch in bar:
        patch.set_gid(of_arm(number))
    if cap.measured:
        figure = proportion(cap.measured) if cap.fpr is not None else score(cap.measured)
        tip = f"{title}, {cap_name(cap)}: measured {figure}, at most {most} allowed"
        point(axes, (cap.measured.value, spot), number, tip, lying=cap.measured)
