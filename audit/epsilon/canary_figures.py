"""What an attacker reaches on canaries beside natural records, and what canaries cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from audit.accuracy import accuracy_on_test
from audit.config import AnalysisConfig, CanaryConfig
from audit.data.base import Dataset
from audit.estimates import over_records
from audit.leakage import attack_result, evaluation_of
from audit.memorization_summary import mean_memorization
from audit.pool import Pool
from reports.numbers import fpr as plain_rate
from reports.result import ArmResult, AttackResult, Canaries, Difference, Estimate, Exposed

Bools = NDArray[np.bool_]


def canary_figures(
    pool: Pool,
    dataset: Dataset,
    natural: ArmResult,
    analysis: AnalysisConfig,
    config: CanaryConfig,
    without: Bools | None,
) -> Canaries | None:
    """Canaries as the worst case, natural records as the typical one.

    Args:
        pool: the whole pool, canaries last.
        dataset: its records.
        natural: what was read of the natural records.
        analysis: headline attack, rates, confidence.
        config: the canaries.
        without: Bool [models, test records]; whether the first models are right if they are trained without
            canaries; None if none was.

    Returns:
        None without canaries.
    """
    if not dataset.canaries:
        return None
    evidence = pool.evidence_on(dataset).records(slice(dataset.natural_records, None))
    attack = ATTACKS[analysis.headline]
    found = attack_result(attack, evaluation_of(attack, evidence, analysis), None)
    memory = mean_memorization(evidence).first(analysis.confidence)
    return Canaries(
        count=dataset.canaries,
        kind=Path(config.kind).name,
        exposed=tuple(_beside(natural, found, memory)),
        cost=_cost(pool, without, analysis.confidence) if without is not None else None,
    )


def _beside(natural: ArmResult, found: AttackResult, memory: Estimate) -> Iterator[Exposed]:
    typical = next((one for one in natural.attacks if one.name == found.name), None)
    mean = natural.memorization.mean if natural.memorization else None
    yield Exposed(quantity="Mean memorization", canaries=memory, natural=mean)
    yield Exposed(quantity="Attack AUC", canaries=found.auc, natural=typical.auc if typical else None)
    rates = {point.fpr: point.tpr for point in typical.tpr_at} if typical else {}
    for point in found.tpr_at:
        name = f"TPR at {plain_rate(point.fpr)} FPR"
        yield Exposed(quantity=name, canaries=point.tpr, natural=rates.get(point.fpr), unit="rate")


def _cost(pool: Pool, without: Bools, confidence: float) -> Difference:
    models = np.arange(len(without))
    same = pool.take(models)
    plain = over_records(without, np.ones(without.shape, bool), same.pair)
    change = (accuracy_on_test(same) - plain).estimates(confidence)[0]
    return Difference(
        quantity="test accuracy", first="without canaries", second="with canaries", estimate=change, unit="rate"
    )
