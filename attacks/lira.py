"""LiRA: is the target's log-odds more likely under models that saw the record or under those that did not?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from attacks.base import Bools, Evidence, Floats, Ints, Part, PartsOf, register
from attacks.moderation import Moderation, Predictive
from attacks.moments import Gaussian, Moments, conditioned, pooled
from attacks.references import ReferenceAttack, Sums, scored

Variance = Literal["moderated", "pooled", "per-record"]

Likelihood = Gaussian | Predictive
Score = Callable[..., Floats]
"""Signals, one Float [targets, records] a view, and a distribution a side to Float [targets, records]."""


@dataclass(frozen=True, slots=True)
class _Lira(ReferenceAttack):
    """What both versions share.

    Attributes:
        variance: `pooled` takes one covariance a target and side, from residuals each around its own
            record's mean; `per-record` one a record; `moderated` draws each record's towards what is usual, the
            more so the fewer references there are (see `attacks.moderation`).
    """

    variance: Variance = "moderated"

    def _parts(
        self, evidence: Evidence, sides: tuple[Bools, ...], group: Ints, leave: bool, every_record: bool, score: Score
    ) -> PartsOf:
        moments = Moments.of(evidence.phi, sides, evidence.pair, group)

        def of_group(own: int) -> Iterator[Part]:
            likelihoods = self._likelihoods(moments, own, leave)

            def scores(at: Sums) -> Floats:
                return score(moments.residual(at.models, at.records), *likelihoods(at))

            return scored(moments.sums.sums(own, leave, every_record), scores)

        return of_group

    def _likelihoods(self, moments: Moments, own: int, leave: bool) -> Callable[[Sums], Sequence[Likelihood]]:
        """From the sums of some targets to a distribution a side."""
        if self.variance == "moderated":
            return Moderation(moments, own, leave).predictives
        shared = pooled(moments, own, leave) if self.variance == "pooled" else None
        return lambda at: moments.gaussians(at, shared[at.left_out] if shared else None)


@register
@dataclass(frozen=True, slots=True)
class LiraOnline(_Lira):
    """Score `ln N(phi; mu_in, S_in) - ln N(phi; mu_out, S_out)`, jointly over views (Carlini et al. 2022, Alg. 1)."""

    name = "lira-online"
    title = "LiRA, online"
    source = "Carlini et al. 2022, Algorithm 1, arXiv 2112.03570; moderated: Smyth 2004, arXiv 2603.11799"
    knowledge = "the target's log-odds of the label; reference models with and without the record"
    references = True

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The log likelihood ratio (see `ReferenceAttack.parts`); NaN without references on both sides."""
        return self._parts(
            evidence, (evidence.membership, ~evidence.membership), group, leave, every_record, _log_ratio
        )


@register
@dataclass(frozen=True, slots=True)
class LiraOffline(_Lira):
    """Score `(phi - mu_out) / s_out` (Carlini et al. 2022, offline).

    The paper's Phi of it has the same order, but saturates at 1 and would tie the surest members. Several
    views give the one linear statistic that is best against a shift common to all views.
    """

    name = "lira-offline"
    title = "LiRA, offline"
    source = "Carlini et al. 2022, offline, arXiv 2112.03570; moderated: Smyth 2004, arXiv 2603.11799"
    knowledge = "the target's log-odds of the label; reference models that never saw the record"
    references = True

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The one-sided z-score (see `ReferenceAttack.parts`); NaN without an OUT reference."""
        return self._parts(evidence, (~evidence.membership,), group, leave, every_record, _z_score)


@register
@dataclass(frozen=True, slots=True)
class LiraOnlinePooled(LiraOnline):
    """LiRA online with one variance for all records: the paper's choice for few references."""

    name = "lira-online-pooled"
    title = "LiRA, online, pooled variance"
    source = "Carlini et al. 2022, section VI-C, arXiv 2112.03570"
    variance: Variance = "pooled"


@register
@dataclass(frozen=True, slots=True)
class LiraOnlinePerRecord(LiraOnline):
    """LiRA online with a variance of its own for every record: the paper's choice from 64 references on."""

    name = "lira-online-per-record"
    title = "LiRA, online, variance per record"
    source = "Carlini et al. 2022, Algorithm 1, arXiv 2112.03570"
    variance: Variance = "per-record"


@register
@dataclass(frozen=True, slots=True)
class LiraOfflinePooled(LiraOffline):
    """LiRA offline with one variance for all records."""

    name = "lira-offline-pooled"
    title = "LiRA, offline, pooled variance"
    source = "Carlini et al. 2022, section VI-C, arXiv 2112.03570"
    variance: Variance = "pooled"


@register
@dataclass(frozen=True, slots=True)
class LiraOfflinePerRecord(LiraOffline):
    """LiRA offline with a variance of its own for every record."""

    name = "lira-offline-per-record"
    title = "LiRA, offline, variance per record"
    source = "Carlini et al. 2022, offline variant, arXiv 2112.03570"
    variance: Variance = "per-record"


def _log_ratio(signals: list[Floats], inside: Likelihood, out: Likelihood) -> Floats:
    return inside.log_density(signals) - out.log_density(signals)


def _z_score(signals: Sequence[Floats], out: Likelihood) -> Floats:
    deviation = [x - mean for x, mean in zip(signals, out.mean, strict=True)]
    ones = conditioned([np.ones((1, 1))] * len(signals), out.scale)
    products = [
        (x * one / variance, one * one / variance)
        for (x, variance), (one, _) in zip(conditioned(deviation, out.scale), ones, strict=True)
    ]
    return np.asarray(sum(x for x, _ in products) / np.sqrt(sum(one for _, one in products)), np.float64)
