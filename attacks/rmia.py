"""RMIA: how many population records does the target favour less, against its references, than this one?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from attacks.base import Evidence, Floats, Ints, Part, PartsOf, mean_log_confidence, register
from attacks.base_score import MeanConfidence
from attacks.references import ReferenceAttack, Sums, scored

# The paper's gamma is 2. With one fixed population the score is a step function of the record's ratio
# alone, so gamma orders nothing: it acts through ties only, and above 1 it ties every record whose
# ratio lies below gamma times the lowest ratio of the population. Gamma 1 loses nothing.
GAMMA = 1.0

# How far confidence IN lies between confidence OUT (a = 1) and certainty (a = 0). A public constant,
# set before any pool was seen; tuning it on the audited labels would leak them into the score.
OFFLINE_A = 1 / 3


Population = Literal["records", "separate"]
Ratio = Callable[[Sums], Floats]
"""Sums over references to ln of p_y(x) / P(x), Float [targets, records]."""


@register
@dataclass(frozen=True, slots=True)
class RmiaOnline(ReferenceAttack):
    """RMIA with P(x) the mean confidence of IN and OUT references (Zarifzadeh et al. 2024, arXiv 2312.03262).

    Several views enter as the mean of their ln p_y.

    Attributes:
        gamma: how far a ratio must exceed a population record's to dominate it, positive.
        population: `records` takes the pool's own, `separate` records that no model was trained on.
    """

    name = "rmia-online"
    title = "RMIA, online"
    source = "Zarifzadeh et al. 2024, arXiv 2312.03262"
    knowledge = "the target's confidence in the label; reference models on random halves of the same records"
    references = True
    gamma: float = GAMMA
    population: Population = "records"

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The share of population records dominated (see `ReferenceAttack.parts`).

        Raises:
            UnscorableError: if the population is a separate one, and the evidence has none.
        """
        mean = MeanConfidence.of(evidence, group)
        others = _others(evidence, group) if self.population == "separate" else None
        return _compared(mean, others, leave, self.gamma, mean.log_ratio, others.log_ratio if others else None)


@register
@dataclass(frozen=True, slots=True)
class RmiaOnlinePopulation(RmiaOnline):
    """RMIA online against a separate population: the test records, which no model was trained on."""

    name = "rmia-online-population"
    title = "RMIA, online, separate population"
    knowledge = "the target's confidence in the label, and in those of non-members; reference models as for RMIA"
    population: Population = "separate"


@register
@dataclass(frozen=True, slots=True)
class RmiaOffline(ReferenceAttack):
    """RMIA from OUT references alone: `P(x) = ((1 + a) P_out(x) + 1 - a) / 2` (Zarifzadeh et al. 2024).

    Attributes:
        gamma: how far a ratio must exceed a population record's to dominate it, positive.
        a: the line on which confidence IN is guessed from confidence OUT, in [0, 1].
        population: `records` takes the pool's own, `separate` records that no model was trained on.
    """

    name = "rmia-offline"
    title = "RMIA, offline"
    source = "Zarifzadeh et al. 2024, arXiv 2312.03262"
    knowledge = "the target's confidence in the label; reference models that never saw the record"
    references = True
    gamma: float = GAMMA
    a: float = OFFLINE_A
    population: Population = "records"

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The share of population records dominated (see `ReferenceAttack.parts`); NaN without an OUT reference.

        Raises:
            UnscorableError: if the population is a separate one, and the evidence has none.
        """
        mean = MeanConfidence.of(evidence, group, ~evidence.membership)
        others = _others(evidence, group) if self.population == "separate" else None
        return _compared(mean, others, leave, self.gamma, self._ratio(mean), self._ratio(others) if others else None)

    def _ratio(self, mean: MeanConfidence) -> Ratio:
        def ratio(at: Sums) -> Floats:
            log_both = mean.log_mixture((1 + self.a) / 2, (1 - self.a) / 2, at)
            return np.asarray(mean.log_confidence[at.models, at.records] - log_both, np.float64)

        return ratio


def _others(evidence: Evidence, group: Ints) -> MeanConfidence:
    """Mean confidences on the separate population; every model is OUT of all of it."""
    return MeanConfidence.of(evidence, group, own=mean_log_confidence(evidence.needed("population")))


def _compared(
    mean: MeanConfidence,
    others: MeanConfidence | None,
    leave: bool,
    gamma: float,
    ratio: Ratio,
    of_others: Ratio | None,
) -> PartsOf:
    """Scores from ratios of the records, and of the population if it is another."""

    def of_group(own: int) -> Iterator[Part]:
        records = mean.sums.sums(own, leave, every_record=True)
        if others is None or of_others is None:
            return scored(records, lambda at: dominated(ratio(at), gamma))
        both = zip(records, others.sums.sums(own, leave, every_record=True), strict=True)
        return (Part(a.left_out, a.models, a.records, dominated(ratio(a), gamma, of_others(b))) for a, b in both)

    return of_group


def dominated(log_ratio: Floats, gamma: float, population: Floats | None = None) -> Floats:
    """For every record the share of the population whose ratio, times gamma, it reaches.

    The population is sorted once a target: O(records log records), never records squared.

    Args:
        log_ratio: Float [models, records]; ln of p_y(x) / P(x); NaN where it cannot be had.
        gamma: positive.
        population: Float [models, population]; the same of the population; None takes the records themselves.

    Returns:
        Float [models, records] in [0, 1]; NaN where the ratio is.
    """
    log_gamma = float(np.log(gamma))
    if population is None:
        return np.stack([_dominated_by_row(row, log_gamma) for row in log_ratio])
    return np.stack([_share_reached(row, z, log_gamma) for row, z in zip(log_ratio, population, strict=True)])


def _share_reached(row: Floats, population: Floats, log_gamma: float) -> Floats:
    rising = np.sort(population[~np.isnan(population)])
    if not len(rising):
        return np.full(len(row), np.nan)
    share = np.searchsorted(rising, row - log_gamma, side="right") / len(rising)
    return np.where(np.isnan(row), np.nan, share)


def _dominated_by_row(row: Floats, log_gamma: float) -> Floats:
    order = np.argsort(row)  # NaN last
    rising = row[order]
    known = len(row) - int(np.isnan(rising).sum())
    share = np.full(len(row), np.nan)
    if known:
        share[order[:known]] = _reached(rising[:known], log_gamma) / known
    return share


def _reached(rising: Floats, log_gamma: float) -> Ints:
    """How many of the rising ratios each of them reaches, [records]."""
    if log_gamma or (rising[1:] == rising[:-1]).any():
        return np.searchsorted(rising, rising - log_gamma, side="right")
    return np.arange(1, len(rising) + 1)
