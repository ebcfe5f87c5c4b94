"""What every attack reaches on every arm."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import Column, tpr_at
from reports.result import ArmResult, AttackResult
from reports.tables import Cell, Row, Table, absent, rate, score, tpr


def _attack(arm: ArmResult, name: str) -> AttackResult | None:
    return next((attack for attack in arm.attacks if attack.name == name), None)


MOST_DRAWN = 8
FAMILIES = ("gap", "loss", "population", "calibrated", "base", "rmia-online", "lira-online", "ensemble")
"""One attack of each family, from the cheapest on: what a figure can tell apart and a screen can hold."""


def representative(columns: Sequence[Column]) -> tuple[str, ...]:
    """Names of one attack of each family, and of the headline attack; fixed, never by what they reach.

    Args:
        columns: the arms.
    """
    headlines = tuple(column.headline for column in columns)
    return tuple(dict.fromkeys((*headlines, *FAMILIES)))[:MOST_DRAWN]


def attack_names(columns: Sequence[Column]) -> dict[str, str]:
    """Name -> title of every attack of any arm, in the order of the first arm that has it."""
    return {attack.name: attack.title for column in columns for attack in column.arm.attacks}


def _attack_cell(attack: AttackResult | None, fpr: float | None) -> Cell:
    """AUC where `fpr` is None, else the TPR at it."""
    if attack is None or attack.failed:
        return absent("failed" if attack else "not run")
    return score(attack.auc) if fpr is None else tpr(tpr_at(attack, fpr))


def attacks(columns: Sequence[Column], fpr: float | None, few: bool = False) -> Table:
    """One figure of every attack on every arm.

    Args:
        columns: the arms.
        fpr: the false-positive rate of the true-positive rates; None gives the AUC.
        few: the headline attack and one of each family alone.
    """
    every = attack_names(columns)
    shown = {name: title for name, title in every.items() if not few or name in representative(columns)}
    rows = tuple(
        Row(title, tuple(_attack_cell(_attack(column.arm, name), fpr) for column in columns))
        for name, title in shown.items()
    )
    which = "every attack" if len(shown) == len(every) else f"one attack of each family, of {len(every)}"
    caption = f"AUC of {which}" if fpr is None else f"TPR at {numbers.fpr(fpr)} FPR of {which}"
    notes = failures(columns) if fpr is None or not few else ()
    return Table(caption, "Attack", tuple(column.title for column in columns), rows, notes)


def failures(columns: Sequence[Column]) -> tuple[str, ...]:
    """Why attacks failed, a sentence for each reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        for attack in column.arm.attacks:
            if attack.failed:
                found.setdefault((column.title, attack.failed.rstrip(".")), []).append(attack.title)
    return tuple(f"{title}, {'; '.join(attacks)}: {reason}." for (title, reason), attacks in found.items())


def attack_details(column: Column) -> Table:
    """Every figure of every attack on one arm."""
    fprs = sorted({at.fpr for attack in column.arm.attacks for at in attack.tpr_at}, reverse=True)
    rows = tuple(_detail_row(attack, fprs) for attack in column.arm.attacks)
    headers = ("AUC", "Balanced accuracy", *(f"TPR at {numbers.fpr(fpr)} FPR" for fpr in fprs), "Single models: AUC")
    return Table(f"Every attack on the arm {column.title}", "Attack", headers, rows, failures((column,)))


def _detail_row(attack: AttackResult, fprs: Sequence[float]) -> Row:
    if attack.failed:
        return Row(attack.title, tuple(absent("failed") for _ in range(len(fprs) + 3)), hint=attack.source)
    tprs = tuple(tpr(tpr_at(attack, fpr)) for fpr in fprs)
    cells = (score(attack.auc), rate(attack.balanced_accuracy), *tprs, _spread(attack))
    return Row(attack.title, cells, hint=f"{attack.knowledge}. {attack.source}")


def _spread(attack: AttackResult) -> Cell:
    spread = attack.targets
    if spread is None or spread.targets < 2:
        return absent("one model" if spread else "not available")
    return Cell(
        numbers.decimal(spread.median), f"{numbers.decimal(spread.lowest)} to {numbers.decimal(spread.highest)}"
    )
