"""The answer in two sentences: what was found, and what DP makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.numbers import count, percent
from reports.result import ArmResult, Difference, Estimate, TprAtFpr


def summary(arms: Sequence[ArmResult], differences: Sequence[Difference], headline: str) -> tuple[str, str]:
    """What a reader takes away who reads no more.

    Args:
        arms: the standard arm first.
        differences: paired, each arm against the standard arm.
        headline: name of the pre-declared attack.
    """
    return _found(arms[0], headline), _with_dp(arms, differences, headline)


def _found(arm: ArmResult, headline: str) -> str:
    who = "Trained without DP, this recipe" if arm.recipe else "This recipe, by its models' outputs,"
    memory = arm.memorization
    memorizes = (
        f"{who} memorizes {count(memory.memorized_by_interval)} of {count(memory.scored)} records"
        if memory and memory.memorized_by_interval
        else f"{who} is not shown to memorize any record"
    )
    point = lowest(arm, headline)
    return f"{memorizes}, and {_attacker(point) if point else refused(arm, headline)}."


def refused(arm: ArmResult, headline: str) -> str:
    """Why the sample cannot carry a headline, and which size could, a clause.

    Args:
        arm: an arm without any resolved false-positive rate.
        headline: name of the pre-declared attack.
    """
    attack = next((one for one in arm.attacks if one.name == headline), None)
    easiest = max(attack.tpr_at, key=lambda point: point.fpr, default=None) if attack else None
    failed = (attack.failed if attack else None) or "not run"
    why = easiest.reason if easiest and easiest.reason else failed
    return f"what an attacker finds with few false accusations cannot be told: {why.rstrip('.')}"


def lowest(arm: ArmResult, headline: str) -> TprAtFpr | None:
    """The headline attack at the lowest false-positive rate that the sample resolves; None if there is none."""
    attack = next((one for one in arm.attacks if one.name == headline), None)
    resolved = [point for point in attack.tpr_at if point.tpr is not None] if attack else []
    return min(resolved, key=lambda point: point.fpr, default=None)


def _attacker(point: TprAtFpr) -> str:
    assert point.tpr is not None
    against = "" if point.tpr.low > point.fpr else ", which is not shown to be more than guessing finds"
    return (
        f"an attacker who wrongly accuses one in {1 / point.fpr:,.0f} finds {percent(point.tpr.value)} of all training "
        f"records{against}"
    )


def _with_dp(arms: Sequence[ArmResult], differences: Sequence[Difference], headline: str) -> str:
    private = [arm for arm in arms if arm.guarantee]
    broken = [arm.name for arm in private if arm.epsilon and _verdict_of(arm) == "violated"]
    if broken:
        return f"Do not rely on the guarantee of {', '.join(broken)}: this audit proves that it does not hold."
    if not private:
        known = "With DP this was not measured" if arms[0].recipe else "Whether DP was used is not in a file of outputs"
        return f"{known}: `audit run --dp-eps 8` shows what DP protects and what it costs."
    return f"{_effects(arms[0], private, headline)}, {_prices(private, differences)}, and {_tested(private)}."


def _verdict_of(arm: ArmResult) -> str:
    return arm.epsilon.self_check.verdict if arm.epsilon and arm.epsilon.self_check else ""


def _effects(standard: ArmResult, private: Sequence[ArmResult], headline: str) -> str:
    """What an attacker still finds, at the false-positive rate that was named before."""
    reference = lowest(standard, headline)
    found = [_same_rate(arm, headline, reference) for arm in private]
    known = [(arm, tpr) for arm, tpr in zip(private, found, strict=True) if tpr]
    if not known:
        return "With DP it cannot be resolved what he finds"
    parts = ", ".join(f"{percent(tpr.value)} at epsilon {_epsilon(arm)}" for arm, tpr in known)
    return f"With DP he finds {parts}"


def _same_rate(arm: ArmResult, headline: str, reference: TprAtFpr | None) -> Estimate | None:
    attack = next((one for one in arm.attacks if one.name == headline), None)
    points = attack.tpr_at if attack and reference else ()
    return next((point.tpr for point in points if reference and point.fpr == reference.fpr), None)


def _prices(private: Sequence[ArmResult], differences: Sequence[Difference]) -> str:
    costs = {d.second: d.estimate.value for d in differences if d.quantity == "test accuracy" and d.estimate}
    if not costs:
        return "its price in accuracy is not known"
    parts = ", ".join(f"{100 * costs[arm.name]:+.1f}" for arm in private if arm.name in costs)
    return f"its price in points of accuracy is {parts}"


def _tested(private: Sequence[ArmResult]) -> str:
    untested = [_epsilon(arm) for arm in private if _verdict_of(arm) != "consistent"]
    if not untested:
        return "nothing contradicts its guarantee"
    return f"whether the guarantee of epsilon {', '.join(untested)} holds was not tested"


def _epsilon(arm: ArmResult) -> str:
    return f"{arm.guarantee.target_epsilon:g}" if arm.guarantee else ""
