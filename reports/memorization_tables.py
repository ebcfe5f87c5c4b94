"""What the arms memorize of every class and group."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import Column
from reports.result import GroupValue
from reports.tables import Cell, Row, Table, absent, score


def memorized_columns(columns: Sequence[Column]) -> tuple[str, ...]:
    """The columns that memorization is reported by, `class` first."""
    arms = (column.arm.memorization for column in columns)
    names = {value.column: None for memorization in arms if memorization for value in memorization.by_group}
    return tuple(sorted(names, key=lambda name: name != "class"))


def memorized_groups(column: Column, by: str) -> dict[str, GroupValue]:
    """Group -> mean memorization of an arm.

    Args:
        column: the arm.
        by: `class`, or the name of a group column.
    """
    found = column.arm.memorization.by_group if column.arm.memorization else ()
    return {value.group: value for value in found if value.column == by}


def memorization_by_group(columns: Sequence[Column], by: str) -> Table:
    """Mean memorization by class or group, the most memorized first.

    Args:
        columns: the arms; the order is that of the first one that has figures.
        by: `class`, or the name of a group column.
    """
    found = [memorized_groups(column, by) for column in columns]
    groups = {group: value for values in reversed(found) for group, value in values.items()}
    order = sorted(groups, key=lambda group: (-_mean(groups[group]), group))
    rows = tuple(
        Row(group, (Cell(numbers.count(groups[group].records)), *(_cell(values.get(group)) for values in found)))
        for group in order
    )
    headers = ("Records", *(column.title for column in columns))
    return Table(f"Mean memorization by {by}, the most memorized first", by.capitalize(), headers, rows)


def _mean(value: GroupValue) -> float:
    return value.estimate.value if value.estimate else -1.0


def _cell(value: GroupValue | None) -> Cell:
    if value is None or value.estimate is None:
        return absent((value.reason if value else "") or "not available")
    return score(value.estimate)
