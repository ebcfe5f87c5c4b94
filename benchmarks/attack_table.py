"""`python -m benchmarks.attack_table RUN ...`: what every attack reached in finished runs, as Markdown tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.pipeline import load
from reports import numbers
from reports.attack_tables import attacks
from reports.overview import Column, columns_of
from reports.result import AttackResult, AuditResult, Estimate

FPRS = (0.01, 0.001)


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables, and whether the headline attack is at least as strong as each of the others.

    Args:
        words: the run folders; None takes the command line's.
    """
    runs = [load(Path(word)) for word in (words if words is not None else sys.argv[1:])]
    columns = [column for run in runs for column in named(run)]
    for fpr in (None, *FPRS):
        print(table(columns, fpr), end="\n\n")
    for fpr in FPRS:
        print(*(f"- {sentence}" for column in columns for sentence in stronger(column, fpr)), sep="\n", end="\n\n")


def named(run: AuditResult) -> list[Column]:
    """The arms of a run, headed by its data.

    Args:
        run: the result.
    """
    return [Column(f"{run.data.name}, {column.title}", column.arm, column.headline) for column in columns_of(run)]


def table(columns: Sequence[Column], fpr: float | None) -> str:
    """One figure of every attack, with its interval.

    Args:
        columns: the arms.
        fpr: the false-positive rate of the true-positive rates; None gives the AUC.
    """
    found = attacks(columns, fpr)
    head = [f"**{found.caption}**", "", f"| | {' | '.join(found.columns)} |", "| :-- |" + " --: |" * len(columns)]
    return "\n".join([*head, *(f"| {row.label} | {' | '.join(map(str, row.cells))} |" for row in found.rows)])


def stronger(column: Column, fpr: float) -> Iterator[str]:
    """Attacks whose true-positive rate the headline attack's interval does not reach up to; or that there is none.

    Args:
        column: the arm.
        fpr: the false-positive rate.
    """
    own = _rate(column.attack, fpr)
    if own is None:
        return
    others = [(attack.title, _rate(attack, fpr)) for attack in column.arm.attacks if attack.name != column.headline]
    ahead = [f"{title} {numbers.percent(rate.value)}" for title, rate in others if rate and rate.value > own.high]
    said = f"above its interval: {'; '.join(ahead)}" if ahead else "no attack lies above its interval"
    reached = f"{numbers.percent(own.value)} (up to {numbers.percent(own.high)})"
    yield f"{column.title}, TPR at {numbers.fpr(fpr)} FPR, {reached}: {said}"


def _rate(attack: AttackResult | None, fpr: float) -> Estimate | None:
    return next((at.tpr for at in attack.tpr_at if at.fpr == fpr), None) if attack else None


if __name__ == "__main__":
    main()
