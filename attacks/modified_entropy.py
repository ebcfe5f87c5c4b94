"""The modified entropy attack: as the entropy's, but a model that is surely wrong is not sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Floats, register
from attacks.ranks import share_below


@register
@dataclass(frozen=True, slots=True)
class ModifiedEntropy(Attack):
    """Score `(1 - p_y) ln p_y + sum_{j != y} p_j ln(1 - p_j)`, averaged over views (Song & Mittal 2021).

    Rises with p_y, and falls with every other class's p.
    """

    name = "modified-entropy"
    title = "Modified entropy"
    source = "Song & Mittal 2021, equation 7, arXiv 2003.10595"
    knowledge = "the target's probabilities of all classes; no reference models"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """Minus the mean modified entropy over views (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence has no modified entropy.
        """
        return np.asarray(-evidence.needed("modified_entropy").mean(axis=2, dtype=np.float64))


@register
@dataclass(frozen=True, slots=True)
class ModifiedEntropyByClass(Attack):
    """Modified entropy against one threshold a class, found on reference models (Song & Mittal 2021).

    A threshold a class is a false-positive rate a class: the score is the share of the references' scores
    on records of this class that they were not trained on, and that lie below the target's.
    """

    name = "modified-entropy-by-class"
    title = "Modified entropy, thresholds by class"
    source = "Song & Mittal 2021, section 3.2, arXiv 2003.10595"
    knowledge = "the target's probabilities of all classes; reference models that never saw the record"
    references = True

    def scores(self, evidence: Evidence) -> Floats:
        """The share of non-member scores of the class that lie below (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence has no modified entropy or no labels.
        """
        whole = ModifiedEntropy().scores(evidence)
        labels, found = evidence.needed("labels"), np.full(whole.shape, np.nan)
        for label in np.unique(labels):
            of_class = labels == label
            found[:, of_class] = share_below(whole[:, of_class], ~evidence.membership[:, of_class], evidence.pair)
        return found
