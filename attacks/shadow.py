"""The shadow-classifier attack: a classifier that learnt on shadow models what outputs on members look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from attacks.base import Attack, Evidence, Floats, Ints, register
from attacks.threads import in_parallel, one_thread_each

MOST_ROWS = 50_000
"""Outputs of shadow models from which the classifier learns; of more, every so many-th record is taken."""


@register
@dataclass(frozen=True, slots=True)
class ShadowClassifier(Attack):
    """Score the log-odds of membership by a classifier on outputs of shadow models (Shokri et al. 2017).

    Features: the highest probabilities, sorted, as log-odds; the label's log-odds; whether the model is right.

    Attributes:
        trees: of the classifier, gradient boosting.
    """

    name = "shadow"
    title = "Shadow classifier"
    source = "Shokri et al. 2017, arXiv 1610.05820"
    knowledge = "the target's probabilities of all classes; shadow models on random halves of the same records"
    references = True
    most_models: ClassVar[int | None] = 16
    trees: int = 60

    def scores(self, evidence: Evidence) -> Floats:
        """The classifier's log-odds (see `Attack.scores`); NaN where the target has no shadow models.

        Raises:
            UnscorableError: if the evidence has no highest probabilities.
        """
        outputs = _features(evidence)
        numbers = np.unique(evidence.pair)
        found = np.full(evidence.membership.shape, np.nan)

        def attack(number: int) -> None:
            targets, shadows = np.flatnonzero(evidence.pair == number), np.flatnonzero(evidence.pair != number)
            if not len(shadows):
                return
            with one_thread_each():
                classifier = _learnt(outputs, evidence, shadows, self.trees)
                for target in targets:
                    found[target] = classifier.decision_function(outputs[target])

        in_parallel(attack, numbers.tolist())
        return found


def _features(evidence: Evidence) -> Floats:
    """Float [models, records, features]."""
    top = evidence.needed("top").mean(axis=2, dtype=np.float64)
    odds = top - np.log(-np.expm1(np.minimum(top, -1e-9)))
    phi = evidence.phi.mean(axis=2)
    return np.concatenate([odds, phi[:, :, None], evidence.needed("correct")[:, :, None]], axis=2)


def _learnt(outputs: Floats, evidence: Evidence, shadows: Ints, trees: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    step = -(-len(shadows) * outputs.shape[1] // MOST_ROWS)
    x = np.concatenate([outputs[k, place % step :: step] for place, k in enumerate(shadows)])
    y = np.concatenate([evidence.membership[k, place % step :: step] for place, k in enumerate(shadows)])
    classifier = HistGradientBoostingClassifier(max_iter=trees, max_leaf_nodes=15, early_stopping=False, random_state=0)
    return classifier.fit(x, y)
