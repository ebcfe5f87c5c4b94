"""BASE: the target's loss against the mean confidence of all references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints, register
from attacks.references import outside


@register
@dataclass(frozen=True, slots=True)
class Base(Attack):
    """Score `ln p_y(x; target) - ln mean_k p_y(x; k)` over IN and OUT references (Lassila et al. 2025).

    Several views enter as the mean of their ln p_y. Which references a record is IN is not used.
    """

    name = "base"
    title = "BASE"
    source = "Lassila et al. 2025, arXiv 2505.24089"
    knowledge = "the target's confidence in the label; reference models on random halves of the same records"
    references = True

    def scores(self, evidence: Evidence) -> Floats:
        """The log ratio (see `Attack.scores`); NaN throughout where the target has no reference."""
        own = evidence.log_confidence
        return own - log_mean_outside(own, np.ones(own.shape, bool), evidence.pair)


def log_mean_outside(log_confidence: Floats, members: Bools, pair: Ints) -> Floats:
    """Ln of the mean confidence of some references, summed in logarithms: no confidence is too small.

    Args:
        log_confidence: Float [models, records], at most 0.
        members: Bool [models, records]; which models count as references of which record.
        pair: Int [models]; models of the target's own number are left out.

    Returns:
        Float [models, records]; NaN where there is no reference.
    """
    count = outside(members.astype(float), pair)
    log_sum = outside(np.where(members, log_confidence, -np.inf), pair, np.logaddexp)
    return np.where(count > 0, log_sum - np.log(np.maximum(count, 1)), np.nan)
