"""RMIA: how many population records does the target favour less, against its references, than this one?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Evidence, Floats, Ints, PartsOf, register
from attacks.base_score import MeanConfidence
from attacks.references import ReferenceAttack, Sums, scored

# The paper's gamma is 2. With one fixed population the score is a step function of the record's ratio
# alone, so gamma orders nothing: it acts through ties only, and above 1 it ties every record whose
# ratio lies below gamma times the lowest ratio of the population. Gamma 1 loses nothing.
GAMMA = 1.0

# How far confidence IN lies between confidence OUT (a = 1) and certainty (a = 0). A public constant,
# set before any pool was seen; tuning it on the audited labels would leak them into the score.
OFFLINE_A = 1 / 3


@register
@dataclass(frozen=True, slots=True)
class RmiaOnline(ReferenceAttack):
    """RMIA with P(x) the mean confidence of IN and OUT references (Zarifzadeh et al. 2024, arXiv 2312.03262).

    The population is the pool's own records. Several views enter as the mean of their ln p_y.

    Attributes:
        gamma: how far a ratio must exceed a population record's to dominate it, positive.
    """

    name = "rmia-online"
    title = "RMIA, online"
    source = "Zarifzadeh et al. 2024, arXiv 2312.03262"
    knowledge = "the target's confidence in the label; reference models on random halves of the same records"
    references = True
    gamma: float = GAMMA

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The share of population records dominated (see `ReferenceAttack.parts`)."""
        mean = MeanConfidence.of(evidence, group)

        def score(at: Sums) -> Floats:
            return dominated(mean.log_ratio(at), self.gamma)

        return lambda own: scored(mean.sums.sums(own, leave, every_record=True), score)


@register
@dataclass(frozen=True, slots=True)
class RmiaOffline(ReferenceAttack):
    """RMIA from OUT references alone: `P(x) = ((1 + a) P_out(x) + 1 - a) / 2` (Zarifzadeh et al. 2024).

    Attributes:
        gamma: how far a ratio must exceed a population record's to dominate it, positive.
        a: the line on which confidence IN is guessed from confidence OUT, in [0, 1].
    """

    name = "rmia-offline"
    title = "RMIA, offline"
    source = "Zarifzadeh et al. 2024, arXiv 2312.03262"
    knowledge = "the target's confidence in the label; reference models that never saw the record"
    references = True
    gamma: float = GAMMA
    a: float = OFFLINE_A

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The share of population records dominated (see `ReferenceAttack.parts`); NaN without an OUT reference."""
        mean = MeanConfidence.of(evidence, group, ~evidence.membership)

        def score(at: Sums) -> Floats:
            log_both = mean.log_mixture((1 + self.a) / 2, (1 - self.a) / 2, at)
            return dominated(mean.log_confidence[at.models, at.records] - log_both, self.gamma)

        return lambda own: scored(mean.sums.sums(own, leave, every_record=True), score)


def dominated(log_ratio: Floats, gamma: float) -> Floats:
    """For every record the share of the population whose ratio, times gamma, it reaches.

    The population is sorted once a target: O(records log records), never records squared.

    Args:
        log_ratio: Float [models, records]; ln of p_y(x) / P(x); NaN where it cannot be had.
        gamma: positive.

    Returns:
        Float [models, records] in [0, 1]; NaN where the ratio is.
    """
    return np.stack([_dominated_by_row(row, float(np.log(gamma))) for row in log_ratio])


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
