"""Rows as a Markdown table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks.machine import Machine
from benchmarks.rows import Row, Skipped, Spread

SCHEMA = 1
HEAD = (
    "| Measured | Ours | Against | Ratio | Target | |",
    "| :-- | --: | :-- | --: | --: | :-- |",
)


def markdown(machine: Machine, rows: Sequence[Row | Skipped]) -> str:
    """The table, with the machine it was measured on below.

    Args:
        machine: where the rows were measured.
        rows: one line each.
    """
    return "\n".join([*HEAD, *map(_line, rows), "", _foot(machine, rows)])


def document(machine: Machine, rows: Sequence[Row | Skipped]) -> dict[str, object]:
    """The same for a program; skipped rows have a reason and no figures.

    Args:
        machine: where the rows were measured.
        rows: one entry each.
    """
    return {
        "schema": SCHEMA,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.named(),
        "versions": dict(machine.versions),
        "rows": [_entry(row) for row in rows if isinstance(row, Row)],
        "skipped": [asdict(row) for row in rows if isinstance(row, Skipped)],
    }


def _entry(row: Row) -> dict[str, object]:
    repeats = row.ours.repeats
    return {**asdict(row), "repeats": repeats, "reached": row.reached}


def _line(row: Row | Skipped) -> str:
    if isinstance(row, Skipped):
        return f"| {row.name} | not measured: {row.reason} | | | | |"
    cells = (_name(row), f"{_figures(row.ours)} {row.unit}", _against(row), _ratio(row), _target(row), _verdict(row))
    return f"| {' | '.join(cells)} |"


def _name(row: Row) -> str:
    return row.name if row.models is None else f"{row.name}, {row.models:,} models"


def _against(row: Row) -> str:
    said = f"{row.against}: {_figures(row.baseline)} {row.unit}" if row.baseline else row.against
    return "; ".join(part for part in (said, row.note) if part)


def _ratio(row: Row) -> str:
    return _figures(row.ratio) if row.ratio else ""


def _target(row: Row) -> str:
    return f"{row.target.sense} {row.target.value:g}" if row.target else ""


def _verdict(row: Row) -> str:
    if row.target is None or row.ratio is None:
        return ""
    return "reached" if row.reached else f"short by {row.target.short_by(row.ratio.median):.0%}"


def _figures(spread: Spread) -> str:
    """The median, and where there is more than one measurement the lowest and the highest."""
    if spread.repeats == 1:
        return _short(spread.median)
    return f"{_short(spread.median)} ({_short(spread.low)} to {_short(spread.high)})"


def _short(value: float) -> str:
    """Three significant digits, never with an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def _foot(machine: Machine, rows: Sequence[Row | Skipped]) -> str:
    repeats = sorted({row.ours.repeats for row in rows if isinstance(row, Row)})
    said = f"Medians of {' or '.join(map(str, repeats))} repeats, sides in turn, lowest and highest in brackets. "
    return f"{said if repeats and repeats != [1] else ''}{machine.line()}"
