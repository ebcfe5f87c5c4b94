"""A release policy: limits that a result is held against, by the interval and not by the point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import ConfigError, PolicyError
from audit.settings import nearest, read_yaml
from reports.result import ArmResult, AuditResult, Estimate, LimitOutcome, PolicyOutcome, TprAtFpr, Verdict

Rate = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A piece of a policy; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TprLimit(Part):
    """At most this true-positive rate at this false-positive rate, for the named attack or the headline one."""

    fpr: Rate
    at_most: Rate
    attack: str | None = None


class Policy(Part):
    """The limits; those that are absent are not checked.

    Attributes:
        arms: the arms that are held against the limits; empty takes all but the controls.
        tpr_at_fpr: limits on the true-positive rate of an attack.
        share_memorized_at_most: limit on the share of records memorized.
        claimed_epsilon_at_most: limit on the accountant's epsilon; an arm without DP has none, and fails.
        proved_epsilon_at_most: limit on the proved lower bound.
        test_accuracy_at_least: floor on the mean test accuracy.
    """

    arms: tuple[str, ...] = ()
    tpr_at_fpr: tuple[TprLimit, ...] = ()
    share_memorized_at_most: Rate | None = None
    claimed_epsilon_at_most: Annotated[float, Field(gt=0)] | None = None
    proved_epsilon_at_most: Annotated[float, Field(ge=0)] | None = None
    test_accuracy_at_least: Rate | None = None


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        PolicyError: naming every mistake in it.
    """
    try:
        policy = Policy.model_validate(read_yaml(path))
    except ConfigError as error:
        raise PolicyError(error.message, error.hint) from error
    except ValidationError as error:
        problems = [_complaint(".".join(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors()]
        raise PolicyError.collected(
            [f"{path}: {problem}" for problem in problems], f"a policy may hold: {', '.join(Policy.model_fields)}"
        ) from error
    if policy == Policy(arms=policy.arms):
        raise PolicyError(f"{path} sets no limit", f"a policy may hold: {', '.join(Policy.model_fields)}")
    return policy


def check(result: AuditResult, policy: Policy) -> PolicyOutcome:
    """Hold a result against a policy.

    A limit passes if the whole interval is within it, fails if the whole interval is beyond it, and is
    inconclusive otherwise: a larger pool would narrow the interval.

    Args:
        result: the audit.
        policy: the limits.

    Raises:
        PolicyError: if the policy names an arm or an attack that the audit does not have.
    """
    limits = tuple(outcome for arm in _arms(result, policy) for outcome in _outcomes(result, arm, policy))
    verdicts = {outcome.verdict for outcome in limits}
    verdict: Verdict = "fail" if "fail" in verdicts else "inconclusive" if "inconclusive" in verdicts else "pass"
    return PolicyOutcome(verdict=verdict, limits=limits)


def _arms(result: AuditResult, policy: Policy) -> list[ArmResult]:
    known = [arm.name for arm in result.arms]
    unknown = [name for name in policy.arms if name not in known]
    if unknown:
        raise PolicyError(
            f"the policy names arm(s) {', '.join(unknown)}, which the audit does not have{nearest(unknown[0], known)}",
            f"there are: {', '.join(known)}",
        )
    return [arm for arm in result.arms if (arm.name in policy.arms or (not policy.arms and arm.kind != "control"))]


def _outcomes(result: AuditResult, arm: ArmResult, policy: Policy) -> Iterator[LimitOutcome]:
    yield from _unbroken(arm)
    for limit in policy.tpr_at_fpr:
        yield _tpr(arm, limit, limit.attack or result.headline)
    if policy.share_memorized_at_most is not None:
        share = arm.memorization.share_memorized if arm.memorization else None
        yield _held("share of records memorized", arm.name, share, at_most=policy.share_memorized_at_most)
    if policy.test_accuracy_at_least is not None:
        accuracy = arm.utility.test_accuracy if arm.utility else None
        yield _held("test accuracy", arm.name, accuracy, at_least=policy.test_accuracy_at_least)
    if policy.claimed_epsilon_at_most is not None:
        yield _claimed(arm, policy.claimed_epsilon_at_most)
    if policy.proved_epsilon_at_most is not None:
        yield _proved(arm, policy.proved_epsilon_at_most)


def _held(
    name: str, arm: str, estimate: Estimate | None, at_most: float | None = None, at_least: float | None = None
) -> LimitOutcome:
    """Compare an interval with a limit from above or from below."""
    bound, word = (at_most, "at most") if at_most is not None else (float(at_least or 0), "at least")
    if estimate is None:
        passes, fails = False, False
    elif at_most is not None:
        passes, fails = estimate.high <= at_most, estimate.low > at_most
    else:
        passes, fails = estimate.low >= bound, estimate.high < bound
    verdict: Verdict = "pass" if passes else "fail" if fails else "inconclusive"
    wide = "the interval lies on both sides of the limit: more models would narrow it"
    why = "" if passes or fails else wide if estimate else "the audit has no such figure"
    return LimitOutcome(
        limit=f"{name} {word} {bound:g}",
        arm=arm,
        quantity=name,
        bound=bound,
        estimate=estimate,
        verdict=verdict,
        explanation=why,
    )


def _tpr(arm: ArmResult, limit: TprLimit, attack: str) -> LimitOutcome:
    found = next((one for one in arm.attacks if one.name == attack), None)
    if found is None:
        known = [one.name for one in arm.attacks]
        raise PolicyError(
            f"the policy names attack {attack!r}, which the audit did not run{nearest(attack, known)}",
            f"there are: {', '.join(known)}",
        )
    name = f"TPR of {found.title} at FPR {limit.fpr:g}"
    point = next((p for p in found.tpr_at if abs(p.fpr - limit.fpr) <= 1e-9), None)
    if point is not None and point.tpr is not None:
        return _held(name, arm.name, point.tpr, at_most=limit.at_most)
    return LimitOutcome(
        limit=f"{name} at most {limit.at_most:g}",
        arm=arm.name,
        quantity=name,
        bound=limit.at_most,
        estimate=None,
        verdict="inconclusive",
        explanation=_unmeasured(found.failed, point, limit.fpr),
    )


def _unmeasured(failed: str | None, point: TprAtFpr | None, fpr: float) -> str:
    if failed:
        return f"the attack failed: {failed}"
    return point.reason if point is not None else f"FPR {fpr:g} is not among the audit's analysis.fprs"


def _claimed(arm: ArmResult, at_most: float) -> LimitOutcome:
    claimed = arm.guarantee.epsilon if arm.guarantee else None
    why = f"claimed epsilon {claimed:.4g}" if claimed is not None else "trained without DP: there is no guarantee"
    verdict: Verdict = "pass" if claimed is not None and claimed <= at_most * (1 + 1e-9) else "fail"
    return LimitOutcome(
        limit=f"claimed epsilon at most {at_most:g}",
        arm=arm.name,
        quantity="claimed epsilon",
        bound=at_most,
        estimate=None,
        verdict=verdict,
        explanation=why,
    )


def _proved(arm: ArmResult, at_most: float) -> LimitOutcome:
    """A lower bound can break a limit, never prove that it is kept; but it may have had the power to break it."""
    name = f"proved epsilon at most {at_most:g}"
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
    return LimitOutcome(
        limit=name,
        arm=arm.name,
        quantity="proved epsilon",
        bound=at_most,
        estimate=None,
        verdict=verdict,
        explanation=why,
    )


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


def _complaint(where: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"unknown limit {where!r}{nearest(where, list(Policy.model_fields))}"
    return f"{where}: {message[0].lower()}{message[1:]}"
