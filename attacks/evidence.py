"""What an attacker has: outputs of models, who was IN, and whatever else there is."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from attacks.threads import in_parallel

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class UnscorableError(ValueError):
    """An attack gives no score to any member or to any non-member; the message says why."""


FEW = 50_000
"""So few signals are quicker done than threads are started."""
OUTPUTS = ("entropy", "modified_entropy", "top", "views_correct")
OF_MODELS = ("membership", "phi", "correct", "pair", *OUTPUTS, "population")
"""Fields whose first axis is that of the models."""

LACKING = {
    "correct": "whether the models are right about the records: give `correct`, logits or probabilities",
    "entropy": "the entropy of the models' outputs: give logits or probabilities, not losses alone",
    "modified_entropy": "the probabilities of all classes: give logits or probabilities, not losses alone",
    "top": "the highest probabilities of the outputs: give logits or probabilities, not losses alone",
    "views_correct": "predictions for several views of every record (--views plain,mirror,...)",
    "population": "what the models say of a population: records that no model was trained on",
    "labels": "the labels of the records",
    "features": "the features of the records",
}
"""What is missing where a field is None, and what would help."""


@dataclass(frozen=True)
class Evidence:
    """A pool as an attacker sees it; every model is a target in turn and a reference for the others.

    What only some attacks need is None where there is none.

    Attributes:
        membership: Bool [models, records]; True where the record is IN the model's training set.
        phi: Float [models, records, views]; ln p_y - ln sum of the other classes' p, from the logits.
        correct: Bool [models, records]; the model's top class is the record's label; None where losses alone are
            known, which do not tell.
        pair: Int [models]; models of one number drew their coins together (one is the other's
            complement). The references of a target are all models of another number: a partner's
            coins are the target's turned over, and would tell the answer.
        entropy: Float [models, records, views]; of the output's distribution, in nats.
        modified_entropy: Float [models, records, views]; see `attacks.modified_entropy`.
        top: Float [models, records, views, places]; the logarithms of the highest probabilities, falling.
        views_correct: Bool [models, records, views]; as `correct`, for every view.
        population: Float [models, population, views]; phi of records that no model was trained on.
        labels: Int [records]; classes.
        features: Float [records, features].
    """

    membership: Bools
    phi: Floats
    correct: Bools | None
    pair: Ints
    entropy: NDArray[np.floating] | None = None
    modified_entropy: NDArray[np.floating] | None = None
    top: NDArray[np.floating] | None = None
    views_correct: Bools | None = None
    population: Floats | None = None
    labels: Ints | None = None
    features: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        models, records = self.membership.shape
        if self.phi.ndim != 3 or self.phi.shape[:2] != self.membership.shape:
            raise ValueError(f"phi {self.phi.shape} is not [models, records, views] over {self.membership.shape}")
        if self.pair.shape != self.membership.shape[:1]:
            raise ValueError("pair must be [models], as many as membership has")
        views = self.phi.shape[2]
        expected = {
            "correct": (models, records),
            "entropy": (models, records, views),
            "modified_entropy": (models, records, views),
            "top": (models, records, views),
            "views_correct": (models, records, views),
            "population": (models,),
            "labels": (records,),
            "features": (records,),
        }
        for name, shape in expected.items():
            held = getattr(self, name)
            if held is not None and held.shape[: len(shape)] != shape:
                raise ValueError(f"{name} {held.shape} does not begin with {shape}")

    @cached_property
    def log_confidence(self) -> Floats:
        """Float [models, records], at most 0, read-only: the mean over views of ln p_y, with `p_y = expit(phi)`."""
        return mean_log_confidence(self.phi)

    def needed(self, name: str) -> NDArray[Any]:
        """A field that may be absent.

        Args:
            name: one of `LACKING`.

        Raises:
            UnscorableError: if it is.
        """
        held: NDArray[Any] | None = getattr(self, name)
        if held is None:
            raise UnscorableError(f"it needs {LACKING[name]}")
        return held

    def take(self, models: Bools | Ints) -> Self:
        """The evidence of some of the models alone, as targets and as references.

        Args:
            models: Bool [models] or indices into the models axis; take whole pairs.
        """
        held = {name: getattr(self, name) for name in OF_MODELS}
        return replace(self, **{name: array[models] for name, array in held.items() if array is not None})

    def first_view(self) -> Self:
        """The same evidence with a single query a record: the record itself."""
        names = ("phi", *OUTPUTS, "population")
        held = {name: getattr(self, name) for name in names}
        return replace(self, **{name: array[:, :, :1] for name, array in held.items() if array is not None})

    def records(self, chosen: Bools | Ints | slice) -> Self:
        """The evidence on some of the records alone.

        Args:
            chosen: Bool [records], indices into the records axis, or a slice of it.
        """
        cut: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            held = getattr(self, name)
            if held is not None and name not in ("pair", "population"):
                cut[name] = held[chosen] if name in ("labels", "features") else held[:, chosen]
        return replace(self, **cut)


def mean_log_confidence(phi: Floats) -> Floats:
    """Float [models, records], at most 0, read-only: the mean over views of ln p_y.

    Args:
        phi: Float [models, records, views].
    """
    models = [phi] if phi.size < FEW else list(phi)
    means = in_parallel(lambda signals: np.asarray(log_expit(signals).mean(axis=-1), np.float64), models)
    found = means[0] if phi.size < FEW else np.stack(means)
    found.setflags(write=False)
    return found
