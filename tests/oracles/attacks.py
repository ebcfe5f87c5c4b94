"""Slow, obvious twins of the attacks and of the ROC: one loop a target, one a record, no closed form."""

from __future__ import annotations

import numpy as np
from scipy import stats

from attacks.base import Evidence
from attacks.moments import SMALLEST_VARIANCE


def references(evidence: Evidence, target: int) -> list[int]:
    """All models outside the target's pair."""
    return [k for k in range(len(evidence.pair)) if evidence.pair[k] != evidence.pair[target]]


def side(evidence: Evidence, target: int, record: int, inside: bool) -> np.ndarray:
    """Phi [references, views] of the references that have the record IN, or OUT."""
    chosen = [k for k in references(evidence, target) if evidence.membership[k, record] == inside]
    return evidence.phi[chosen, record]


def every(evidence: Evidence, score) -> np.ndarray:
    """`score(target, record)` for all of them, [models, records]."""
    models, records = evidence.membership.shape
    return np.array([[score(k, i) for i in range(records)] for k in range(models)])


def pooled_covariance(evidence: Evidence, target: int, inside: bool) -> np.ndarray:
    """Covariance of residuals, each around its own record's mean, over all records."""
    views, freedom = evidence.phi.shape[2], 0
    total = np.zeros((views, views))
    for record in range(evidence.membership.shape[1]):
        signals = side(evidence, target, record, inside)
        if len(signals):
            residual = signals - signals.mean(axis=0)
            total += residual.T @ residual
            freedom += len(signals) - 1
    return total / freedom


def covariance(evidence: Evidence, target: int, record: int, inside: bool) -> np.ndarray | None:
    """The record's own covariance; None where its references do not span the views."""
    signals = side(evidence, target, record, inside)
    views = signals.shape[1]
    return np.cov(signals, rowvar=False).reshape(views, views) if len(signals) > views else None


def _gaussian(evidence: Evidence, k: int, i: int, inside: bool, pooled: list[np.ndarray] | None):
    signals = side(evidence, k, i, inside)
    spread = pooled[k] if pooled is not None else covariance(evidence, k, i, inside)
    if spread is None or not len(signals):
        return None
    return signals.mean(axis=0), spread + SMALLEST_VARIANCE * np.eye(len(spread))


def _pooled(evidence: Evidence, inside: bool, variance: str) -> list[np.ndarray] | None:
    if variance == "per-record":
        return None
    return [pooled_covariance(evidence, k, inside) for k in range(len(evidence.pair))]


def lira_online(evidence: Evidence, variance: str) -> np.ndarray:
    pooled = {inside: _pooled(evidence, inside, variance) for inside in (True, False)}

    def score(k: int, i: int) -> float:
        sides = [_gaussian(evidence, k, i, inside, pooled[inside]) for inside in (True, False)]
        if None in sides:
            return np.nan
        inside, out = (stats.multivariate_normal(mean, spread).logpdf(evidence.phi[k, i]) for mean, spread in sides)
        return inside - out

    return every(evidence, score)


def lira_offline(evidence: Evidence, variance: str) -> np.ndarray:
    pooled = _pooled(evidence, False, variance)

    def score(k: int, i: int) -> float:
        found = _gaussian(evidence, k, i, False, pooled)
        if found is None:
            return np.nan
        mean, spread = found
        ones = np.ones(len(mean))
        weights = np.linalg.inv(spread) @ ones
        return weights @ (evidence.phi[k, i] - mean) / np.sqrt(weights @ ones)

    return every(evidence, score)


def confidence(evidence: Evidence, k: int, i: int) -> float:
    """P_y of a model on a record; over several views the geometric mean."""
    views = 1 / (1 + np.exp(-evidence.phi[k, i]))
    return float(np.prod(views) ** (1 / len(views)))


def base(evidence: Evidence) -> np.ndarray:
    def score(k: int, i: int) -> float:
        others = [confidence(evidence, r, i) for r in references(evidence, k)]
        return np.log(confidence(evidence, k, i)) - np.log(np.mean(others)) if others else np.nan

    return every(evidence, score)


def rmia(evidence: Evidence, gamma: float, offline_a: float | None) -> np.ndarray:
    """Online where `offline_a` is None."""

    def ratio(k: int, i: int) -> float:
        of_any = [confidence(evidence, r, i) for r in references(evidence, k)]
        of_out = [confidence(evidence, r, i) for r in references(evidence, k) if not evidence.membership[r, i]]
        if not (of_any if offline_a is None else of_out):
            return np.nan
        p_x = np.mean(of_any) if offline_a is None else ((1 + offline_a) * np.mean(of_out) + 1 - offline_a) / 2
        return confidence(evidence, k, i) / p_x

    ratios = every(evidence, ratio)

    def score(k: int, i: int) -> float:
        population = ratios[k][~np.isnan(ratios[k])]
        return np.nan if np.isnan(ratios[k, i]) else float(np.mean([ratios[k, i] >= gamma * z for z in population]))

    return every(evidence, score)


def auc(members: np.ndarray, others: np.ndarray) -> float:
    """Every member against every non-member; a tie is half a win."""
    return float(np.mean([(m > o) + (m == o) / 2 for m in members for o in others]))


def tpr_at_fpr(members: np.ndarray, others: np.ndarray, fpr: float) -> float:
    """The best TPR of all thresholds whose FPR does not exceed the one asked for."""
    best = 0.0
    for threshold in [*members, *others]:
        if np.mean(others >= threshold) <= fpr + 1e-12:
            best = max(best, float(np.mean(members >= threshold)))
    return best


def record_auc(scores: np.ndarray, membership: np.ndarray, pair: np.ndarray, record: int) -> float:
    """Partners only: the one that has the record IN against the one that has it OUT."""
    results = []
    for k in range(len(pair)):
        for other in range(len(pair)):
            if pair[k] == pair[other] and membership[k, record] and not membership[other, record]:
                a, b = scores[k, record], scores[other, record]
                results.append(float(a > b) + float(a == b) / 2)
    return float(np.mean(results)) if results else np.nan


def scores_without(attack, evidence: Evidence, group: np.ndarray, left_out: int) -> np.ndarray:
    """The attack repeated on all other models, as if those of the group had never been there; NaN in their rows."""
    kept, scores = group != left_out, np.full(evidence.membership.shape, np.nan)
    scores[kept] = attack.scores(evidence.take(kept))
    return scores
