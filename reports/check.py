"""The outcome of a policy on a terminal."""

from __future__ import annotations

from rich.console import Console

from reports import numbers
from reports.result import Estimate, PolicyOutcome, Verdict
from reports.text import Page

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
        page.console.print()
        page.sentence(f"{limit.verdict}: {limit.limit}, {limit.arm}", STYLES[limit.verdict])
        if limit.estimate is not None:
            page.sentence(f"{limit.quantity}: {figure(limit.estimate)}; limit {numbers.setting(limit.bound)}", indent=2)
        page.sentence(limit.explanation, "dim", indent=2)


def figure(estimate: Estimate) -> str:
    """The figure that was compared, with its interval, as a fraction like the limit itself."""
    return f"{numbers.decimal(estimate.value, 4)} ({numbers.decimal_limits(estimate, 4)})"
