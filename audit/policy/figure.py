"""Holds one figure against one limit: by its interval, or by its point where the policy says so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reports import numbers
from reports.outcome import Compared, LimitOutcome, Side, Verdict
from reports.result import Estimate

# A limit so close to the figure that this many times as many models would be needed is not called settleable.
MOST_TIMES = 100
WIDE = "the interval lies on both sides of the limit"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a figure.

    Attributes:
        side: whether the figure has to be below or above it.
        bound: the limit, in the unit of the figure.
        by: whether the interval or the point is held against it.
    """

    side: Side
    bound: float
    by: Compared = "interval"

    def kept(self, value: float) -> bool:
        """Whether a number is on the right side; the limit itself is."""
        return value <= self.bound if self.side == "at most" else value >= self.bound

    def verdict(self, figure: Estimate | float | None) -> Verdict:
        """Pass if all of the figure is on the right side, fail if none is, inconclusive otherwise.

        Args:
            figure: an estimate, a plain number, or None where there is none.
        """
        if figure is None:
            return "inconclusive"
        kept = {self.kept(end) for end in self.ends(figure)}
        return "inconclusive" if len(kept) == 2 else "pass" if True in kept else "fail"

    def ends(self, figure: Estimate | float) -> tuple[float, ...]:
        """The numbers that are held against the limit."""
        if not isinstance(figure, Estimate):
            return (figure,)
        return (figure.low, figure.high) if self.by == "interval" else (figure.value,)

    def excess(self, figure: Estimate | float) -> float:
        """How far the worst end of the figure lies beyond the limit; negative within it."""
        beyond = [end - self.bound for end in self.ends(figure)]
        return max(beyond) if self.side == "at most" else max(-one for one in beyond)


def held(
    name: str, arm: str, quantity: str, figure: Estimate | float | None, limit: Limit, models: int, why: str = ""
) -> LimitOutcome:
    """The outcome of one limit.

    Args:
        name: what the limit is called.
        arm: the arm, or `whole audit`.
        quantity: what is limited.
        figure: an estimate, a plain number, or None.
        limit: the limit.
        models: models an arm, to say how many would settle it.
        why: why there is no figure.
    """
    verdict = limit.verdict(figure)
    needed = (
        models_needed(figure, limit, models) if isinstance(figure, Estimate) and verdict == "inconclusive" else None
    )
    return LimitOutcome(
        limit=f"{name} {limit.side} {limit.bound:g}",
        arm=arm,
        quantity=quantity,
        bound=limit.bound,
        side=limit.side,
        compared=limit.by,
        estimate=figure if isinstance(figure, Estimate) else None,
        number=None if isinstance(figure, Estimate) else figure,
        verdict=verdict,
        explanation=_explained(figure, limit, verdict, needed, models, why),
        models_needed=needed,
    )


def models_needed(estimate: Estimate, limit: Limit, models: int) -> int | None:
    """Models an arm with which the interval would lie on one side, if the figure stays: it shrinks with 1/sqrt(models).

    Args:
        estimate: the figure, its interval on both sides of the limit.
        limit: the limit.
        models: models an arm now.

    Returns:
        An even number, or None where the interval does not range over models or the figure lies at the limit.
    """
    if not _over_models(estimate, models):
        return None
    room = abs(limit.bound - estimate.value)
    reach = estimate.high - estimate.value if estimate.value < limit.bound else estimate.value - estimate.low
    if room == 0 or (times := (reach / room) ** 2) > MOST_TIMES:
        return None
    return 2 * (math.floor(models * times / 2) + 1)


def _over_models(estimate: Estimate, models: int) -> bool:
    """Whether more models would narrow the interval: its n counts models or pairs, or its method says so."""
    return models > 1 and (estimate.n in (models, models // 2) or "ranges over models" in estimate.method)


def _explained(
    figure: Estimate | float | None, limit: Limit, verdict: Verdict, needed: int | None, models: int, why: str
) -> str:
    if figure is None:
        return why or "the audit has no such figure"
    if not isinstance(figure, Estimate):
        return f"the figure is {numbers.setting(figure)}, a plain number"
    if limit.by == "value":
        return "compared by the point, as the policy says; the interval was not looked at"
    if verdict != "inconclusive":
        return ""
    if needed is not None:
        return (
            f"{WIDE}: about {numbers.count(needed)} models an arm, in place of {numbers.count(models)}, would settle it"
        )
    if _over_models(figure, models):
        return f"{WIDE}, and the figure too close to it: {MOST_TIMES} times as many models might not settle it"
    return f"{WIDE}: a larger sample would narrow it"
