"""Lower bounds on epsilon, proved by how often models are right about a record they were trained on.

Why the trials of one record are trials. Fix a record. Its coins are fair and independent of all other coins,
and every model draws its own initial weights, batches and noise. So over pairs the outcomes of the record's IN
models are independent draws from one distribution, that of training on random other records with it; the
outcomes of its OUT models from the same without it. These two are add/remove neighbours, and (epsilon, delta)
holds for mixtures over the other records as it holds for each. Within a pair the IN and the OUT outcome do
depend on each other, since the two models divide the other records between them: no harm, because the two
confidence limits below are joined by the union bound, which needs no independence. Outcomes of *different*
records in one model depend on each other too, so records are never pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attacks.base import Evidence
from attacks.intervals import clopper_pearson
from audit.halves import halves
from audit.memorization import MemorizationValues, memorization_values
from reports.result import EpsilonBound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Selection = Literal["split", "bonferroni"]

SPLIT = "split"
"""The rule declared before any score is seen.

The record is chosen on half of the pairs and certified on the other half, at the full confidence. With perfect
separation J pairs prove about ln(J / ln(2 n / alpha)) under Bonferroni over n records and
ln(J / (2 ln(2 / alpha))) under the split: the split proves more as soon as n > 2 / alpha = 40 records, which
every data set worth an audit has, and it does not weaken as the data set grows.
"""

METHOD = "correctness of the label as the attack; Clopper-Pearson limits of both rates, each at alpha/2"
RULES: dict[Selection, str] = {
    "split": "the record was chosen on half of the model pairs and certified on the other half",
    "bonferroni": "the best of all records, each at alpha / number of records (Bonferroni)",
}


def epsilon_lower_bound(
    in_good: ArrayLike, in_models: ArrayLike, out_good: ArrayLike, out_models: ArrayLike, delta: float, alpha: float
) -> Floats:
    """Lower bound on epsilon from one attack's counts on one record.

    (epsilon, delta)-DP demands `TPR <= e^eps FPR + delta` and `1 - FPR <= e^eps (1 - TPR) + delta` (Kairouz et
    al. 2015, arXiv 1311.0776; counts as in Jagielski et al. 2020, arXiv 2006.07709). Both follow from one
    rectangle of limits, so both directions cost one confidence.

    Args:
        in_good: IN models that the attack calls members, any shape.
        in_models: IN models.
        out_good: OUT models that it calls members.
        out_models: OUT models.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: chance of a bound above the true epsilon, in (0, 1).

    Returns:
        Float, of the broadcast shape; 0 proves nothing.
    """
    tpr = clopper_pearson(in_good, in_models, 1 - alpha).low
    fpr = clopper_pearson(out_good, out_models, 1 - alpha).high
    ratios = np.stack([(tpr - delta) / fpr, (1 - fpr - delta) / (1 - tpr)])
    return np.asarray(np.log(np.maximum(ratios, 1.0)).max(axis=0), np.float64)


def most_provable(in_models: int, out_models: int, delta: float, alpha: float, records: int = 1) -> float:
    """What perfect separation proves: every IN model says member, no OUT model does.

    Args:
        in_models: IN models of the record.
        out_models: its OUT models.
        delta: failure probability of the guarantee, in [0, 1).
        alpha: chance of a bound above the true epsilon, in (0, 1).
        records: records looked at, all paid for (Bonferroni).
    """
    return float(epsilon_lower_bound(in_models, in_models, 0, out_models, delta, alpha / records))


def bound(
    evidence: Evidence, ids: Sequence[str], delta: float, confidence: float, selection: Selection = "split"
) -> EpsilonBound:
    """The lower bound on an arm's epsilon that correctness proves.

    Args:
        evidence: the pool.
        ids: [records]; names of the records.
        delta: at which delta, in [0, 1).
        confidence: one-sided confidence of the bound, in (0, 1).
        selection: how the record is chosen, declared before any score is seen.
    """
    alpha = 1 - confidence
    record, value, best = (_by_split if selection == SPLIT else _by_bonferroni)(evidence, delta, alpha)
    return EpsilonBound(
        epsilon=value,
        confidence=confidence,
        delta=delta,
        method=METHOD,
        selection=RULES[selection],
        record_id=str(ids[record]) if value > 0 else None,
        most_provable=best,
    )


def _by_split(evidence: Evidence, delta: float, alpha: float) -> tuple[int, float, float]:
    choosing, certifying = (memorization_values(evidence.take(half)) for half in halves(evidence.pair))
    record = _leader(choosing, _bounds(choosing, np.arange(len(choosing.value)), delta, alpha))
    proved = _bounds(certifying, np.array([record]), delta, alpha)
    return record, float(proved[0]), _best(certifying, delta, alpha)


def _by_bonferroni(evidence: Evidence, delta: float, alpha: float) -> tuple[int, float, float]:
    scores = memorization_values(evidence)
    records = np.arange(len(scores.value))
    proved = _bounds(scores, records, delta, alpha / len(records))
    record = _leader(scores, proved)
    return record, float(proved[record]), _best(scores, delta, alpha / len(records))


def _leader(scores: MemorizationValues, proved: Floats) -> int:
    """The record with the highest bound; where small pools prove nothing, and among equals, the soft score leads."""
    return int(np.lexsort((np.nan_to_num(scores.soft, nan=-np.inf), proved))[-1])


def _bounds(scores: MemorizationValues, records: Ints, delta: float, alpha: float) -> Floats:
    in_correct, in_models = scores.in_correct[records], scores.in_models[records]
    out_correct, out_models = scores.out_correct[records], scores.out_models[records]
    return epsilon_lower_bound(in_correct, in_models, out_correct, out_models, delta, alpha)


def _best(scores: MemorizationValues, delta: float, alpha: float) -> float:
    in_models, out_models = np.unique(np.stack([scores.in_models, scores.out_models]), axis=1)
    separated = in_models, in_models, np.zeros_like(out_models), out_models
    return float(epsilon_lower_bound(*separated, delta, alpha).max())
