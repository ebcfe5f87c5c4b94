"""Canaries beside natural records."""

from __future__ import annotations

from collections.abc import Sequence

from reports.overview import Column, interval_name
from reports.result import Canaries, Estimate, Unit
from reports.tables import Cell, Row, Table, absent, proportion, score


def canaries_of(column: Column) -> Canaries | None:
    """What an arm's canaries show; None without canaries."""
    return column.arm.epsilon.canaries if column.arm.epsilon else None


def exposed(columns: Sequence[Column], confidence: float, few: bool = False) -> Table:
    """Figures of canaries beside those of natural records; no rows without canaries.

    Args:
        columns: the arms.
        confidence: two-sided confidence of the intervals, in (0, 1).
        few: leave out the false-positive rates that the overview does not show.
    """
    left_out = {"TPR at 10 % FPR", "TPR at 0.01 % FPR"} if few else set()
    every = [(column.title, one) for column in columns if (shown := canaries_of(column)) for one in shown.exposed]
    found = [(title, one) for title, one in every if one.quantity not in left_out]
    rows = tuple(
        Row(f"{title}, {one.quantity}", (_cell(one.canaries, one.unit), _cell(one.natural, one.unit)))
        for title, one in found
    )
    caption = f"Canaries beside natural records; with {interval_name(confidence)}"
    return Table(caption, "Arm and figure", ("Canaries", "Natural records"), rows)


def _cell(estimate: Estimate | None, unit: Unit) -> Cell:
    if estimate is None:
        return absent()
    return proportion(estimate) if unit == "rate" else score(estimate)
