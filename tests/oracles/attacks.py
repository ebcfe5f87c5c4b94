"""Slow, obvious twins of the attacks and of the ROC: one loop a target, one a record, no closed form."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special, stats

from attacks.base import Evidence
from attacks.moderation import LEAST_SPREAD as GAP_LEAST
from attacks.moments import SMALLEST_VARIANCE
from attacks.variances import LEAST_SPREAD, MOST_ALIKE


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


def rmia_separate(evidence: Evidence, gamma: float, offline_a: float | None) -> np.ndarray:
    """Against a population of which every model is OUT; online where `offline_a` is None."""

    def averaged(own: float, others: list[float]) -> float:
        p_x = np.mean(others) if offline_a is None else ((1 + offline_a) * np.mean(others) + 1 - offline_a) / 2
        return own / p_x

    def sure(k: int, z: int) -> float:
        return float(np.exp(np.mean(-np.log1p(np.exp(-evidence.population[k, z])))))

    def score(k: int, i: int) -> float:
        seen = references(evidence, k) if offline_a is None else out_references(evidence, k, i)
        if not seen:
            return np.nan
        ratio = averaged(confidence(evidence, k, i), [confidence(evidence, r, i) for r in seen])
        population = [
            averaged(sure(k, z), [sure(r, z) for r in references(evidence, k)])
            for z in range(evidence.population.shape[1])
        ]
        return float(np.mean([ratio >= gamma * z for z in population]))

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


def log_confidence(evidence: Evidence, k: int, i: int) -> float:
    return float(np.mean([-np.log1p(np.exp(-phi)) for phi in evidence.phi[k, i]]))


def out_references(evidence: Evidence, target: int, record: int) -> list[int]:
    return [k for k in references(evidence, target) if not evidence.membership[k, record]]


def reference(evidence: Evidence) -> np.ndarray:
    def score(k: int, i: int) -> float:
        own = log_confidence(evidence, k, i)
        others = [log_confidence(evidence, other, i) for other in out_references(evidence, k, i)]
        return float(np.mean([(own > x) + (own == x) / 2 for x in others])) if others else np.nan

    return every(evidence, score)


def calibrated(evidence: Evidence) -> np.ndarray:
    def score(k: int, i: int) -> float:
        others = [log_confidence(evidence, other, i) for other in out_references(evidence, k, i)]
        return log_confidence(evidence, k, i) - float(np.mean(others)) if others else np.nan

    return every(evidence, score)


def modified_entropy_by_class(evidence: Evidence) -> np.ndarray:
    sure = -evidence.modified_entropy.mean(axis=2)

    def score(k: int, i: int) -> float:
        alike = np.flatnonzero(evidence.labels == evidence.labels[i])
        others = [sure[r, j] for r in references(evidence, k) for j in alike if not evidence.membership[r, j]]
        return float(np.mean([(sure[k, i] > x) + (sure[k, i] == x) / 2 for x in others]))

    return every(evidence, score)


def population(evidence: Evidence) -> np.ndarray:
    """Without interpolation: the share of the population below, which its score must enclose."""
    means = np.mean(-np.log1p(np.exp(-evidence.population)), axis=2)
    return every(evidence, lambda k, i: float(np.mean(means[k] < log_confidence(evidence, k, i))))


def freedom_of(variance: float) -> float:
    """Degrees of freedom of a log variance that is known so well, by a search instead of Newton's method."""
    return 2 * optimize.brentq(lambda n: special.polygamma(1, n) - variance, 1e-6, 1e9, xtol=1e-14, rtol=1e-14)


class ModeratedTarget:
    """One view: what the references of a target say of every record, each side by a list of signals."""

    def __init__(self, evidence: Evidence, target: int, online: bool) -> None:
        records = range(evidence.membership.shape[1])
        self.signals = [
            [side(evidence, target, i, inside)[:, 0] for inside in ((True, False) if online else (False,))]
            for i in records
        ]
        known = [each for each in self.signals if min(map(len, each)) > 1]
        logs = np.array([[self.log_variance(s) for s in each] for each in known])
        noise = np.array([[special.polygamma(1, (len(s) - 1) / 2) for s in each] for each in known])
        self.mean = logs.mean(axis=0)
        spread = np.cov(logs.T, bias=True).reshape(len(self.mean), -1)
        self.covariance = spread - np.diag(noise.mean(axis=0))
        np.fill_diagonal(self.covariance, np.maximum(np.diag(self.covariance), LEAST_SPREAD))
        if online:
            most = MOST_ALIKE * np.sqrt(self.covariance[0, 0] * self.covariance[1, 1])
            self.covariance[0, 1] = self.covariance[1, 0] = np.clip(self.covariance[0, 1], -most, most)
            self.learn_gaps()

    @staticmethod
    def log_variance(signals: np.ndarray) -> float:
        half = (len(signals) - 1) / 2
        return np.log(signals.var(ddof=1) + SMALLEST_VARIANCE) - special.digamma(half) + np.log(half)

    def variances(self, i: int) -> list[tuple[float, float]]:
        """Variance and degrees of freedom of each side, by Bayes' rule for two Gaussians."""
        seen = [s for s, signals in enumerate(self.signals[i]) if len(signals) > 1]
        mean, covariance = self.mean.copy(), self.covariance.copy()
        if seen:
            found = np.array([self.log_variance(self.signals[i][s]) for s in seen])
            noise = np.diag([special.polygamma(1, (len(self.signals[i][s]) - 1) / 2) for s in seen])
            gain = covariance[:, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)] + noise)
            mean, covariance = mean + gain @ (found - mean[seen]), covariance - gain @ covariance[seen]
        freedoms = [freedom_of(max(v, LEAST_SPREAD / 2)) for v in np.diag(covariance)]
        return [(np.exp(m + special.digamma(n / 2) - np.log(n / 2)), n) for m, n in zip(mean, freedoms, strict=True)]

    def learn_gaps(self) -> None:
        gaps, noises = [], []
        for i, (inside, out) in enumerate(self.signals):
            if len(inside) and len(out):
                (v1, _), (v0, _) = self.variances(i)
                unit = (v1 + v0) / 2
                gaps.append((inside.mean() - out.mean()) / np.sqrt(unit))
                noises.append((v1 / len(inside) + v0 / len(out)) / unit)
        self.gap = np.mean(gaps)
        self.gap_variance = max(np.var(gaps) - np.mean(noises), GAP_LEAST)

    def predictives(self, i: int) -> list | None:
        signals, variances = self.signals[i], self.variances(i)
        if not all(map(len, signals)):
            return None
        means, errors = [s.mean() for s in signals], [v / len(s) for (v, _), s in zip(variances, signals, strict=True)]
        covariance = np.diag(errors)
        if len(signals) == 2:
            # The gap is one more observation: it is its centre, give or take its variance.
            unit = (variances[0][0] + variances[1][0]) / 2
            contrast = np.array([1.0, -1.0])
            gain = covariance @ contrast / (contrast @ covariance @ contrast + self.gap_variance * unit)
            means = np.array(means) + gain * (self.gap * np.sqrt(unit) - contrast @ means)
            covariance = covariance - np.outer(gain, contrast @ covariance)
        each = zip(means, np.diag(covariance), variances, strict=True)
        return [stats.t(n, mean, np.sqrt(v + error)) for mean, error, (v, n) in each]


def moderated_lira(evidence: Evidence, online: bool) -> np.ndarray:
    targets = [ModeratedTarget(evidence, k, online) for k in range(len(evidence.pair))]

    def score(k: int, i: int) -> float:
        found, x = targets[k].predictives(i), evidence.phi[k, i, 0]
        if found is None:
            return np.nan
        return found[0].logpdf(x) - found[1].logpdf(x) if online else (x - found[0].args[1]) / found[0].args[2]

    return every(evidence, score)
