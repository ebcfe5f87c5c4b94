"""LiRA: is the target's log-odds more likely under models that saw the record or under those that did not?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from attacks.base import Bools, Evidence, Floats, Ints, Part, PartsOf, register
from attacks.moments import Gaussian, Moments, conditioned, pooled
from attacks.references import ReferenceAttack, Sums, scored

Variance = Literal["auto", "pooled", "per-record"]

PER_RECORD_MODELS = 64
"""From so many models on every record's own variance is worth its noise (Carlini et al. 2022)."""

Score = Callable[..., Floats]
"""Signals, one Float [targets, records] a view, and a Gaussian a side to Float [targets, records]."""


@dataclass(frozen=True, slots=True)
class _Lira(ReferenceAttack):
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

    def _parts(self, evidence: Evidence, sides: tuple[Bools, ...], group: Ints, leave: bool, score: Score) -> PartsOf:
        moments = Moments.of(evidence.phi, sides, evidence.pair, group)

        def of_group(own: int) -> Iterator[Part]:
            shared = pooled(moments, own, leave) if self.variance == "pooled" else None

            def scores(at: Sums) -> Floats:
                gaussians = moments.gaussians(at, shared[at.left_out] if shared else None)
                return score(moments.residual(at.models, at.records), *gaussians)

            return scored(moments.sums.sums(own, leave), scores)

        return of_group


@register
@dataclass(frozen=True, slots=True)
class LiraOnline(_Lira):
    """Score `ln N(phi; mu_in, S_in) - ln N(phi; mu_out, S_out)`, jointly over views (Carlini et al. 2022, Alg. 1)."""

    name = "lira-online"
    title = "LiRA, online"
    source = "Carlini et al. 2022, Algorithm 1, arXiv 2112.03570"
    knowledge = "the target's log-odds of the label; reference models with and without the record"
    references = True

    def parts(self, evidence: Evidence, group: Ints, leave: bool) -> PartsOf:
        """The log likelihood ratio (see `ReferenceAttack.parts`); NaN without references on both sides."""
        return self._parts(evidence, (evidence.membership, ~evidence.membership), group, leave, _log_ratio)


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

    def parts(self, evidence: Evidence, group: Ints, leave: bool) -> PartsOf:
        """The one-sided z-score (see `ReferenceAttack.parts`); NaN without an OUT reference."""
        return self._parts(evidence, (~evidence.membership,), group, leave, _z_score)


def _log_ratio(signals: Sequence[Floats], inside: Gaussian, out: Gaussian) -> Floats:
    return _log_density(signals, inside) - _log_density(signals, out)


def _log_density(signals: Sequence[Floats], side: Gaussian) -> Floats:
    """Ln N(phi; mean, covariance) up to the constant, [targets, records]."""
    deviation = [x - mean for x, mean in zip(signals, side.mean, strict=True)]
    terms = [x * x / variance + np.log(variance) for x, variance in conditioned(deviation, side.covariance)]
    return np.asarray(-0.5 * sum(terms), np.float64)


def _z_score(signals: Sequence[Floats], out: Gaussian) -> Floats:
    deviation = [x - mean for x, mean in zip(signals, out.mean, strict=True)]
    ones = conditioned([np.ones((1, 1))] * len(signals), out.covariance)
    products = [
        (x * one / variance, one * one / variance)
        for (x, variance), (one, _) in zip(conditioned(deviation, out.covariance), ones, strict=True)
    ]
    return np.asarray(sum(x for x, _ in products) / np.sqrt(sum(one for _, one in products)), np.float64)
