"""Holds a result against a policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from audit.errors import PolicyError
from audit.policy.figure import Limit, held
from audit.policy.figures import Figure, figures
from audit.policy.file import read_policy
from audit.policy.follow import path_problem
from audit.policy.limits import PathLimit, Policy
from audit.policy.named import NO_GUARANTEE, named_outcomes, unknown_attacks
from audit.settings import nearest
from reports.outcome import LimitOutcome, PolicyOutcome, Verdict
from reports.result import ArmResult, AuditResult, Estimate

WORST: tuple[Verdict, ...] = ("fail", "inconclusive", "pass")


def check(result: AuditResult, policy: Policy) -> PolicyOutcome:
    """Hold a result against a policy.

    A limit passes if the whole interval is within it, fails if the whole interval is beyond it, and is
    inconclusive otherwise: a larger pool would narrow the interval.

    Args:
        result: the audit.
        policy: the limits.

    Raises:
        PolicyError: naming every arm, attack and path of the policy that the audit does not have.
    """
    problems = [*_unknown_arms(result, policy), *unknown_attacks(result, policy)]
    arms = _arms(result, policy)
    found: list[tuple[PathLimit, list[Figure]]] = []
    for limit in policy.limits:
        try:
            found.append((limit, _figures(result, limit.path, arms)))
        except LookupError as error:
            problems.append(str(error.args[0]))
    if problems:
        there = ", ".join(arm.name for arm in result.arms)
        raise PolicyError.collected(
            problems, f"the audit has the arms {there}; a path names the keys of result.json from the outside in"
        )
    limits = [outcome for arm in arms for outcome in named_outcomes(result, arm, policy)]
    limits += [outcome for limit, ends in found for outcome in _by_arm(result, limit, ends)]
    return PolicyOutcome(verdict=_overall(limits), limits=tuple(limits))


def outcome_of(result: AuditResult, path: Path, arms: tuple[str, ...] = ()) -> PolicyOutcome:
    """Hold a result against a policy file; the outcome carries the file's name and digest.

    Args:
        result: the audit.
        path: the policy file.
        arms: the arms to hold against the limits, in place of the policy's own; empty keeps these.

    Raises:
        PolicyError: naming every mistake in the file, and all that it names and the audit does not have.
    """
    policy = read_policy(path)
    outcome = check(result, policy.model_copy(update={"arms": arms}) if arms else policy)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return outcome.model_copy(update={"name": path.name, "digest": digest})


def judged(result: AuditResult, policy_path: Path) -> AuditResult:
    """The result with the outcome of a policy in it, for the reports.

    Args:
        result: the audit.
        policy_path: the policy file.

    Raises:
        PolicyError: as `outcome_of`.
    """
    return result.model_copy(update={"policy": outcome_of(result, policy_path)})


def _unknown_arms(result: AuditResult, policy: Policy) -> Iterator[str]:
    known = [arm.name for arm in result.arms]
    unknown = [name for name in policy.arms if name not in known]
    if unknown:
        yield f"the policy names arm(s) {', '.join(unknown)}, which the audit does not have{nearest(unknown[0], known)}"


def _arms(result: AuditResult, policy: Policy) -> list[ArmResult]:
    return [arm for arm in result.arms if (arm.name in policy.arms or (not policy.arms and arm.kind != "control"))]


def _figures(result: AuditResult, path: str, arms: list[ArmResult]) -> list[Figure]:
    problem = path_problem(path)
    if problem:
        raise LookupError(problem)
    return figures(result, path, tuple(arm.name for arm in arms))


def _by_arm(result: AuditResult, limit: PathLimit, found: list[Figure]) -> Iterator[LimitOutcome]:
    """One outcome an arm: that of its worst figure."""
    for arm in dict.fromkeys(figure.arm for figure in found):
        yield _outcome(result, limit, [figure for figure in found if figure.arm == arm])


def _outcome(result: AuditResult, limit: PathLimit, found: list[Figure]) -> LimitOutcome:
    against = Limit(limit.side, limit.bound, limit.by)
    worst = min(found, key=lambda figure: _order(figure.value, against))
    models = next((arm.models for arm in result.arms if arm.name == worst.arm), result.arms[0].models)
    name, quantity = limit.name or limit.path, worst.where
    if worst.value is None and worst.where == "guarantee":  # no promise keeps no limit
        lost = held(name, worst.arm, quantity, None, against, models)
        return lost.model_copy(update={"verdict": "fail", "explanation": NO_GUARANTEE})
    outcome = held(name, worst.arm, quantity, worst.value, against, models, worst.why)
    if len(found) == 1:
        return outcome
    of = f"the one of {len(found)} figures that decides"
    return outcome.model_copy(update={"explanation": "; ".join(filter(None, (of, outcome.explanation)))})


def _order(value: Estimate | float | None, limit: Limit) -> tuple[int, float]:
    """Worst first: a broken limit, then an undecided one; among equals the figure furthest beyond."""
    far = float("inf") if value is None else -limit.excess(value)
    return WORST.index(limit.verdict(value)), far


def _overall(limits: Iterable[LimitOutcome]) -> Verdict:
    verdicts = {outcome.verdict for outcome in limits}
    return next((verdict for verdict in WORST if verdict in verdicts), "pass")
