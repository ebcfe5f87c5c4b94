"""LiRA: is the target's log-odds more likely under models that saw the record or under those that did not?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import numpy as np

from attacks.base import Attack, Evidence, Floats, register
from attacks.references import Side, record_blocks

Variance = Literal["auto", "pooled", "per-record"]

PER_RECORD_MODELS = 64
"""From so many models on every record's own variance is worth its noise (Carlini et al. 2022)."""

SMALLEST_VARIANCE = 1e-12
"""Added to variances, in nats squared: a signal that never moves then decides nothing, instead of NaN."""


class Gaussian(NamedTuple):
    """One side's distribution: mean [models, records, views], covariance [models, records or 1, views, views]."""

    mean: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class _Lira(Attack):
    """What both versions share.

    Attributes:
        variance: `pooled` takes one covariance a target and side, from residuals each around its own
            record's mean; `per-record` one a record; `auto` decides by the number of models.
    """

    variance: Variance = "auto"

    def resolved(self, evidence: Evidence) -> Self:
        """The variance rule decided: pooled below 64 models, per record from there on.

        A joint Gaussian over several views has (views + 1) / 2 times as many parameters an observation,
        and needs as many times the models.
        """
        if self.variance != "auto":
            return self
        enough = PER_RECORD_MODELS * (evidence.phi.shape[2] + 1) / 2
        return replace(self, variance="per-record" if len(evidence.phi) >= enough else "pooled")


@register
@dataclass(frozen=True, slots=True)
class LiraOnline(_Lira):
    """Score `ln N(phi; mu_in, S_in) - ln N(phi; mu_out, S_out)`, jointly over views (Carlini et al. 2022, Alg. 1)."""

    name = "lira-online"
    title = "LiRA, online"
    source = "Carlini et al. 2022, Algorithm 1, arXiv 2112.03570"
    knowledge = "the target's log-odds of the label; reference models with and without the record"
    references = True

    def scores(self, evidence: Evidence) -> Floats:
        """The log likelihood ratio (see `Attack.scores`); NaN without references on both sides."""
        sides = (evidence.membership, ~evidence.membership)
        return _by_blocks(self.resolved(evidence), evidence, sides, _log_ratio)


@register
@dataclass(frozen=True, slots=True)
class LiraOffline(_Lira):
    """Score `(phi - mu_out) / s_out` (Carlini et al. 2022, offline).

    The paper's Phi of it has the same order, but saturates at 1 and would tie the surest members. Several
    views give the one linear statistic that is best against a shift common to all views.
    """

    name = "lira-offline"
    title = "LiRA, offline"
    source = "Carlini et al. 2022, offline variant, arXiv 2112.03570"
    knowledge = "the target's log-odds of the label; reference models that never saw the record"
    references = True

    def scores(self, evidence: Evidence) -> Floats:
        """The one-sided z-score (see `Attack.scores`); NaN without an OUT reference."""
        return _by_blocks(self.resolved(evidence), evidence, (~evidence.membership,), _z_score)


def _by_blocks(
    lira: _Lira,
    evidence: Evidence,
    sides: tuple[np.ndarray, ...],
    score: Callable[..., Floats],
) -> Floats:
    """Score block after block of records, so that memory does not grow with the number of records."""
    pooled = _pooled(evidence, sides) if lira.variance == "pooled" else [None] * len(sides)
    scores = np.empty(evidence.membership.shape)
    for block in record_blocks(evidence.phi.shape):
        phi = evidence.phi[:, block]
        found = [Side.of(phi, side[:, block], evidence.pair) for side in sides]
        scores[:, block] = score(phi, *(_gaussian(*both) for both in zip(found, pooled, strict=True)))
    return scores


def _pooled(evidence: Evidence, sides: tuple[np.ndarray, ...]) -> list[Floats]:
    """One covariance a target and side, [models, 1, views, views]; never one side's for the other.

    With too few references for residuals to span the views, the spread is unknown: it then is 1 on every
    side, and the score is the linear discriminant between the means.
    """
    models, _, views = evidence.phi.shape
    scatter, freedom = np.zeros((len(sides), models, views, views)), np.zeros((len(sides), models))
    for block in record_blocks(evidence.phi.shape):
        for i, members in enumerate(sides):
            side = Side.of(evidence.phi[:, block], members[:, block], evidence.pair)
            scatter[i] += np.nansum(side.scatter, axis=1)
            freedom[i] += np.maximum(side.count - 1, 0).sum(axis=1)
    known = (freedom >= views).all(axis=0)[:, None, None]
    covariances = [
        np.where(known, s / np.maximum(f, 1)[:, None, None], np.eye(views))
        for s, f in zip(scatter, freedom, strict=True)
    ]
    return [covariance[:, None] for covariance in covariances]


def _gaussian(side: Side, pooled: Floats | None) -> Gaussian:
    if pooled is not None:
        return Gaussian(side.mean, pooled)
    count = side.count[:, :, None, None]
    spanned = count > side.mean.shape[-1]
    return Gaussian(side.mean, np.where(spanned, side.scatter / np.maximum(count - 1, 1), np.nan))


def _log_ratio(phi: Floats, inside: Gaussian, out: Gaussian) -> Floats:
    return _log_density(phi, inside) - _log_density(phi, out)


def _log_density(phi: Floats, side: Gaussian) -> Floats:
    """Ln N(phi; mean, covariance) up to the constant, [models, records]."""
    white, log_determinant = _whitened(phi - side.mean, side.covariance)
    return np.asarray(-0.5 * ((white**2).sum(axis=-1) + log_determinant), np.float64)


def _z_score(phi: Floats, out: Gaussian) -> Floats:
    white, _ = _whitened(phi - out.mean, out.covariance)
    ones, _ = _whitened(np.ones(phi.shape[-1:]), out.covariance)
    return np.asarray((white * ones).sum(axis=-1) / np.sqrt((ones**2).sum(axis=-1)), np.float64)


def _whitened(vector: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """L^-1 vector and ln det of `covariance = L L'`, by conditioning one view after another.

    Args:
        vector: Float [..., views].
        covariance: Float [..., views, views]; its leading axes broadcast against the vector's.

    Returns:
        Float [..., views] and Float [...].
    """
    white, log_determinant = [], np.zeros(covariance.shape[:-2])
    while covariance.shape[-1]:
        variance = covariance[..., 0, 0] + SMALLEST_VARIANCE
        white.append(vector[..., 0] / np.sqrt(variance))
        log_determinant = log_determinant + np.log(variance)
        slope = covariance[..., 1:, 0] / variance[..., None]
        vector = vector[..., 1:] - slope * vector[..., :1]
        covariance = covariance[..., 1:, 1:] - slope[..., :, None] * covariance[..., None, 0, 1:]
    return np.stack(white, axis=-1), log_determinant
