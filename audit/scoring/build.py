"""From the sound arrays of a file to what the models say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.evidence import Evidence
from audit.data.base import Dataset
from audit.data.draft import Array, counted
from audit.scoring.fields import OUTPUTS, WITH_CLASSES, Raw
from audit.scoring.outputs import Said, said
from audit.scoring.pairs import drawn_together, torn_apart
from audit.scoring.scored import Scored

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

OF_OUTPUTS = ("views_correct", "entropy", "modified_entropy", "top")


class Classes(NamedTuple):
    """Labels that count the classes from 0; None where they are not known.

    Attributes:
        labels: Int [records].
        population: Int [population].
        names: one a class.
    """

    labels: Ints | None
    population: Ints | None
    names: tuple[str, ...]


def built(raw: Raw, arrays: Mapping[str, Array], path: Path) -> Scored:
    """Put a file together that has no problems.

    Args:
        raw: the file.
        arrays: its arrays, uniform.
        path: where it lies.
    """
    records, population = _said(arrays)
    classes = _classes(arrays)
    correct, notes = _correct(arrays.get("correct"), records, classes.names)
    right, _ = _correct(arrays.get("population_correct"), population, classes.names)
    pair = arrays.get("pair", drawn_together(arrays["membership"]))
    order = np.argsort(pair, kind="stable")
    return Scored(
        source=raw.source,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        dataset=_dataset(raw, arrays, classes, 0 if right is None else right.shape[1], path.stem),
        evidence=_evidence(arrays, records, population, classes.labels, correct, pair).take(order),
        targets=arrays.get("targets", np.ones(len(pair), np.bool_))[order],
        population_correct=None if right is None else right[order],
        seconds=arrays["seconds"][order] if "seconds" in arrays else None,
        has_labels=classes.labels is not None,
        has_population_labels=classes.population is not None,
        notes=(*raw.notes, *_unknown(raw), *notes, *_pair_notes(arrays, pair)),
        warnings=tuple(_warnings(arrays, pair, records.certain)),
        units=arrays.get("units"),
    )


def _said(arrays: Mapping[str, Array]) -> tuple[Said, Said | None]:
    """Of the records and of the population, read together: what is certain in both lies equally far out."""
    kind = next(kind for kind in OUTPUTS if kind in arrays)
    ours, theirs = arrays[kind], arrays.get(OUTPUTS[kind])
    if theirs is None:
        return said(kind, ours, arrays.get("labels")), None
    labels = [arrays[name] for name in ("labels", "population_labels") if name in arrays]
    whole = said(kind, np.concatenate([ours, theirs], axis=1), np.concatenate(labels) if len(labels) == 2 else None)
    size = ours.shape[1]
    return _cut(whole, slice(None, size)), _cut(whole, slice(size, None))


def _cut(whole: Said, records: slice) -> Said:
    held = {name: getattr(whole, name) for name in ("correct", "entropy", "modified_entropy", "top")}
    cut = {name: None if array is None else array[:, records] for name, array in held.items()}
    return Said(whole.phi[:, records], whole.certain, **cut)


def _classes(arrays: Mapping[str, Array]) -> Classes:
    labels, population = arrays.get("labels"), arrays.get("population_labels")
    if labels is None:
        return Classes(None, None, ())
    wide = [arrays[kind].shape[-1] for kind in WITH_CLASSES if kind in arrays]
    if "class_names" in arrays:
        return Classes(labels, population, tuple(arrays["class_names"].tolist()))
    if wide:
        return Classes(labels, population, tuple(map(str, range(wide[0]))))
    every = np.unique(labels if population is None else np.concatenate([labels, population]))
    of_population = None if population is None else np.searchsorted(every, population).astype(np.int64)
    return Classes(np.searchsorted(every, labels).astype(np.int64), of_population, tuple(map(str, every.tolist())))


def _correct(given: Bools | None, outputs: Said | None, names: tuple[str, ...]) -> tuple[Bools | None, list[str]]:
    """Where models are right, and how that is known if neither the file nor the outputs of all classes say it."""
    if given is not None or outputs is None:
        return given, []
    if outputs.correct is not None:
        return outputs.correct[:, :, 0], []
    if len(names) == 2:
        return outputs.phi[:, :, 0] > 0, ["Of two classes, a model is right where the label has more than one half."]
    return None, []


def _evidence(
    arrays: Mapping[str, Array],
    records: Said,
    population: Said | None,
    labels: Ints | None,
    correct: Bools | None,
    pair: Ints,
) -> Evidence:
    own = dict(zip(OF_OUTPUTS, (records.correct, records.entropy, records.modified_entropy, records.top), strict=True))
    outputs: dict[str, Any] = {name: arrays.get(name, own[name]) for name in OF_OUTPUTS}
    features = arrays.get("features")
    return Evidence(
        membership=arrays["membership"],
        phi=records.phi,
        correct=correct,
        pair=np.unique(pair, return_inverse=True)[1].astype(np.int64),
        population=None if population is None else population.phi,
        labels=labels,
        features=None if features is None else features.reshape(len(features), -1),
        **outputs,
    )


def _dataset(raw: Raw, arrays: Mapping[str, Array], classes: Classes, population: int, name: str) -> Dataset:
    """The records by name; where labels are not known all are of one nameless class."""
    records = arrays["membership"].shape[1]
    x = arrays.get("features", np.zeros((records, 0))).astype(np.float32)
    return Dataset(
        name=name,
        x=x,
        y=np.zeros(records, np.int64) if classes.labels is None else classes.labels,
        x_test=np.zeros((population, *x.shape[1:]), np.float32),
        y_test=np.zeros(population, np.int64) if classes.population is None else classes.population,
        ids=arrays.get("ids", np.arange(records).astype(np.str_)),
        class_names=classes.names or ("",),
        groups=raw.groups,
        test_groups=raw.population_groups if classes.population is not None else {},
    )


def _unknown(raw: Raw) -> Iterator[str]:
    for name in raw.unknown:
        yield f"Array '{name}' is no field of such a file and was not used."


def _pair_notes(arrays: Mapping[str, Array], pair: Ints) -> Iterator[str]:
    if "pair" in arrays:
        return
    units = [arrays["membership"][pair == number] for number in np.unique(pair)]
    couples = sum(len(unit) == 2 and bool((unit[0] != unit[1]).all()) for unit in units)
    if couples:
        yield (
            f"{counted(couples, 'pair')} of models are complements of each other, a record being IN just one of the "
            "two: partners are not each other's references."
        )
    again = [len(unit) for unit in units if len(unit) > 2 or (len(unit) == 2 and (unit[0] == unit[1]).all())]
    if again:
        yield (
            f"{counted(sum(again), 'model')} were trained on {counted(len(again), 'split')} of the records, each split "
            "more than once: models of one split are not each other's references, and count as one draw of coins."
        )


def _warnings(arrays: Mapping[str, Array], pair: Ints, certain: int) -> Iterator[str]:
    if torn := torn_apart(arrays["membership"], pair):
        yield (
            f"{counted(torn, 'model')} are complements of models with another number in 'pair', or were trained on the "
            "very same records: such a reference gives its target away, and figures come out wrong."
        )
    if certain:
        yield (
            f"{counted(certain, 'output')} are exactly 0 or 1: they were rounded, and attacks cannot tell them apart. "
            "Logits in float64 lose nothing."
        )
