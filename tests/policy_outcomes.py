"""A policy's outcome with everything that can be in one, for the reports."""

from __future__ import annotations

from sample_result import sample

from reports.outcome import LimitOutcome, PolicyOutcome

HOSTILE = '<b>&"\x1b[31m\x07\ud800 name'


def outcome(hostile: str = "members found in the worst group") -> PolicyOutcome:
    """A pass, a fail and two inconclusive limits on two arms, a broken guarantee, and one of the whole audit."""
    standard, dp = sample().arms
    accuracy = {
        "limit": "test accuracy at least 0.902",
        "quantity": "test accuracy",
        "bound": 0.902,
        "side": "at least",
    }
    unsettled = "the interval lies on both sides of the limit: about 890 models an arm, in place of 64, would settle it"
    limits = (
        LimitOutcome(
            arm="standard", estimate=standard.utility.test_accuracy, verdict="pass", explanation="", **accuracy
        ),
        LimitOutcome(
            limit=f"{hostile} at most 0.07",
            arm="standard",
            quantity="leakage.by_group.9.found",
            bound=0.07,
            estimate=standard.leakage.by_group[0].found,
            verdict="fail",
            explanation="the one of 10 figures that decides",
        ),
        LimitOutcome(
            arm="dp-eps-8",
            estimate=dp.utility.test_accuracy,
            verdict="inconclusive",
            explanation=unsettled,
            models_needed=890,
            **accuracy,
        ),
        LimitOutcome(
            limit="the guarantee of DP holds",
            arm="dp-eps-8",
            quantity="DP self-check",
            bound=0.0,
            estimate=None,
            verdict="fail",
            explanation="The record r7 gives it away.",
        ),
        LimitOutcome(
            limit="differences.*.estimate at most 1",
            arm="whole audit",
            quantity="differences.test accuracy, class 4.estimate",
            bound=1,
            estimate=None,
            verdict="inconclusive",
            explanation="no test record",
        ),
        LimitOutcome(
            limit="data.records at least 1000",
            arm="whole audit",
            quantity="data.records",
            bound=1000,
            side="at least",
            estimate=None,
            number=1437,
            verdict="pass",
            explanation="the figure is 1437, a plain number",
        ),
    )
    return PolicyOutcome(verdict="fail", limits=limits, name="my policy.yaml", digest="ab" * 32)
