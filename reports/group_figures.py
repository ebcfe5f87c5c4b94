"""Figures by class and group: named where they are few, over their size where they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from reports import numbers
from reports.differences import groups_of
from reports.marks import dodge, mark, percent_axis, point
from reports.memorization_tables import memorized_groups
from reports.overview import Column
from reports.result import GroupValue
from reports.svg import Picture, label, picture
from reports.tables import rate, score

FEW_GROUPS = 16
MOST_GROUPS = 40
"""More marks than that neither a reader tells apart nor a page should carry; a column may have thousands of groups."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure shows of every group.

    Attributes:
        name: unique on the page.
        title: what it shows.
        axis: what stands upright.
        percent: whether that is a rate.
    """

    name: str
    title: str
    axis: str
    percent: bool


def utility_by_group(columns: Sequence[Column], by: str, number: int) -> Picture | None:
    """Test accuracy by class or group; None where there are not two groups to compare.

    Args:
        columns: the arms.
        by: `class`, or the name of a group column.
        number: place of the column among the columns.
    """
    subject = Subject(f"groups-{number}", f"Test accuracy by {label(by)}", "test accuracy", True)
    return _picture(columns, [groups_of(column, by) for column in columns], subject)


def memorization_by_group(columns: Sequence[Column], by: str, number: int) -> Picture | None:
    """Mean memorization by class or group; None where there are not two groups to compare.

    Args:
        columns: the arms.
        by: `class`, or the name of a group column.
        number: place of the column among the columns.
    """
    subject = Subject(f"memorized-{number}", f"Mean memorization by {label(by)}", "mean memorization", False)
    return _picture(columns, [memorized_groups(column, by) for column in columns], subject)


def _picture(columns: Sequence[Column], found: Sequence[Mapping[str, GroupValue]], subject: Subject) -> Picture | None:
    sizes = {value.group: value.records for values in found for value in values.values() if value.estimate}
    if len(sizes) < 2:
        return None
    groups = sorted(sizes, key=lambda group: (sizes[group], group))[:MOST_GROUPS]
    few = len(groups) <= FEW_GROUPS

    def draw(axes: Axes) -> None:
        for number, (column, values) in enumerate(zip(columns, found, strict=True)):
            at = [(place, values[group]) for place, group in enumerate(groups) if group in values]
            for place, value in at:
                spot = place + dodge(number, len(columns), 0.5) if few else value.records
                _mark(axes, spot, value, (number, column.title), subject, few)
        _name_groups(axes, groups) if few else _size_axis(axes)
        axes.set_ylabel(subject.axis)
        if subject.percent:
            percent_axis(axes, floor=None)

    rest = f" Of {numbers.count(len(sizes))} groups, the {MOST_GROUPS} rarest." if len(sizes) > MOST_GROUPS else ""
    caption = "The rarest first." if few else f"Every mark is a group; the rarest are on the left.{rest}"
    return picture(subject.name, subject.title, caption, draw)


def _mark(axes: Axes, spot: float, value: GroupValue, arm: tuple[int, str], subject: Subject, whiskers: bool) -> None:
    """The figure of a group of an arm; nothing where it has none."""
    number, title = arm
    if value.estimate is None:
        return
    figure = rate(value.estimate) if subject.percent else score(value.estimate)
    tip = f"{title}, {value.group}: {figure}, {numbers.count(value.records)} records"
    if whiskers:
        point(axes, (spot, value.estimate.value), number, tip, upright=value.estimate)
    else:
        mark(axes, (spot, value.estimate.value), number, tip)


def _name_groups(axes: Axes, groups: Sequence[str]) -> None:
    names = [label(group, 12) for group in groups]
    axes.set(xticks=range(len(groups)))
    axes.set_xticklabels(names, rotation=90 if sum(map(len, names)) > 40 else 0)
    axes.grid(visible=False, axis="x")


def _size_axis(axes: Axes) -> None:
    axes.set(xscale="log", xlabel="records of the group (log scale)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
