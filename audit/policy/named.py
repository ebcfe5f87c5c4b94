"""The limits with a name of their own: true-positive rates, memorization, accuracy, epsilon claimed and proved."""

from __future__ import annotations

from collections.abc import Iterator

from audit.errors import PolicyError
from audit.policy.figure import Limit, held
from audit.policy.limits import Policy, TprLimit
from audit.settings import nearest
from reports.outcome import LimitOutcome, Verdict
from reports.result import ArmResult, AuditResult, TprAtFpr

NO_GUARANTEE = "there is no guarantee of differential privacy for this arm"


def named_outcomes(result: AuditResult, arm: ArmResult, policy: Policy) -> Iterator[LimitOutcome]:
    """One outcome a named limit that the policy sets.

    Args:
        result: the audit.
        arm: one of its arms.
        policy: the limits.

    Raises:
        PolicyError: if an attack is named that the audit did not run.
    """
    yield from _unbroken(arm)
    for limit in policy.tpr_at_fpr:
        yield _tpr(arm, limit, limit.attack or result.headline)
    if policy.share_memorized_at_most is not None:
        share = arm.memorization.share_memorized if arm.memorization else None
        most = Limit("at most", policy.share_memorized_at_most)
        yield held("share of records memorized", arm.name, "share of records memorized", share, most, arm.models)
    if policy.test_accuracy_at_least is not None:
        accuracy = arm.utility.test_accuracy if arm.utility else None
        least = Limit("at least", policy.test_accuracy_at_least)
        yield held("test accuracy", arm.name, "test accuracy", accuracy, least, arm.models)
    if policy.claimed_epsilon_at_most is not None:
        yield _claimed(arm, policy.claimed_epsilon_at_most)
    if policy.proved_epsilon_at_most is not None:
        yield _proved(arm, policy.proved_epsilon_at_most)


def unknown_attacks(result: AuditResult, policy: Policy) -> Iterator[str]:
    """A problem an attack that the policy names and the audit did not run."""
    known = list(dict.fromkeys(attack.name for arm in result.arms for attack in arm.attacks))
    for limit in policy.tpr_at_fpr:
        if limit.attack is not None and limit.attack not in known:
            yield (
                f"the policy names attack {limit.attack!r}, which the audit did not run"
                f"{nearest(limit.attack, known)}; there are: {', '.join(known)}"
            )


def _tpr(arm: ArmResult, limit: TprLimit, attack: str) -> LimitOutcome:
    found = next((one for one in arm.attacks if one.name == attack), None)
    if found is None:
        raise PolicyError(f"arm {arm.name} has no attack {attack!r}", "name an attack that the audit ran")
    name = f"TPR of {found.title} at FPR {limit.fpr:g}"
    point = next((p for p in found.tpr_at if abs(p.fpr - limit.fpr) <= 1e-9), None)
    figure = point.tpr if point else None
    why = "" if figure else _unmeasured(found.failed, point, limit.fpr)
    return held(name, arm.name, name, figure, Limit("at most", limit.at_most), arm.models, why)


def _unmeasured(failed: str | None, point: TprAtFpr | None, fpr: float) -> str:
    if failed:
        return f"the attack failed: {failed}"
    return point.reason if point is not None else f"FPR {fpr:g} is not among the audit's analysis.fprs"


def _claimed(arm: ArmResult, at_most: float) -> LimitOutcome:
    claimed = arm.guarantee.epsilon if arm.guarantee else None
    why = f"claimed epsilon {claimed:.4g}" if claimed is not None else NO_GUARANTEE
    verdict: Verdict = "pass" if claimed is not None and claimed <= at_most * (1 + 1e-9) else "fail"
    return _plain("claimed epsilon", arm, at_most, verdict, why, claimed)


def _proved(arm: ArmResult, at_most: float) -> LimitOutcome:
    """A lower bound can break a limit, never prove that it is kept; but it may have had the power to break it."""
    bound = arm.epsilon.proved if arm.epsilon else None
    provable = arm.epsilon.most_provable if arm.epsilon else 0.0
    verdict: Verdict
    if bound is None:
        verdict, why = "inconclusive", "no bound was computed for this arm"
    elif bound.epsilon > at_most:
        verdict, why = "fail", f"epsilon is at least {bound.epsilon:.3g} with confidence {bound.confidence:.1%}"
    elif provable <= at_most:
        verdict = "inconclusive"
        why = f"a pool of this size can prove at most {provable:.3g}: train more models"
    else:
        verdict, why = "pass", f"proved {bound.epsilon:.3g}; this pool could have proved {provable:.3g}"
    return _plain("proved epsilon", arm, at_most, verdict, why, bound.epsilon if bound else None)


def _unbroken(arm: ArmResult) -> Iterator[LimitOutcome]:
    """A guarantee that is proved to be broken fails every policy, whatever its limits."""
    check = arm.epsilon.self_check if arm.epsilon else None
    if check and check.verdict == "violated":
        yield LimitOutcome(
            limit="the guarantee of DP holds",
            arm=arm.name,
            quantity="DP self-check",
            bound=0.0,
            estimate=None,
            verdict="fail",
            explanation=check.explanation,
        )


def _plain(
    quantity: str, arm: ArmResult, at_most: float, verdict: Verdict, why: str, number: float | None
) -> LimitOutcome:
    return LimitOutcome(
        limit=f"{quantity} at most {at_most:g}",
        arm=arm.name,
        quantity=quantity,
        bound=at_most,
        estimate=None,
        number=number,
        verdict=verdict,
        explanation=why,
    )
