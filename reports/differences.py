"""What sets the arms apart: utility by group, paired differences, recipes."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import Column
from reports.result import AuditResult, Difference, GroupValue
from reports.tables import Cell, Row, Table, absent, rate


def group_columns(result: AuditResult) -> tuple[str, ...]:
    """The columns that utility is reported by, `class` first."""
    names = {value.column: None for arm in result.arms if arm.utility for value in arm.utility.by_group}
    return tuple(sorted(names, key=lambda name: name != "class"))


def utility_by_group(columns: Sequence[Column], by: str) -> Table:
    """Test accuracy by class or group, the smallest groups first.

    Args:
        columns: the arms.
        by: `class`, or the name of a group column.
    """
    found = [groups_of(column, by) for column in columns]
    sizes = {group: value.records for values in found for group, value in values.items()}
    rows = tuple(
        Row(f"{group}", (Cell(numbers.count(sizes[group])), *(_group_cell(values.get(group)) for values in found)))
        for group in sorted(sizes, key=lambda group: (sizes[group], group))
    )
    headers = ("Records", *(column.title for column in columns))
    return Table(f"Test accuracy by {by}, the rarest first", by.capitalize(), headers, rows)


def groups_of(column: Column, by: str) -> dict[str, GroupValue]:
    """Group -> test accuracy of an arm.

    Args:
        column: the arm.
        by: `class`, or the name of a group column.
    """
    utility = column.arm.utility
    return {value.group: value for value in utility.by_group if value.column == by} if utility else {}


def _group_cell(value: GroupValue | None) -> Cell:
    if value is None or value.estimate is None:
        return absent((value.reason if value else "") or "not available")
    return rate(value.estimate)


def overall(items: Sequence[Difference]) -> tuple[Difference, ...]:
    """The differences of whole arms; those of a class or group have it after a comma in their quantity."""
    return tuple(item for item in items if ", " not in item.quantity)


def by_group(items: Sequence[Difference]) -> tuple[Difference, ...]:
    """The differences by class and group."""
    return tuple(item for item in items if ", " in item.quantity)


def differences(items: Sequence[Difference], caption: str = "Paired differences") -> Table:
    """Paired differences between arms, the second minus the first."""
    rows = tuple(Row(item.quantity, (Cell(f"{item.second} minus {item.first}"), difference(item))) for item in items)
    notes = tuple(f"{item.quantity}, {item.second}: {item.reason.rstrip('.')}." for item in items if item.reason)
    return Table(caption, "Quantity", ("Arms", "Difference"), rows, notes)


def difference(item: Difference) -> Cell:
    """A difference with its sign and its interval; of rates in percentage points."""
    if item.estimate is None:
        return absent()
    value, low, high = item.estimate.value, item.estimate.low, item.estimate.high
    if item.unit == "rate":
        return Cell(f"{numbers.points(value)} points", f"{numbers.points(low)} to {numbers.points(high)}")
    return Cell(numbers.decimal(value, signed=True), numbers.decimal_limits(item.estimate, signed=True))


def recipe_differences(result: AuditResult) -> Table:
    """Every setting in which the recipes of the arms differ."""
    names = tuple(arm.name for arm in result.arms)
    rows = tuple(
        Row(setting, tuple(Cell(values.get(name, "none")) for name in names))
        for setting, values in result.recipe_differences.items()
    )
    return Table("Settings in which the arms differ", "Setting", names, rows)
