"""What attacks reach on an arm, as parts of the result, and how that differs between arms."""

from __future__ import annotations

from dataclasses import asdict

from attacks import ATTACKS, Evidence, UnscorableError
from attacks.base import Attack, Bools
from attacks.comparison import compare
from attacks.evaluation import Evaluation, TprAtFpr, evaluate
from attacks.given_models import evaluate_given
from attacks.intervals import Measurement
from audit.config import AnalysisConfig
from audit.errors import ConfigError
from audit.estimates import estimate
from audit.settings import nearest
from reports import result as schema
from reports.numbers import fpr as plain_rate


def chosen_attacks(analysis: AnalysisConfig) -> tuple[str, ...]:
    """Names of the attacks to run, the headline one among them.

    Raises:
        ConfigError: naming every attack that there is not.
    """
    known = list(ATTACKS)
    asked = analysis.attacks or tuple(known)
    wrong = [name for name in dict.fromkeys((*asked, analysis.headline)) if name not in ATTACKS]
    if wrong:
        problems = [f"there is no attack {name!r}{nearest(name, known)}" for name in wrong]
        raise ConfigError.collected(problems, "`audit list attacks` shows all")
    return tuple(dict.fromkeys((*asked, analysis.headline)))


def evaluation_of(
    attack: Attack, evidence: Evidence, analysis: AnalysisConfig, given: Bools | None = None
) -> Evaluation | str:
    """What one attack reaches on a pool, or why it cannot score it.

    Args:
        attack: the attack.
        evidence: the pool.
        analysis: false-positive rates and confidence.
        given: Bool [models]; the models in question, so that figures range over records; None takes all models and
            lets figures range over models.
    """
    try:
        if given is not None:
            return evaluate_given(attack, evidence, given, analysis.fprs, analysis.confidence)
        return evaluate(attack, evidence, analysis.fprs, analysis.confidence)
    except UnscorableError as error:
        return str(error)


def attack_result(
    attack: Attack, found: Evaluation | str, guarantee: schema.PrivacyGuarantee | None
) -> schema.AttackResult:
    """An evaluation as a part of the result; an attack that could not score keeps its place and says why.

    Args:
        attack: the attack.
        found: its evaluation, or the reason why there is none.
        guarantee: caps the true-positive rates; None without DP.
    """
    described = schema.AttackResult(
        name=attack.name, title=attack.title, source=attack.source, knowledge=attack.knowledge
    )
    if isinstance(found, str):
        return described.model_copy(update={"failed": found})
    caps = dict(guarantee.tpr_caps) if guarantee else {}
    figures = {
        "auc": estimate(found.auc),
        "balanced_accuracy": estimate(found.balanced_accuracy) if found.balanced_accuracy else None,
        "tpr_at": tuple(rate_at(point, caps.get(point.fpr)) for point in found.tpr_at),
        "roc": _curve(found),
        "targets": schema.TargetSpread(**asdict(found.targets)),
    }
    return described.model_copy(update=figures)


def leakage_differences(
    arms: tuple[str, str], first: Evaluation | str, second: Evaluation | str, analysis: AnalysisConfig
) -> list[schema.Difference]:
    """The headline attack on the second arm minus on the first, paired by model pairs.

    Args:
        arms: names of the two arms.
        first: the evaluation that is subtracted, or why there is none.
        second: the other one; over the same memberships.
        analysis: confidence.
    """
    if isinstance(first, str) or isinstance(second, str):
        reason = first if isinstance(first, str) else str(second)
        return [_difference("attack AUC", arms, None, reason, "plain")]
    found = compare(first, second, analysis.confidence)
    rates = [
        _difference(f"attack TPR at {plain_rate(at.fpr)} FPR", arms, at.difference, at.reason, "rate")
        for at in found.tpr_at
    ]
    return [_difference("attack AUC", arms, found.auc, "", "plain"), *rates]


def _difference(
    quantity: str, arms: tuple[str, str], found: Measurement | None, reason: str, unit: schema.Unit
) -> schema.Difference:
    return schema.Difference(
        quantity=quantity,
        first=arms[0],
        second=arms[1],
        estimate=estimate(found) if found else None,
        reason=reason,
        unit=unit,
    )


def rate_at(point: TprAtFpr, cap: float | None) -> schema.TprAtFpr:
    """A true-positive rate as a part of the result.

    Args:
        point: the rate.
        cap: highest rate that a guarantee allows; None without one.
    """
    tpr = estimate(point.tpr) if point.tpr else None
    return schema.TprAtFpr(fpr=point.fpr, tpr=tpr, false_positives=point.false_positives, reason=point.reason, cap=cap)


def _curve(found: Evaluation) -> schema.RocCurve:
    band = found.roc
    fpr, tpr, low, high = (tuple(axis.tolist()) for axis in (band.fpr, band.tpr, band.low, band.high))
    return schema.RocCurve(fpr=fpr, tpr=tpr, low=low, high=high)
