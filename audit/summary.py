"""The answer in two sentences: what was found, and what DP makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from audit.verdict import too_few, useless
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
    who = "Trained without DP, this recipe" if arm.recipe else "By its models' outputs, this recipe"
    point = lowest(arm, headline)
    leaks = _attacker(point) if point else refused(arm, headline)
    return f"{_memorizes(who, arm)}, and {leaks}."


def _memorizes(who: str, arm: ArmResult) -> str:
    """How many records are memorized, or why that cannot be said, a clause."""
    memory, useless_models = arm.memorization, arm.utility is not None and arm.utility.learnt_nothing
    if memory is None:
        whose = "one model" if arm.models == 1 else "these outputs"
        return f"What is memorized cannot be read from {whose}"
    memorizes = f"memorizes {count(memory.discovered)} of {count(memory.scored)} records"
    if arm.utility and useless_models and memory.discovered:
        return f"WARNING: {useless(arm.utility)}; {who[0].lower()}{who[1:]} {memorizes}"
    if memory.discovered:
        return f"{who} {memorizes}"
    if arm.utility and useless_models:
        return f"WARNING: {useless(arm.utility)}, so this audit says nothing about models that work"
    return f"{who} is not shown to memorize any record{too_few(arm)}"


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
        if arms[0].recipe:
            return "With DP this was not measured: the same command with --dp-eps 8 shows what it protects and costs."
        return "A file of outputs does not say whether DP was used; outputs of models with DP show what it protects."
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
    unshown = [arm for arm, tpr in known if reference and tpr.low <= reference.fpr]
    if not unshown:
        return f"With DP he finds {parts}"
    which = "" if len(unshown) == len(known) else f" at epsilon {_listed(unshown)}"
    return f"With DP he finds {parts}, which{which} is not shown to be more than guessing finds"


def _same_rate(arm: ArmResult, headline: str, reference: TprAtFpr | None) -> Estimate | None:
    attack = next((one for one in arm.attacks if one.name == headline), None)
    points = attack.tpr_at if attack and reference else ()
    return next((point.tpr for point in points if reference and point.fpr == reference.fpr), None)


def _prices(private: Sequence[ArmResult], differences: Sequence[Difference]) -> str:
    """What each DP arm costs or gains in test accuracy, and whether it has learnt anything at all, a clause."""
    changes = {d.second: d.estimate for d in differences if d.quantity == "test accuracy" and d.estimate}
    dead = [arm for arm in private if arm.utility and arm.utility.learnt_nothing]
    where = {arm.name: f" at epsilon {_epsilon(arm)}" if len(private) > 1 else "" for arm in private}
    alive = [arm for arm in private if arm.name in changes and arm not in dead]
    said = [f"{_price(changes[arm.name])}{where[arm.name]}" for arm in alive]
    if len(dead) == 1 and dead[0].utility:
        said.append(f"{useless(dead[0].utility)}{where[dead[0].name]}")
    elif dead:
        said.append(f"at epsilon {_listed(dead)} the models learnt nothing that holds for new records")
    return ", ".join(said) if said else "what it costs in accuracy is not known"


def _price(change: Estimate) -> str:
    """A difference of accuracies as a price, or as the gain that it is, a clause."""
    points = f"{100 * abs(change.value):.1f} points of accuracy"
    if change.low <= 0 <= change.high:
        return f"it is not shown to change the accuracy ({100 * change.low:+.1f} to {100 * change.high:+.1f} points)"
    return f"it costs {points}" if change.value < 0 else f"it gains {points}"


def _tested(private: Sequence[ArmResult]) -> str:
    untested = [arm for arm in private if _verdict_of(arm) != "consistent"]
    if not untested:
        return "nothing contradicts its guarantee"
    of, hold = ("guarantee", "holds") if len(untested) == 1 else ("guarantees", "hold")
    return f"whether the {of} of epsilon {_listed(untested)} {hold} was not tested"


def _listed(arms: Sequence[ArmResult]) -> str:
    """Target epsilons, `1, 2 and 4`."""
    *first, last = map(_epsilon, arms)
    return f"{', '.join(first)} and {last}" if first else last


def _epsilon(arm: ArmResult) -> str:
    return f"{arm.guarantee.target_epsilon:g}" if arm.guarantee else ""
