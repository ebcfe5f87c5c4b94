"""Epsilon claimed, checked and proved, and what it caps."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import Column, highest_memorization, interval_name, tpr_at
from reports.result import ArmResult
from reports.tables import MEMORIZATION_DIGITS, Cell, Row, Table, absent, score, tpr


def epsilons(columns: Sequence[Column], confidence: float) -> Table | None:
    """Epsilon claimed, checked and proved of the arms with a guarantee; None where no arm has one."""
    columns = [column for column in columns if column.arm.guarantee]
    if not columns:
        return None
    lines = [_epsilon_cells(column) for column in columns]
    rows = tuple(Row(label, tuple(line[label] for line in lines)) for label in lines[0])
    caption = f"Epsilon, and what it caps; with {interval_name(confidence)}"
    return Table(caption, "", tuple(column.title for column in columns), rows, tuple(map(_bound_note, columns)))


def _epsilon_cells(column: Column) -> dict[str, Cell]:
    guarantee, bound, row = column.arm.guarantee, column.arm.bound, highest_memorization(column.arm)
    if guarantee is None:
        return {}
    cells = {
        "Epsilon asked for": Cell(numbers.rounded_up(guarantee.target_epsilon)),
        "Epsilon claimed": Cell(numbers.rounded_up(guarantee.epsilon), guarantee.accountant),
        "Second accountant": Cell(numbers.rounded_up(guarantee.second_epsilon), guarantee.second_accountant),
        "Delta": Cell(numbers.small(guarantee.delta)),
        "Epsilon proved, at least": _proved(column),
        "Most that was provable": Cell(numbers.rounded_down(bound.most_provable)) if bound else absent(),
        "Memorization cap": Cell(numbers.cap(guarantee.memorization_cap, MEMORIZATION_DIGITS)),
        "Highest memorization measured": score(row.memorization if row else None, MEMORIZATION_DIGITS),
        "Records above the cap beyond doubt": _above_cap(column.arm),
    }
    for fpr, highest in guarantee.tpr_caps:
        cells[f"TPR cap at {numbers.fpr(fpr)} FPR"] = Cell(f"{numbers.percent(highest)}")
        cells[f"TPR measured at {numbers.fpr(fpr)} FPR"] = tpr(tpr_at(column.attack, fpr))
    return cells | _noise_cells(column.arm)


def _above_cap(arm: ArmResult) -> Cell:
    return Cell(numbers.count(len(arm.memorization.cap_violations))) if arm.memorization else absent()


def _proved(column: Column) -> Cell:
    bound = column.arm.bound
    if bound is None:
        return absent()
    confidence = f"{numbers.fpr(bound.confidence)} confidence"
    return Cell(numbers.rounded_down(bound.epsilon) if bound.epsilon > 0 else "nothing", confidence)


def _noise_cells(arm: ArmResult) -> dict[str, Cell]:
    guarantee = arm.guarantee
    if guarantee is None:
        return {}
    return {
        "Neighbours": Cell(guarantee.relation),
        "Noise multiplier": Cell(numbers.setting(guarantee.noise_multiplier)),
        "Clipping norm": Cell(numbers.setting(guarantee.max_grad_norm)),
        "Sample rate": Cell(numbers.setting(guarantee.sample_rate)),
        "Steps": Cell(numbers.count(guarantee.steps)),
    }


def _bound_note(column: Column) -> str:
    bound = column.arm.bound
    if bound is None:
        return f"{column.title}: no lower bound was computed."
    record = f"; record {bound.record_id}" if bound.record_id else ""
    return f"{column.title}, proved: {bound.method}; {bound.selection}{record}; delta {numbers.small(bound.delta)}."
