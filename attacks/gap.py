"""The gap attack: a record is a member if the model is right about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Floats, register


@register
@dataclass(frozen=True, slots=True)
class Gap(Attack):
    """Member iff correct (Yeom et al. 2018, arXiv 1709.01604).

    Its advantage is the mean memorization of the records, by identity: a floor under every other attack.
    """

    name = "gap"
    title = "Gap"
    source = "Yeom et al. 2018, arXiv 1709.01604"
    knowledge = "the target's predicted class; no reference models"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """1 where the target is right about the record, else 0 (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence does not say where models are right.
        """
        return evidence.needed("correct").astype(np.float64)
