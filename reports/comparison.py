"""What `audit compare` shows: arms of several runs and the paired differences between them."""

from __future__ import annotations

from reports.result import ArmResult, Difference, Part, Rate


class ComparedArm(Part):
    """An arm of a run.

    Attributes:
        run: name of the run.
        headline: name of the run's pre-declared attack.
        arm: the arm.
    """

    run: str
    headline: str
    arm: ArmResult


class Comparison(Part):
    """Arms of one or more runs, side by side.

    Attributes:
        confidence: two-sided confidence of all intervals.
        arms: the arms, in the order to show.
        differences: paired where the arms share their memberships.
        warnings: what limits the comparison, in sentences.
    """

    confidence: Rate
    arms: tuple[ComparedArm, ...]
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()
