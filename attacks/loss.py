"""The loss attack: a record is a member if the model's loss on it is low."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.base import Attack, Evidence, Floats, register


@register
@dataclass(frozen=True, slots=True)
class Loss(Attack):
    """Score -loss = ln p_y, averaged over views (Yeom et al. 2018, Adversary 2, arXiv 1709.01604)."""

    name = "loss"
    title = "Loss threshold"
    source = "Yeom et al. 2018, Adversary 2, arXiv 1709.01604"
    knowledge = "the target's confidence in the label; no reference models"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """The mean over views of ln p_y (see `Attack.scores`)."""
        return evidence.log_confidence.copy()
