"""The outcome of a policy on a terminal."""

from __future__ import annotations

from rich.console import Console

from reports import numbers
from reports.result import Estimate, LimitOutcome, PolicyOutcome, Verdict
from reports.text import Page, printable

STYLES: dict[Verdict, str] = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}
SUMMARIES: dict[Verdict, str] = {
    "pass": "Pass: every limit holds.",
    "fail": "Fail: a limit is broken.",
    "inconclusive": "Inconclusive: no limit is shown to be broken, but not every limit is shown to hold.",
}


def render_check(outcome: PolicyOutcome, console: Console) -> None:
    """Print the verdict of a policy, then each limit with its figure.

    Args:
        outcome: the policy's outcome.
        console: where to print.
    """
    page = Page(console)
    page.heading("Policy")
    page.sentence(SUMMARIES[outcome.verdict], STYLES[outcome.verdict])
    for limit in outcome.limits:
        page.line()
        page.sentence(f"{limit.verdict}: {limit.limit}, {limit.arm}", STYLES[limit.verdict])
        if limit.estimate is not None:
            page.sentence(f"{measured(limit)}; limit {numbers.setting(limit.bound)}", indent=2)
        if limit.explanation:
            page.sentence(limit.explanation, "dim", indent=2)
    if outcome.digest:
        page.line()
        page.sentence(f"Policy {outcome.name}, SHA-256 {outcome.digest}", "dim")


def measured(limit: LimitOutcome) -> str:
    """What was measured against a limit: the quantity and its figure; empty where there is none.

    Args:
        limit: the outcome of one limit.
    """
    shown = figure(limit.estimate) if limit.estimate else "" if limit.number is None else numbers.setting(limit.number)
    return f"{limit.quantity}: {shown}" if shown else ""


def sentence(limit: LimitOutcome) -> str:
    """Figure, limit and explanation of an outcome on one line.

    Args:
        limit: the outcome of one limit.
    """
    shown = measured(limit)
    against = f"{shown}; limit {limit.side} {numbers.setting(limit.bound)}" if shown else limit.quantity
    return "; ".join(filter(None, (against, limit.explanation)))


def printable_outcome(outcome: PolicyOutcome) -> PolicyOutcome:
    """The outcome without control characters in its texts, for formats that other programs read.

    Args:
        outcome: the policy's outcome, whose names come from a file.
    """
    limits = tuple(limit.model_copy(update=_printed(limit)) for limit in outcome.limits)
    return outcome.model_copy(update={"limits": limits, "name": printable(outcome.name, "utf-8")})


def _printed(limit: LimitOutcome) -> dict[str, str]:
    return {key: printable(getattr(limit, key), "utf-8") for key in ("limit", "arm", "quantity", "explanation")}


def figure(estimate: Estimate) -> str:
    """The figure that was compared, with its interval, as a fraction like the limit itself."""
    return f"{numbers.decimal(estimate.value, 4)} ({numbers.decimal_limits(estimate, 4)})"
