"""Epsilon as it is claimed, and what the claim caps beside what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import HEADLINE_FPRS, Column, interval_name
from reports.result import ArmResult, Cap
from reports.tables import MEMORIZATION_DIGITS, Cell, Row, Table, absent, proportion, score


def claims(columns: Sequence[Column]) -> Table | None:
    """Epsilon as the accountants of the arms with a guarantee have it; None where no arm has one.

    Args:
        columns: the arms.
    """
    columns = [column for column in columns if column.arm.guarantee]
    if not columns:
        return None
    lines = [_claim_cells(column.arm) for column in columns]
    rows = tuple(Row(label, tuple(line[label] for line in lines)) for label in lines[0])
    return Table("Epsilon claimed, by two accountants", "", tuple(column.title for column in columns), rows)


def _claim_cells(arm: ArmResult) -> dict[str, Cell]:
    guarantee = arm.guarantee
    if guarantee is None:
        return {}
    return {
        "Epsilon asked for": Cell(numbers.rounded_up(guarantee.target_epsilon)),
        "Epsilon claimed": Cell(numbers.rounded_up(guarantee.epsilon), guarantee.accountant),
        "Second accountant": Cell(numbers.rounded_up(guarantee.second_epsilon), guarantee.second_accountant),
        "Delta": Cell(numbers.small(guarantee.delta)),
        "Neighbours": Cell(guarantee.relation),
        "Noise multiplier": Cell(numbers.setting(guarantee.noise_multiplier)),
        "Clipping norm": Cell(numbers.setting(guarantee.max_grad_norm)),
        "Sample rate": Cell(numbers.setting(guarantee.sample_rate)),
        "Steps": Cell(numbers.count(guarantee.steps)),
    }


def caps(columns: Sequence[Column], confidence: float, few: bool = False) -> Table:
    """What the guarantees cap, beside what was measured; no rows without DP.

    Args:
        columns: the arms.
        confidence: two-sided confidence of the intervals, in (0, 1).
        few: leave out the false-positive rates that the overview does not show.
    """
    every = [(column.title, cap) for column in columns if column.arm.epsilon for cap in column.arm.epsilon.caps]
    found = [(title, cap) for title, cap in every if not few or cap.fpr is None or cap.fpr in HEADLINE_FPRS]
    rows = tuple(Row(f"{title}, {cap_name(cap)}", _cap_cells(cap)) for title, cap in found)
    caption = f"What the guarantee caps, and what was measured; with {interval_name(confidence)}"
    notes = tuple(note for column in columns for note in _above_cap(column))
    return Table(caption, "Arm and figure", ("Cap", "Measured", "Measured over"), rows, notes)


def cap_name(cap: Cap) -> str:
    """What is capped, with the false-positive rate of a true-positive rate."""
    return cap.quantity if cap.fpr is None or "FPR" in cap.quantity else f"{cap.quantity} at {numbers.fpr(cap.fpr)} FPR"


def _cap_cells(cap: Cap) -> tuple[Cell, ...]:
    over = Cell("highest record" if cap.of_most else "mean of records") if cap.measured else absent("nothing")
    if cap.fpr is not None:
        return Cell(numbers.percent_cap(cap.cap)), proportion(cap.measured) if cap.measured else absent(), over
    return Cell(numbers.cap(cap.cap, MEMORIZATION_DIGITS)), score(cap.measured, MEMORIZATION_DIGITS), over


def _above_cap(column: Column) -> tuple[str, ...]:
    """How many records are above the cap on memorization, and how high a cap could have been refuted."""
    memorization = column.arm.memorization
    if memorization is None or memorization.cap is None:
        return ()
    above = numbers.count(len(memorization.cap_violations)) or "none"
    provable = memorization.cap_provable
    reach = f"caps below {numbers.decimal(provable, 2)}" if provable else "no cap"
    limit = "" if provable is None else f"; these models could refute {reach}"
    return (f"{column.title}: records above the cap on memorization beyond doubt: {above}{limit}.",)
