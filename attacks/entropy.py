"""The entropy attack: a record is a member if the model is sure of anything about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Floats, register


@register
@dataclass(frozen=True, slots=True)
class Entropy(Attack):
    """Score `sum_j p_j ln p_j`, averaged over views (Shokri et al. 2017; Song & Mittal 2021, arXiv 2003.10595).

    The label is not used: a model that is surely wrong about a record counts as sure.
    """

    name = "entropy"
    title = "Entropy"
    source = "Song & Mittal 2021, section 3.1, arXiv 2003.10595"
    knowledge = "the target's probabilities of all classes; no label, no reference models"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """Minus the mean entropy over views (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence has no entropy.
        """
        return np.asarray(-evidence.needed("entropy").mean(axis=2, dtype=np.float64))
