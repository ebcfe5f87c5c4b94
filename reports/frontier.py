"""What every arm pays in accuracy and what it still leaks, as points that can be drawn or listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import numbers
from reports.overview import LOW_FPR, Column, tpr_at
from reports.result import Estimate, Utility


@dataclass(frozen=True, slots=True)
class Leak:
    """The figure that leakage is read by.

    Attributes:
        title: what it is.
        by_arm: one an arm, in their order; None where an arm has none.
        percent: whether it is a rate.
        guessing: what an attack reaches that knows nothing.
    """

    title: str
    by_arm: tuple[Estimate | None, ...]
    percent: bool
    guessing: float


@dataclass(frozen=True, slots=True)
class Point:
    """An arm on the frontier.

    Attributes:
        number: its place among the arms.
        name: how it is named in the figure.
        accuracy: what it gets right.
        leak: what it leaks.
        epsilon: what it claims; None without DP.
        control: whether it is there to separate causes.
    """

    number: int
    name: str
    accuracy: Estimate
    leak: Estimate
    epsilon: float | None
    control: bool


def has_dp(columns: Sequence[Column]) -> bool:
    """Whether any arm is trained with DP, so that there is a price to speak of."""
    return any(column.arm.guarantee for column in columns)


def leak_of(columns: Sequence[Column]) -> Leak:
    """The TPR at a low FPR where all arms with an attack resolve one above 0, else the AUC.

    Args:
        columns: the arms.
    """
    attacked = [column for column in columns if column.attack and column.attack.auc]
    at_low = tuple(at.tpr if (at := tpr_at(column.attack, LOW_FPR)) else None for column in columns)
    found = {column.title: tpr for column, tpr in zip(columns, at_low, strict=True)}
    if attacked and all((tpr := found[column.title]) and tpr.value > 0 for column in attacked):
        return Leak(f"members found (TPR at {numbers.fpr(LOW_FPR)} FPR)", at_low, True, LOW_FPR)
    aucs = tuple(column.attack.auc if column.attack else None for column in columns)
    return Leak("attack AUC", aucs, False, 0.5)


def frontier(columns: Sequence[Column], leak: Leak, memorized: bool) -> tuple[Point, ...]:
    """The arms that have both figures.

    Args:
        columns: the arms.
        leak: the figure that leakage is read by.
        memorized: accuracy on the tenth of the records that the standard arm memorizes most, else on the test set.
    """
    found = []
    for number, (column, leaked) in enumerate(zip(columns, leak.by_arm, strict=True)):
        accuracy = _accuracy(column.arm.utility, memorized)
        if accuracy and leaked:
            guarantee, control = column.arm.guarantee, column.arm.kind == "control"
            epsilon = guarantee.epsilon if guarantee else None
            found.append(Point(number, column.title, accuracy, leaked, epsilon, control))
    return tuple(found)


def _accuracy(utility: Utility | None, memorized: bool) -> Estimate | None:
    if utility is None:
        return None
    return utility.memorized_decile_accuracy if memorized else utility.test_accuracy
