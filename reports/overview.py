"""The arms side by side: the one table that every format opens with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reports import epsilon_cells, numbers
from reports.result import ArmResult, AttackResult, AuditResult, SelfCheck, TprAtFpr
from reports.tables import MEMORIZATION_DIGITS, Cell, Row, Table, absent, rate, score, tpr

LOW_FPR = 0.001
HEADLINE_FPRS = (0.01, LOW_FPR)


@dataclass(frozen=True, slots=True)
class Column:
    """An arm as a column of a table.

    Attributes:
        title: how the column is headed.
        arm: the arm.
        headline: name of the attack whose figures stand for leakage.
    """

    title: str
    arm: ArmResult
    headline: str

    @property
    def attack(self) -> AttackResult | None:
        """The headline attack on this arm; None where it is not among the attacks."""
        return next((attack for attack in self.arm.attacks if attack.name == self.headline), None)


def columns_of(result: AuditResult) -> tuple[Column, ...]:
    """One column an arm, the standard arm first."""
    return tuple(Column(arm.name, arm, result.headline) for arm in result.arms)


def attack_title(columns: Sequence[Column]) -> str:
    """Name of the headline attack for a reader."""
    titles = {column.attack.title for column in columns if column.attack}
    return " / ".join(sorted(titles)) or "headline attack"


def tpr_at(attack: AttackResult | None, fpr: float) -> TprAtFpr | None:
    """What an attack reaches at a false-positive rate; None where it was not asked for."""
    measured = attack.tpr_at if attack else ()
    return next((at for at in measured if math.isclose(at.fpr, fpr)), None)


def lowest_resolved(columns: Sequence[Column]) -> float:
    """The lowest false-positive rate at which the headline attack on the first arm is resolved: the verdict's."""
    attack = columns[0].attack if columns else None
    return min((at.fpr for at in (attack.tpr_at if attack else ()) if at.tpr), default=LOW_FPR)


def _test_accuracy(column: Column) -> Cell | None:
    utility = column.arm.utility
    return rate(utility.test_accuracy) if utility and utility.test_accuracy else None


def _memorized_decile(column: Column) -> Cell | None:
    utility = column.arm.utility
    return rate(utility.memorized_decile_accuracy) if utility and column.arm.memorization else None


def _discovered(column: Column) -> Cell | None:
    memorization = column.arm.memorization
    if memorization is None:
        return None
    return Cell(numbers.count(memorization.discovered), f"of {numbers.count(memorization.scored)}")


def _memorized(column: Column) -> Cell | None:
    memorization = column.arm.memorization
    if memorization is None:
        return None
    return Cell(numbers.count(memorization.memorized), f"{numbers.expected(memorization.expected_by_noise)} by chance")


def _claimed(column: Column) -> Cell | None:
    return epsilon_cells.claimed(column.arm.guarantee) if column.arm.guarantee or column.arm.recipe else None


def _proved(column: Column) -> Cell | None:
    epsilon = column.arm.epsilon
    if epsilon is None:
        return absent() if column.arm.memorization else None
    return epsilon_cells.proved(epsilon)


def checks_of(columns: Sequence[Column]) -> tuple[tuple[str, SelfCheck], ...]:
    """Titles and self-checks of the arms that have one."""
    found = ((column.title, column.arm.epsilon.self_check if column.arm.epsilon else None) for column in columns)
    return tuple((title, check) for title, check in found if check)


def _self_check(column: Column) -> Cell:
    check = column.arm.epsilon.self_check if column.arm.epsilon else None
    return epsilon_cells.self_check(check, column.arm.guarantee)


def _cap(column: Column) -> Cell | None:
    memorization = column.arm.memorization
    if memorization is None or memorization.cap is None:
        return absent("none") if column.arm.recipe else None
    return Cell(numbers.cap(memorization.cap, MEMORIZATION_DIGITS))


def _highest(column: Column) -> Cell | None:
    memorization = column.arm.memorization
    return score(memorization.highest, MEMORIZATION_DIGITS) if memorization else None


def _tpr_row(fpr: float) -> tuple[str, str, Callable[[Column], Cell]]:
    hint = f"members that the attack finds while it wrongly accuses {numbers.fpr(fpr)} of the others"
    return f"TPR at {numbers.fpr(fpr)} FPR", hint, lambda column: tpr(tpr_at(column.attack, fpr))


def _quantities(checked: bool, fprs: Sequence[float]) -> list[tuple[str, str, Callable[[Column], Cell | None]]]:
    """Label, hint and cell of every row; no cell where the arm has no such figure at all."""
    check = (
        "DP self-check",
        "whether what was measured could come from training with the claimed epsilon",
        _self_check,
    )
    return [
        ("Test accuracy", "right answers on new records", _test_accuracy),
        (
            "Accuracy, memorized tenth",
            "right answers, while left out, on the tenth of the records that the standard arm memorizes most; a larger "
            "pool finds this tenth more surely, and the figure falls",
            _memorized_decile,
        ),
        (
            "Memorized records",
            "records shown to be answered right far more often when trained on (false discovery rate 5 %)",
            _discovered,
        ),
        ("Memorized, plain count", "records whose point estimate says so, luck included", _memorized),
        (
            "Highest memorization",
            "the most memorized record: 0 none, 1 entirely; what other models would be expected to show, with limits "
            "that pay for its being the highest",
            _highest,
        ),
        ("Memorization cap", "the highest memorization that the claimed epsilon allows", _cap),
        (
            "Attack AUC",
            "0.5 is a coin; 1 tells every member from every non-member",
            lambda c: score(c.attack.auc if c.attack else None),
        ),
        *(_tpr_row(fpr) for fpr in fprs),
        ("Epsilon claimed", "the privacy loss that the accountant promises not to exceed", _claimed),
        (
            "Epsilon proved, at least",
            "the privacy loss that this audit proves, and the most it could; nothing proved is no proof of privacy",
            _proved,
        ),
        *([check] if checked else []),
    ]


def overview(columns: Sequence[Column], confidence: float) -> Table:
    """Utility, memorization, leakage and epsilon of every arm.

    Args:
        columns: the arms.
        confidence: two-sided confidence of the intervals, in (0, 1).
    """
    fprs = sorted({*HEADLINE_FPRS, max(lowest_resolved(columns), LOW_FPR)}, reverse=True)
    quantities = _quantities(any(column.arm.guarantee for column in columns), fprs)
    found = [(label, hint, [cell(column) for column in columns]) for label, hint, cell in quantities]
    rows = tuple(
        Row(label, tuple(cell or absent() for cell in cells), hint=hint) for label, hint, cells in found if any(cells)
    )
    caption = f"Arms side by side; attack: {attack_title(columns)}; with {interval_name(confidence)}"
    return Table(caption, "", tuple(column.title for column in columns), rows, _notes(columns))


def interval_name(confidence: float) -> str:
    """What the intervals of a report are, `95 % intervals`."""
    return f"{numbers.fpr(confidence)} intervals"


def _notes(columns: Sequence[Column]) -> tuple[str, ...]:
    """Why the headline attack has no figure, where it has none."""
    reasons = []
    for column in columns:
        attack = column.attack
        if attack is None or attack.failed:
            reason = attack.failed if attack else f"{column.headline} is not among the attacks"
            reasons.append(f"{column.title}: no attack figures: {reason}.")
        for fpr in HEADLINE_FPRS:
            at = tpr_at(attack, fpr)
            if at and at.tpr is None:
                reasons.append(f"{column.title}, TPR at {numbers.fpr(fpr)} FPR: {at.reason.rstrip('.')}.")
    return tuple(reasons)
