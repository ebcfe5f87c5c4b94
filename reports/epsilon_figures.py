"""The trade-off between an attack's two errors: what is measured, what is certified, and what a claim allows."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import PercentFormatter

from reports import numbers
from reports.marks import color, line, marker, tag
from reports.overview import Column
from reports.result import TradeOffCurves, TradeOffPoint
from reports.svg import INK, MUTED, Picture, label, of_arm, picture

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
LONGEST_ID = 60
SQUARE = (5.4, 5.4)


def trade_off(column: Column, number: int) -> Picture | None:
    """Measured error rates of one record beside what the claim allows; None where there are none.

    Args:
        column: the arm.
        number: its place among the arms.
    """
    curves = column.arm.epsilon.trade_off if column.arm.epsilon else None
    if curves is None:
        return None

    def draw(axes: Axes) -> None:
        _claim(axes, curves)
        _measured(axes, curves.measured, number)
        _certified(axes, curves.certified, number)
        _square(axes)

    title = f"What an attacker trades off, {column.title}"
    return picture(f"trade-off-{number}", title, _caption(column, curves), draw, SQUARE)


def _caption(column: Column, curves: TradeOffCurves) -> str:
    certified, record = curves.certified, label(curves.record_id, LONGEST_ID)
    seen = (
        f"Down and left is worse for privacy; on the diagonal an attack only guesses. Certified on record {record}: "
        f"FPR {_limits(certified.fpr, certified.fpr_low, certified.fpr_high)}, "
        f"FNR {_limits(certified.fnr, certified.fnr_low, certified.fnr_high)}. Rectangles are the limits of both rates "
        "and hold point by point."
    )
    if not curves.accountant:
        return seen
    rule = (
        " A certified point below the accountant's curve (shaded) with all its limits is a violation of the claim, "
        "which the self-check tests; single measured points may stray there by chance."
    )
    check = column.arm.epsilon.self_check if column.arm.epsilon else None
    return seen + rule + (" The self-check of this arm is VIOLATED." if check and check.verdict == "violated" else "")


def _limits(value: float, low: float, high: float) -> str:
    """A rate with its limits; of one that was never or always seen the limit alone."""
    if value in (0, 1):
        return f"at {f'most {numbers.percent(high)}' if value == 0 else f'least {numbers.percent(low)}'}"
    digits = numbers.percent_digits(value)
    return f"{numbers.percent(value, digits)} ({numbers.percent(low, digits)} to {numbers.percent(high, digits)})"


def _claim(axes: Axes, curves: TradeOffCurves) -> None:
    """What the accountant forbids as a shade, what (epsilon, delta) forbids as a line."""
    axes.plot([0, 1], [1, 0], color=MUTED, linewidth=0.9)
    axes.text(0.63, 0.385, "guessing", color=MUTED, rotation=-45, rotation_mode="anchor", va="bottom")
    if curves.accountant:
        axes.plot(curves.fpr, curves.accountant, color=INK, linewidth=1.4, label="accountant's curve")
        axes.fill_between(curves.fpr, curves.accountant, color=MUTED, alpha=0.22, linewidth=0)
    if curves.claimed:
        axes.plot(curves.fpr, curves.claimed, color=INK, linewidth=1.4, linestyle=":", label="claimed (epsilon, delta)")


def _measured(axes: Axes, points: tuple[TradeOffPoint, ...], number: int) -> None:
    # One path for all: where rectangles overlap, the shade grows no darker.
    rectangles = Path.make_compound_path(*(_rectangle(point) for point in points))
    axes.add_patch(PathPatch(rectangles, facecolor=color(number), alpha=0.18, linewidth=0, gid=of_arm(number)))
    rates = [point.fpr for point in points], [point.fnr for point in points]
    style = line(number) | {"linewidth": 0.9}
    axes.plot(*rates, marker=marker(number), markersize=3.5, label="measured", **style)


def _rectangle(point: TradeOffPoint) -> Path:
    left, right, bottom, top = point.fpr_low, point.fpr_high, point.fnr_low, point.fnr_high
    return Path([(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)], closed=True)


def _certified(axes: Axes, point: TradeOffPoint, number: int) -> None:
    across = [[point.fpr - point.fpr_low], [point.fpr_high - point.fpr]]
    upright = [[point.fnr - point.fnr_low], [point.fnr_high - point.fnr]]
    fpr, fnr = _limits(point.fpr, point.fpr_low, point.fpr_high), _limits(point.fnr, point.fnr_low, point.fnr_high)
    tip = f"certified: FPR {fpr}, FNR {fnr}"
    style: dict[str, Any] = {"fmt": "*", "color": color(number), "markersize": 13, "label": "certified"}
    tag(axes.errorbar([point.fpr], [point.fnr], upright, across, **style), number, tip)


def _square(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1), ylim=(-0.02, 1), xticks=TICKS, yticks=TICKS, aspect="equal")
    axes.set(xlabel="non-members wrongly accused (FPR)", ylabel="members missed (FNR)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
