"""The arms at a glance, one row each, and how they differ from the standard arm."""

from __future__ import annotations

from collections.abc import Sequence

from reports import epsilon_cells, numbers
from reports.differences import difference
from reports.overview import LOW_FPR, Column, attack_title, interval_name, lowest_resolved, tpr_at
from reports.result import Difference, Memorization
from reports.tables import Cell, Row, Table, absent, rate, tpr


def at_a_glance(columns: Sequence[Column], confidence: float) -> Table:
    """The figures that an arm is judged by, one row an arm.

    Args:
        columns: the arms.
        confidence: two-sided confidence of the intervals, in (0, 1).
    """
    fpr = max(lowest_resolved(columns), LOW_FPR)
    headers = (
        "Test accuracy",
        "Accuracy, memorized tenth",
        "Memorized records",
        f"TPR at {numbers.fpr(fpr)} FPR",
        "Epsilon claimed",
        "Epsilon proved, at least",
    )
    rows = tuple(Row(column.title, _cells(column, fpr), hint=_description(column)) for column in columns)
    notes = (
        "Memorized tenth: the tenth of the records that the standard arm memorizes most; right answers while left out. "
        "A larger pool finds this tenth more surely, so that the figure falls. "
        "Memorized records: those shown to be, at a false discovery rate of 5 % over all records, to those whose point "
        "estimate is above the threshold.",
        f"TPR: the members that the attack {attack_title(columns)} finds while it wrongly accuses "
        f"{numbers.fpr(fpr)} of the others.",
    )
    return Table(f"Every arm, with {interval_name(confidence)}", "Arm", headers, rows, notes)


def _description(column: Column) -> str:
    models = f"{numbers.count(column.arm.models)} model{'' if column.arm.models == 1 else 's'}"
    return f"{column.arm.description.rstrip('.')}; {models}"


def _cells(column: Column, fpr: float) -> tuple[Cell, ...]:
    utility, epsilon = column.arm.utility, column.arm.epsilon
    return (
        rate(utility.test_accuracy) if utility else absent(),
        rate(utility.memorized_decile_accuracy) if utility and column.arm.memorization else absent(),
        _memorized(column.arm.memorization),
        tpr(tpr_at(column.attack, fpr)),
        epsilon_cells.claimed(column.arm.guarantee),
        epsilon_cells.proved(epsilon) if epsilon else absent(),
    )


def _memorized(memorization: Memorization | None) -> Cell:
    """How many are shown to be memorized, then from that to what the point estimates give, of how many."""
    if memorization is None:
        return absent()
    sure, plain = numbers.count(memorization.discovered), numbers.count(memorization.memorized)
    return Cell(sure, f"{sure} to {plain} of {numbers.count(memorization.scored)}")


def paired_differences(items: Sequence[Difference]) -> Table:
    """Every arm minus the standard arm, one row an arm; no rows where nothing was compared.

    Args:
        items: the differences of whole arms.
    """
    quantities = tuple(dict.fromkeys(item.quantity for item in items))
    pairs = dict.fromkeys((item.second, item.first) for item in items)
    rows = tuple(
        Row(second, tuple(_difference(items, quantity, second, first) for quantity in quantities), f"minus {first}")
        for second, first in pairs
    )
    reasons = tuple(f"{item.quantity}, {item.second}: {item.reason.rstrip('.')}." for item in items if item.reason)
    headers = tuple(quantity[:1].upper() + quantity[1:] for quantity in quantities)
    return Table("Paired differences: what the arm changes", "Arm", headers, rows, reasons)


def _difference(items: Sequence[Difference], quantity: str, second: str, first: str) -> Cell:
    asked = (quantity, second, first)
    found = next((item for item in items if (item.quantity, item.second, item.first) == asked), None)
    return difference(found) if found else absent()
