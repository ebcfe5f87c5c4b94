"""Figures of memorization, attacks and utility; one function a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from reports import numbers
from reports.attack_tables import representative
from reports.differences import groups_of
from reports.marks import dodge, line, percent_axis, points, transposed
from reports.overview import Column
from reports.result import GroupValue, Memorization, RocCurve
from reports.svg import MARKERS, MUTED, SERIES, Picture, label, picture

FEW_GROUPS = 16
LOWEST_RATE = 1e-4


def memorization_histogram(columns: Sequence[Column]) -> Picture | None:
    """How many records have which memorization score, in every arm; None where no arm has scores."""
    shown = [
        (number, column, column.arm.memorization) for number, column in enumerate(columns) if column.arm.memorization
    ]
    if not shown:
        return None

    def draw(axes: Axes) -> None:
        for number, column, memorization in shown:
            bins = zip(pairwise(memorization.histogram.edges), memorization.histogram.counts, strict=True)
            marks = [((low + high) / 2, count) for (low, high), count in bins if count]
            marker = MARKERS[number % len(MARKERS)]
            axes.plot(*transposed(marks), marker=marker, markersize=4, label=label(column.title), **line(number))
            _cap_line(axes, memorization, number)
        axes.axvline(shown[0][2].threshold, color=MUTED, linewidth=1)
        axes.set(xlabel="memorization of a record", ylabel="records (log scale)", yscale="log", ylim=(0.7, None))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else ""))

    threshold = numbers.decimal(shown[0][2].threshold, 2)
    caption = (
        f"Right of the upright line ({threshold}) records count as memorized; each mark is a bin that holds records."
    )
    capped = any(memorization.cap is not None for _, _, memorization in shown)
    caps = " A thin line is the highest memorization that an arm's epsilon allows." if capped else ""
    return picture("memorization", "Memorization of the records in every arm", caption + caps, draw)


def _cap_line(axes: Axes, memorization: Memorization, number: int) -> None:
    if memorization.cap is not None:
        axes.axvline(memorization.cap, color=SERIES[number % len(SERIES)], linewidth=0.9)


def headline_roc(columns: Sequence[Column], title: str) -> Picture | None:
    """ROC of the headline attack in every arm, with its bands and the ceilings of the guarantees.

    Args:
        columns: the arms.
        title: name of the attack.
    """
    curves = [(number, column, column.attack.roc) for number, column in enumerate(columns) if column.attack]
    if not any(roc for _, _, roc in curves):
        return None

    def draw(axes: Axes) -> None:
        for number, column, roc in curves:
            if roc:
                _roc(axes, roc, label(column.title), number, band=True)
            if column.arm.guarantee:
                caps = sorted(column.arm.guarantee.tpr_caps)
                color = SERIES[number % len(SERIES)]
                axes.plot(*transposed(caps), color=color, linewidth=0.9, marker="_", markersize=9)
        _roc_axes(axes)

    caption = "Up and left is worse for privacy; on the thin diagonal an attack knows nothing. Bands are intervals."
    ceilings = " A thin line with bars is the ceiling that an arm's epsilon puts on any attack."
    guaranteed = any(column.arm.guarantee for column in columns)
    return picture("roc-headline", f"{title} in every arm", caption + ceilings * guaranteed, draw)


def arm_roc(column: Column, number: int) -> Picture | None:
    """ROC of one attack of each family on one arm, the headline attack with its band.

    Args:
        column: the arm.
        number: its place among the arms.
    """
    drawn = representative((column,))  # the headline attack first, in the plainest line
    known = {attack.name: attack for attack in column.arm.attacks}
    shown = [known[name] for name in drawn if name in known]
    curves = [(attack, attack.roc) for attack in shown if attack.roc]
    if not curves:
        return None

    def draw(axes: Axes) -> None:
        for place, (attack, roc) in enumerate(curves):
            headline = attack.name == column.headline
            _roc(axes, roc, label(attack.title), place, band=headline, width=2.6 if headline else 1.3)
        _roc_axes(axes)

    whole = len(curves) == sum(attack.roc is not None for attack in column.arm.attacks)
    caption = "The band is the headline attack's." + ("" if whole else " All others are in the table below.")
    return picture(f"roc-arm-{number}", f"Attacks on {column.title}, one a family", caption, draw)


def _roc(axes: Axes, roc: RocCurve, name: str, number: int, band: bool, width: float = 1.8) -> None:
    found = [(fpr, tpr) for fpr, tpr in zip(roc.fpr, roc.tpr, strict=True) if tpr > 0]
    axes.plot(*transposed(found), label=name, **{**line(number), "linewidth": width})
    if band:
        low, high = ([max(rate, LOWEST_RATE / 10) for rate in rates] for rates in (roc.low, roc.high))
        axes.fill_between(list(roc.fpr), low, high, color=SERIES[number % len(SERIES)], alpha=0.18, linewidth=0)


def _roc_axes(axes: Axes) -> None:
    axes.plot([LOWEST_RATE, 1], [LOWEST_RATE, 1], color=MUTED, linewidth=0.9)
    axes.set(xscale="log", yscale="log", xlim=(LOWEST_RATE, 1), ylim=(LOWEST_RATE, 1.05))
    axes.set(xlabel="non-members wrongly accused (FPR)", ylabel="members found (TPR)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda rate, _: numbers.fpr(float(f"{rate:.0e}"))))


def utility_by_group(columns: Sequence[Column], by: str, number: int) -> Picture | None:
    """Test accuracy by class or group: named where they are few, over their size where they are many.

    Args:
        columns: the arms.
        by: `class`, or the name of a group column.
        number: place of the column among the columns.
    """
    found = [groups_of(column, by) for column in columns]
    sizes = {value.group: value.records for values in found for value in values.values() if value.estimate}
    if len(sizes) < 2:
        return None
    groups = sorted(sizes, key=lambda group: (sizes[group], group))
    draw = _named(columns, found, groups) if len(groups) <= FEW_GROUPS else _by_size(columns, found)
    caption = "The rarest first." if len(groups) <= FEW_GROUPS else "Every mark is a group; the rarest are on the left."
    return picture(f"groups-{number}", f"Test accuracy by {label(by)}", caption, draw)


def _named(
    columns: Sequence[Column], found: Sequence[dict[str, GroupValue]], groups: Sequence[str]
) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        for number, (column, values) in enumerate(zip(columns, found, strict=True)):
            at = [(spot, values[group].estimate) for spot, group in enumerate(groups) if group in values]
            spots = [spot + dodge(number, len(columns), 0.5) for spot, estimate in at if estimate]
            points(axes, spots, [estimate for _, estimate in at if estimate], number, column.title)
        names = [label(group, 12) for group in groups]
        axes.set(xticks=range(len(groups)), ylabel="test accuracy")
        crowded = sum(map(len, names)) > 40
        axes.set_xticklabels(names, rotation=90 if crowded else 0)
        axes.grid(visible=False, axis="x")
        percent_axis(axes, floor=None)

    return draw


def _by_size(columns: Sequence[Column], found: Sequence[dict[str, GroupValue]]) -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        for number, (column, values) in enumerate(zip(columns, found, strict=True)):
            marks = [(value.records, value.estimate.value) for value in values.values() if value.estimate]
            color, marker = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
            axes.scatter(*transposed(marks), s=26, marker=marker, c=color, alpha=0.7, label=label(column.title))
        axes.set(xscale="log", xlabel="records of the group (log scale)", ylabel="test accuracy")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_minor_locator(NullLocator())
        percent_axis(axes, floor=None)

    return draw
