"""What the headline attack's figures mean: for groups, for an accusation, with more models, with more queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.accusation import PRIORS, accusation_worth
from attacks.base import Attack, Evidence, UnscorableError
from attacks.evaluation import AUC, RATES, Evaluation, TprAtFpr, evaluate, sample_of
from attacks.given_models import given_scores
from attacks.group_leakage import GroupLeakage, GroupRates, given_leakage
from attacks.grouping import pair_groups
from attacks.pool_size import SmallerPools, gain, smaller_pools
from attacks.record_intervals import RecordScores
from audit.config import AnalysisConfig
from audit.estimates import estimate
from audit.groups import Columns, numbered
from audit.leakage import leakage_differences, rate_at
from reports import result as schema
from reports.numbers import decimal, points
from reports.numbers import fpr as plain_rate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Attacked:
    """Scores of the headline attack.

    Attributes:
        attack: the attack, resolved on the pool.
        plain: the attack, not resolved.
        evidence: the pool.
        scores: Float [models, records], of all models; NaN where models that are not under audit are not attacked.
        given: Bool [models]; the models under audit, where figures range over records; None where over models.
    """

    attack: Attack
    plain: Attack
    evidence: Evidence
    scores: Floats
    given: Bools | None = None

    @property
    def of_given(self) -> RecordScores:
        """The scores of the models under audit."""
        chosen = np.ones(len(self.scores), np.bool_) if self.given is None else self.given
        return RecordScores(self.scores[chosen], self.evidence.membership[chosen])


def attacked(attack: Attack, evidence: Evidence, given: Bools | None = None) -> Attacked | None:
    """Attack every model of a pool, or those that are given; None if the attack can score none.

    Args:
        attack: the attack, not resolved.
        evidence: the pool.
        given: Bool [models]; the models under audit, of a pool whose figures range over records.
    """
    try:
        if given is None:
            resolved = attack.resolved(evidence)
            scores = resolved.scores(evidence)
            sample_of(attack, scores, evidence.membership)
            return Attacked(resolved, attack, evidence, scores)
        scores = np.full(evidence.membership.shape, np.nan)
        of_given = given_scores(attack, evidence, given).scores
        scores[np.flatnonzero(given)[: len(of_given)]] = of_given
        return Attacked(attack, attack, evidence, scores, given)
    except UnscorableError:
        return None  # said where the attack's own result stands: it failed for the same reason


def leakage(
    found: Attacked | None, evaluation: Evaluation | str, analysis: AnalysisConfig, columns: Columns
) -> schema.Leakage | None:
    """What the headline attack's figures mean, as a part of the result.

    Args:
        found: its scores.
        evaluation: what it reaches.
        analysis: confidence and false-positive rates.
        columns: column -> Str [records]; what to report by.
    """
    if found is None or isinstance(evaluation, str):
        return None
    smaller = _smaller(found, analysis)
    return schema.Leakage(
        worth=tuple(_worth(evaluation.tpr_at)),
        by_group=tuple(_by_group(found, analysis, columns)),
        pool_sizes=pool_sizes(found, evaluation, smaller),
        more_models=more_models(found.evidence.pair, evaluation, smaller, analysis.confidence),
        views=views_gain(found, evaluation, analysis),
    )


def _worth(rates: Sequence[TprAtFpr]) -> Iterator[schema.AccusationWorth]:
    for at in rates:
        for prior in PRIORS:
            worth = estimate(accusation_worth(at.tpr, at.fpr, prior)) if at.tpr else None
            yield schema.AccusationWorth(prior=prior, fpr=at.fpr, worth=worth, reason=at.reason)


def _by_group(found: Attacked, analysis: AnalysisConfig, columns: Columns) -> Iterator[schema.GroupLeakage]:
    """Every group of every column, the one most found first; none where no rate of false accusations is resolved."""
    fpr = _resolved(found, analysis)
    if fpr is None:
        return
    counted = None if found.given is not None else GroupLeakage.of(found.attack, found.evidence, found.scores, fpr)
    for column, of_record in columns.items():
        names, label = numbered(of_record)
        if counted is None:
            rates = given_leakage(found.of_given, label, len(names), fpr, analysis.confidence)
        else:
            rates = counted.by_group(label, len(names), analysis.confidence)
        records = np.bincount(label, minlength=len(names)).tolist()
        rows = sorted(zip(names, records, rates, strict=True), key=_most_found)
        yield from (_group(column, name, size, fpr, rate) for name, size, rate in rows)


def _resolved(found: Attacked, analysis: AnalysisConfig) -> float | None:
    """The exposure's false-positive rate, or the next higher one that the scores resolve."""
    higher = sorted(fpr for fpr in analysis.fprs if fpr > analysis.exposure_fpr)
    sample = found.of_given.sample
    return next((fpr for fpr in (analysis.exposure_fpr, *higher) if not sample.unresolved(fpr)), None)


def _most_found(row: tuple[str, int, GroupRates]) -> float:
    tpr = row[2].tpr
    return -tpr.value if tpr else np.inf


def _group(column: str, name: str, records: int, fpr: float, rates: GroupRates) -> schema.GroupLeakage:
    tpr, accused = (estimate(each) if each else None for each in (rates.tpr, rates.fpr))
    return schema.GroupLeakage(column=column, group=name, records=records, fpr=fpr, found=tpr, accused=accused)


def _smaller(found: Attacked, analysis: AnalysisConfig) -> tuple[SmallerPools, ...]:
    """The attack on smaller pools; none where figures do not range over models."""
    if found.given is not None or not found.plain.references:
        return ()
    return smaller_pools(found.plain, found.evidence, analysis.fprs, analysis.confidence)


def pool_sizes(found: Attacked, evaluation: Evaluation, smaller: Sequence[SmallerPools]) -> tuple[schema.PoolSize, ...]:
    """What the attack reaches with fewer models, and with all; empty where there are no smaller pools.

    Args:
        found: scores of the attack.
        evaluation: what it reaches with all models.
        smaller: what it reaches in smaller pools.
    """
    rows = [_size(one.models, one.pools, one) for one in smaller]
    return (*rows, _size(len(found.scores), 1, evaluation)) if rows else ()


def _size(models: int, pools: int, found: SmallerPools | Evaluation) -> schema.PoolSize:
    rates = tuple(rate_at(point, None) for point in found.tpr_at)
    return schema.PoolSize(models=models, pools=pools, auc=estimate(found.auc), tpr_at=rates)


def more_models(pair: Ints, evaluation: Evaluation, smaller: Sequence[SmallerPools], confidence: float) -> str:
    """What the last doubling of the pool changed, with its interval, and so what another may; empty if none is known.

    That figures hardly change is never concluded from a difference that is not significant: what is said is the end of
    its interval, for a doubling that adds no more than the last one did.

    Args:
        pair: Int [models]; of the whole pool.
        evaluation: what the attack reaches with all models.
        smaller: what it reaches in smaller pools, from few models on.
        confidence: two-sided level in (0, 1).
    """
    groups = len(pair_groups(pair))
    if not smaller or 2 * smaller[-1].models != len(pair) or len(evaluation.jackknife.sizes) != groups:
        return ""
    half, found = smaller[-1], gain(evaluation.jackknife, pair, smaller[-1])
    both = zip(half.tpr_at, evaluation.tpr_at, strict=True)
    fprs = [(place, after.fpr) for place, (before, after) in enumerate(both) if before.tpr and after.tpr]
    figures = [("the AUC", AUC, lambda value: decimal(value, 4, signed=True), "")]
    figures += [(f"the TPR at {plain_rate(fpr)} FPR", RATES + place, points, " points") for place, fpr in fprs[-1:]]
    changed, most = [], []
    for name, place, shown, unit in figures:
        value, half_width = float(found.value[place]), float(found[place].half_width(confidence)[0])
        if not half_width > 0:  # NaN, or no group moves it: there is no interval
            continue
        low, high = value - half_width, value + half_width
        changed.append(f"{name} changed by {shown(value)}{unit} ({shown(low)} to {shown(high)})")
        most.append(f"{shown(max(high, 0.0)).removeprefix('+')}{unit} to {name}")
    if not changed:
        return ""
    return (
        f"From {half.models} to {len(pair)} models {' and '.join(changed)}: another doubling that adds no more than "
        f"this one adds at most {' and '.join(most)}."
    )


def views_gain(found: Attacked, evaluation: Evaluation, analysis: AnalysisConfig) -> tuple[schema.Difference, ...]:
    """What several views of every record add over the record itself, paired by model pairs; empty with one view.

    Args:
        found: scores of the attack.
        evaluation: what it reaches with all views.
        analysis: confidence and false-positive rates.
    """
    views = found.evidence.phi.shape[2]
    if views < 2 or found.given is not None:
        return ()
    single = evaluate(found.plain, found.evidence.first_view(), analysis.fprs, analysis.confidence)
    return tuple(leakage_differences(("one view", f"{views} views"), single, evaluation, analysis))
