"""The result of a one-run audit, put together from what the model says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from attacks.intervals import clopper_pearson
from attacks.record_intervals import RecordScores
from audit.analysis import recipe_of
from audit.epsilon.claim_tests import Claim
from audit.epsilon.findings import curve_of
from audit.one_run.coins import coins
from audit.one_run.guesses import bounds_of, canary_scores, check_of, tried
from audit.plan import Plan
from audit.privacy import guarantee_of, resolve_delta
from audit.provenance import command_of, data_summary, model_summary, provenance
from audit.training.base import Arm, Bools, Signals
from audit.verdict import NOT_TESTED
from reports.epsilon_sentences import proved
from reports.one_run_result import OneRunArm, OneRunResult
from reports.result import Estimate, PrivacyGuarantee

CAVEATS = (
    "A single run proves less than a pool, and says nothing of memorization: `audit run` trains a pool.",
    "The guesses use no reference models: an attacker who trains some can do better.",
)


def result_of(plan: Plan, signals: Mapping[str, Signals], started: float) -> OneRunResult:
    """Read every arm's model.

    Args:
        plan: what was trained.
        signals: arm name -> what its model says.
        started: `time.perf_counter()` at the start.
    """
    arms = tuple(_arm(plan, arm, signals[arm.name]) for arm in plan.arms)
    config = plan.config
    said = provenance(plan, started)
    return OneRunResult(
        verdict=tuple(sentence for arm in arms for sentence in _verdict(arm)),
        warnings=(*CAVEATS, *plan.card.notes),
        data=data_summary(plan),
        model=model_summary(plan),
        confidence=config.analysis.confidence,
        canaries=plan.dataset.canaries,
        kind=Path(config.canaries.kind).name,
        arms=arms,
        not_tested=NOT_TESTED,
        provenance=said.model_copy(update={"command": _command(plan)}),
    )


def _arm(plan: Plan, arm: Arm, signals: Signals) -> OneRunArm:
    dataset, confidence = plan.dataset, plan.config.analysis.confidence
    canaries = slice(dataset.natural_records, None)
    inside = coins(dataset, plan.config.pool.seed)[canaries]
    scores = canary_scores(signals.phi[0, canaries].mean(axis=1), dataset.y[canaries])
    guarantee = guarantee_of(arm, signals.spent_epsilon, plan.config.analysis.fprs)
    found = tried(scores, inside, resolve_delta(plan.config.dp, dataset.records), 1 - confidence)
    return OneRunArm(
        name=arm.name,
        description=arm.description,
        recipe=recipe_of(arm),
        guarantee=guarantee,
        test_accuracy=_accuracy(signals.test_correct[0], confidence),
        in_canaries=int(inside.sum()),
        auc=_area(RecordScores(scores[None], inside[None]), confidence),
        bounds=bounds_of(found),
        self_check=check_of(found, _claim(guarantee)) if guarantee else None,
    )


def _claim(guarantee: PrivacyGuarantee) -> Claim:
    return Claim(curve_of(guarantee), guarantee.memorization_cap, guarantee.epsilon)


def _accuracy(right: Bools, confidence: float) -> Estimate | None:
    if not len(right):
        return None
    low, high = (float(limit) for limit in clopper_pearson(right.sum(), len(right), confidence))
    method = "Clopper-Pearson; ranges over test records, for this one model"
    value = float(right.mean())
    return Estimate(value=value, low=low, high=high, confidence=confidence, method=method, n=len(right))


def _area(found: RecordScores, confidence: float) -> Estimate | None:
    if not (found.inside.any() and found.out.any()):
        return None
    low, high = (float(limit) for limit in found.auc_limits(confidence))
    method = "DeLong's standard error on the log-odds scale; ranges over canaries, for this one model"
    value = found.sample.auc()
    return Estimate(value=value, low=low, high=high, confidence=confidence, method=method, n=found.records)


def _verdict(arm: OneRunArm) -> Iterator[str]:
    if arm.self_check and arm.self_check.verdict == "violated":
        yield f"VIOLATION in arm {arm.name}: {arm.self_check.explanation}"
    best = arm.bounds[0]
    sentence = proved(best, best.most_provable, best.confidence)
    yield f"{arm.name}: {sentence[:1].lower()}{sentence[1:]}"
    if arm.self_check and arm.self_check.verdict != "violated":
        yield f"The DP self-check of {arm.name}: {arm.self_check.verdict}. {arm.self_check.explanation}"


def _command(plan: Plan) -> str:
    """The command that repeats it; a pool's size is no part of it."""
    words = shlex.split(command_of(plan.config))
    words[1] = "one-run"
    if "--models" in words:
        at = words.index("--models")
        del words[at : at + 2]
    return shlex.join(words)
