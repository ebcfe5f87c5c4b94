"""What DP buys and costs: the arms from the most private on, and which of them another one beats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from reports import epsilon_cells
from reports.overview import LOW_FPR, Column, attack_title, tpr_at
from reports.result import Estimate
from reports.tables import Cell, Row, Table, absent, rate, score, tpr

FEWEST = 2
"""Arms with a guarantee, from which on there is a frontier to be seen."""


def price_table(columns: Sequence[Column]) -> Table:
    """Privacy against accuracy, the most private arm first; no rows with fewer than two arms under DP.

    Args:
        columns: the arms, of one run or of several.
    """
    private = [column for column in columns if column.arm.guarantee]
    shown = sorted(columns, key=_promise) if len(private) >= FEWEST else []
    rows = tuple(Row(column.title, _cells(column)) for column in shown)
    headers = ("Epsilon", "Test accuracy", "Memorized tenth", "TPR, 0.1 % FPR", "AUC")
    caption = f"What DP buys and costs, the most private first; attack: {attack_title(columns)}"
    return Table(caption, "Arm", headers, rows, tuple(_beaten(shown)))


def _promise(column: Column) -> float:
    return column.arm.guarantee.epsilon if column.arm.guarantee else math.inf


def _cells(column: Column) -> tuple[Cell, ...]:
    utility = column.arm.utility
    return (
        Cell(epsilon_cells.claimed(column.arm.guarantee).text) if column.arm.guarantee else absent("none"),
        rate(utility.test_accuracy) if utility else absent(),
        rate(utility.memorized_decile_accuracy) if utility else absent(),
        tpr(tpr_at(column.attack, LOW_FPR)),
        score(column.attack.auc if column.attack else None),
    )


def _beaten(shown: Sequence[Column]) -> Iterator[str]:
    """Arms off the frontier, beyond the intervals: another is more accurate and leaks less."""
    for column in shown:
        better = [other.title for other in shown if other is not column and _beats(other, column)]
        if better:
            yield f"{column.title}: {better[0]} is more accurate and leaks less, beyond the intervals of both."


def _beats(one: Column, other: Column) -> bool:
    accuracies, leaks = [_accuracy(column) for column in (one, other)], [_leak(column) for column in (one, other)]
    if None in accuracies or None in leaks:
        return False
    return _clear(accuracies[1], accuracies[0]) and _clear(leaks[0], leaks[1])


def _accuracy(column: Column) -> Estimate | None:
    return column.arm.utility.test_accuracy if column.arm.utility else None


def _leak(column: Column) -> Estimate | None:
    return column.attack.auc if column.attack else None


def _clear(lower: Estimate | None, higher: Estimate | None) -> bool:
    return lower is not None and higher is not None and lower.high < higher.low
