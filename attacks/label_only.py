"""The label-only attack: a record is a member if the model stays right about it when it is altered a little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Floats, UnscorableError, register


@register
@dataclass(frozen=True, slots=True)
class LabelOnly(Attack):
    """Score the share of views that the target classifies correctly (Choquette-Choo et al. 2021, arXiv 2007.14321).

    With v views the score has v + 1 values and ties to match. One view would be the gap attack.
    """

    name = "label-only"
    title = "Label only, views"
    source = "Choquette-Choo et al. 2021, section 4.2, arXiv 2007.14321"
    knowledge = "the target's predicted class for several views of a record; no reference models"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """The share of views that are right (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence has one view.
        """
        right = evidence.needed("views_correct")
        if right.shape[2] < 2:
            raise UnscorableError(
                "it needs predictions for several views of every record (--views plain,mirror,...); here is one"
            )
        return np.asarray(right.mean(axis=2, dtype=np.float64))
