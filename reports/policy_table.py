"""What a policy makes of a result: the verdict in words, every limit, and what would settle the open ones."""

from __future__ import annotations

from dataclasses import dataclass

from reports import numbers
from reports.check import SUMMARIES, measured
from reports.result import LimitOutcome, PolicyOutcome, Verdict
from reports.tables import Cell, Row, Table, absent

MARKS: dict[Verdict, str] = {"pass": "✓", "fail": "✗", "inconclusive": "?"}
WORDS: dict[Verdict, str] = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A policy's verdict as a page shows it.

    Attributes:
        verdict: the verdict, for the style.
        mark: a sign for it, so that no one needs to see colours.
        sentence: the verdict in a sentence.
        settle: what would settle the limits that are open, a sentence each.
        limits: every limit's outcome.
    """

    verdict: Verdict
    mark: str
    sentence: str
    settle: tuple[str, ...]
    limits: Table


def judged(outcome: PolicyOutcome) -> Judged:
    """A policy's verdict with all that stands behind it.

    Args:
        outcome: the policy's outcome.
    """
    _, _, rest = SUMMARIES[outcome.verdict].partition(": ")
    settle = tuple(_settle(limit) for limit in outcome.limits if limit.verdict == "inconclusive")
    sentence = f"{WORDS[outcome.verdict]}: {rest}"
    return Judged(outcome.verdict, MARKS[outcome.verdict], sentence, settle, _limits(outcome))


def _settle(limit: LimitOutcome) -> str:
    """Why a limit is open, and what would close it."""
    why = limit.explanation.rstrip(".") or "the interval holds the limit"
    return f"{limit.limit}, {limit.arm}: {why}."


def policy_sentence(outcome: PolicyOutcome | None) -> str:
    """What a policy makes of a result, in a sentence; or that there was none.

    Args:
        outcome: None where no policy was given.
    """
    if outcome is None:
        return "No policy given: the report states facts and judges nothing."
    return f"Policy {outcome.name}: {judged(outcome).sentence}".replace("Policy :", "Policy:")


def _limits(outcome: PolicyOutcome) -> Table:
    rows = tuple(Row(limit.limit, _cells(limit)) for limit in outcome.limits)
    headers = ("Arm", "Outcome", "Limit", "Measured", "Why")
    return Table(f"Every limit of the policy {outcome.name}".rstrip(), "Limit of the policy", headers, rows)


def _cells(limit: LimitOutcome) -> tuple[Cell, ...]:
    figure = measured(limit)
    return (
        Cell(limit.arm),
        Cell(f"{MARKS[limit.verdict]} {WORDS[limit.verdict]}", loud=limit.verdict == "fail"),
        Cell(f"{limit.side} {numbers.setting(limit.bound)}"),
        Cell(figure) if figure else absent(limit.quantity),
        Cell(limit.explanation),
    )
