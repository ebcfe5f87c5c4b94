"""The fields of a file of outputs: what each is called, what it holds, and along which axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from audit.data.base import Strings
from audit.data.draft import Problem

Array = NDArray[Any]
Kind = Literal["yes-no", "whole", "number", "text"]

VIEWS = "views"
"""The axis that may be left out: one view of every record."""

MODELS = "models"
"""The axis that may be left out where there is one model."""

REST = "..."
"""Any further axes."""


@dataclass(frozen=True, slots=True)
class Field:
    """One array of a file.

    Attributes:
        kind: of its values.
        axes: names of its axes, in order.
        says: what it holds, for a reader.
    """

    kind: Kind
    axes: tuple[str, ...]
    says: str


def _of_records(kind: Kind, says: str, *more: str) -> Field:
    return Field(kind, (MODELS, "records", *more), says)


def _of_population(kind: Kind, says: str, *more: str) -> Field:
    return Field(kind, (MODELS, "population", *more), says)


FIELDS: Mapping[str, Field] = {
    "membership": _of_records("yes-no", "1 where the model was trained on the record"),
    "logits": _of_records("number", "outputs before the softmax", VIEWS, "classes"),
    "probabilities": _of_records("number", "outputs after the softmax", VIEWS, "classes"),
    "losses": _of_records("number", "cross-entropies of the label, in nats", VIEWS),
    "phi": _of_records("number", "log-odds of the label, ln p - ln(1 - p)", VIEWS),
    "correct": _of_records("yes-no", "1 where the model's top class is the label"),
    "views_correct": _of_records("yes-no", "the same for every view", VIEWS),
    "entropy": _of_records("number", "entropies of the outputs, in nats", VIEWS),
    "modified_entropy": _of_records("number", "modified entropies (Song & Mittal 2021), in nats", VIEWS),
    "top": _of_records("number", "logarithms of the highest probabilities, falling", VIEWS, "places"),
    "labels": Field("whole", ("records",), "classes, counted from 0"),
    "ids": Field("text", ("records",), "names of the records; without them they are numbered from 0"),
    "units": Field("text", ("records",), "records of one unit, such as one person's, were IN and OUT together"),
    "features": Field("number", ("records", REST), "the records themselves, for attacks that regress on them"),
    "pair": Field("whole", (MODELS,), "models of one number are never each other's references"),
    "targets": Field("yes-no", (MODELS,), "1 for the models under audit; the others are references"),
    "population_logits": _of_population("number", "as logits, of records no model was trained on", VIEWS, "classes"),
    "population_probabilities": _of_population("number", "as probabilities, of such records", VIEWS, "classes"),
    "population_losses": _of_population("number", "as losses, of such records", VIEWS),
    "population": _of_population("number", "as phi, of such records", VIEWS),
    "population_correct": _of_population("yes-no", "as correct, of such records"),
    "population_labels": Field("whole", ("population",), "their classes"),
    "class_names": Field("text", ("classes named",), "a name for every class"),
    "seconds": Field("number", (MODELS,), "how long the training of each model took"),
}
"""Name -> field. Columns to report by are `group_NAME` [records] and `population_group_NAME` [population]."""

OUTPUTS: Mapping[str, str] = {
    "logits": "population_logits",
    "probabilities": "population_probabilities",
    "losses": "population_losses",
    "phi": "population",
}
"""The kinds of outputs, of which a file has one -> the same of the population."""

WITH_CLASSES = ("logits", "probabilities")
"""Kinds from which the label's share must be picked out."""

GROUP, POPULATION_GROUP = "group_", "population_group_"


@dataclass(frozen=True)
class Raw:
    """A file of outputs as it was found; nothing here is trusted yet.

    Attributes:
        source: the file, as the person named it.
        arrays: field -> array.
        groups: column -> Str [records].
        population_groups: the same columns of the population.
        shown: field -> what it is called in the file, where that is not the field's own name.
        unknown: arrays of the file that are no field.
        notes: what was done to the file, in sentences.
        problems: what is wrong with it already.
    """

    source: str
    arrays: Mapping[str, Array]
    groups: Mapping[str, Strings] = field(default_factory=dict)
    population_groups: Mapping[str, Strings] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def name(self, field_name: str) -> str:
        """What a field is called in the file."""
        return self.shown.get(field_name, field_name)
