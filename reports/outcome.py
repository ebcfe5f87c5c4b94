"""The outcome of a release policy: what `audit check` shows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, FiniteFloat

from reports.findings import Estimate, Part

Verdict = Literal["pass", "fail", "inconclusive"]
Side = Literal["at most", "at least"]
Compared = Literal["interval", "value"]
WHOLE_AUDIT = "whole audit"


class LimitOutcome(Part):
    """One limit of a policy against one arm; the interval is compared, unless the policy asks for the point.

    Attributes:
        limit: the limit's name, with the limit itself.
        arm: name of the arm; `whole audit` where the figure is that of no single arm.
        quantity: what is limited, in words or as a path into the result; of several figures, the one that decides.
        bound: the limit itself, in the unit of the figure.
        side: whether the figure has to be below the limit or above it.
        compared: `interval`, or `value` where the policy holds the point alone against the limit.
        estimate: the figure; None where it cannot be had, or is a plain number.
        number: the figure, where it is a plain number such as a count; None otherwise.
        verdict: `inconclusive` where the interval holds the bound, or where there is no figure.
        explanation: one sentence that says why; empty where figure and limit say it.
        models_needed: models an arm with which the interval would lie on one side of the limit, roughly and if the
            figure stays as it is; None where the limit is decided, or no such number is known.
    """

    limit: str
    arm: str
    quantity: str
    bound: FiniteFloat
    side: Side = "at most"
    compared: Compared = "interval"
    estimate: Estimate | None
    number: FiniteFloat | None = None
    verdict: Verdict
    explanation: str
    models_needed: int | None = Field(default=None, ge=1)


class PolicyOutcome(Part):
    """A whole policy against a whole result.

    Attributes:
        verdict: `fail` if any limit fails, else `inconclusive` if any is, else `pass`.
        limits: every limit's outcome, in the order of the policy.
        name: name of the policy's file, without its folders.
        digest: SHA-256 of the policy's file; empty where it is not known.
    """

    verdict: Verdict
    limits: tuple[LimitOutcome, ...]
    name: str = ""
    digest: str = ""
