"""The outcome of a release policy: what `audit check` shows."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.findings import Estimate, Part

Verdict = Literal["pass", "fail", "inconclusive"]


class LimitOutcome(Part):
    """One limit of a policy against one arm; the interval is compared, not the point.

    Attributes:
        limit: the limit's name in the policy file.
        arm: name of the arm.
        quantity: what is limited, in words.
        bound: the limit itself, in the unit of the estimate.
        estimate: the figure; None where it cannot be had.
        verdict: `inconclusive` where the interval holds the bound, or where there is no figure.
        explanation: one sentence that says why.
    """

    limit: str
    arm: str
    quantity: str
    bound: FiniteFloat
    estimate: Estimate | None
    verdict: Verdict
    explanation: str


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
