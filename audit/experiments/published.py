"""What others published of the same records: a value a record, in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.data.arrays import headers_of, pickles, read_arrays
from audit.data.base import Dataset
from audit.data.checks import refuse
from audit.data.draft import Problem, nearest, quoted
from audit.data.files import existing_file
from audit.errors import AuditError, ConfigError
from audit.provenance import shown_path

Floats = NDArray[np.float64]
Array = NDArray[Any]

Kind = Literal["score", "disagreement"]

KINDS = {"score": 1, "disagreement": 2}
"""Kind of a measure -> arrays that it needs."""


@dataclass(frozen=True)
class Published:
    """A measure of the audited records.

    Attributes:
        title: file and arrays.
        kind: a `score` orders records; a `disagreement` is 1 where two labels differ, else 0.
        value: Float [records]; NaN where the file has none.
        asked: how it was asked for, without folders of the machine.
    """

    title: str
    kind: Kind
    value: Floats
    asked: str = ""


def all_published(asked: Mapping[Kind, Sequence[str]], dataset: Dataset) -> tuple[Published, ...]:
    """Read all measures; what is wrong with any of them is reported together.

    Args:
        asked: kind -> the measures of that kind, as `published` takes them.
        dataset: the audited records.

    Raises:
        AuditError: a subclass of it, naming every mistake.
    """
    found, wrong = list[Published](), list[AuditError]()
    for kind, each in asked.items():
        for one in each:
            try:
                found.append(published(one, kind, dataset))
            except AuditError as error:
                wrong.append(error)
    if len(wrong) > 1:
        raise ConfigError.collected([error.message for error in wrong], "; ".join(error.hint for error in wrong))
    if wrong:
        raise wrong[0]
    return tuple(found)


def published(asked: str, kind: Kind, dataset: Dataset) -> Published:
    """Read a measure.

    Args:
        asked: `FILE.npz:ARRAY`, of a disagreement `FILE.npz:ARRAY:ARRAY`; one value a record of the source. An array
            `ids` in the file says which; without it the record with the id `i` has the value at place `i`.
        kind: what the arrays are.
        dataset: the audited records.

    Raises:
        ConfigError: if that names no file and arrays.
        DataError: if the file cannot be read, or its values do not fit the records.
    """
    source, names = _named(asked, kind)
    path = existing_file(source)
    headers = headers_of(source, path, "numpy.savez(FILE, scores=scores)")
    absent = [
        Problem(f"there is no array '{name}'{nearest(name, headers)}", f"it has {quoted(headers)}")
        for name in names
        if name not in headers
    ]
    refuse(source, [*pickles({name: headers[name] for name in names if name in headers}), *absent])
    wanted = {name: name for name in (*names, *(["ids"] if "ids" in headers else []))}
    arrays, damaged = read_arrays(path, wanted)
    refuse(source, [*damaged])
    refuse(source, _misfits(arrays, names, dataset))
    values = _valued([arrays[name] for name in names])
    title = f"{path.name}: {' against '.join(names)}"
    return Published(title, kind, values[_places(arrays, dataset)], ":".join([shown_path(source), *names]))


def _named(asked: str, kind: str) -> tuple[str, list[str]]:
    source, *names = asked.rsplit(":", KINDS[kind])
    if len(names) != KINDS[kind] or not source or not all(names):
        form = "FILE.npz:" + ":".join(["ARRAY"] * KINDS[kind])
        raise ConfigError(f"--{kind} {asked}: not of the form {form}", f"write --{kind} {form}")
    return source, names


def _valued(columns: list[Array]) -> Floats:
    if len(columns) == 1:
        return columns[0].astype(np.float64)
    return (columns[0] != columns[1]).astype(np.float64)


def _places(arrays: dict[str, Array], dataset: Dataset) -> NDArray[np.int64]:
    """Where each record's value is."""
    if "ids" not in arrays:
        return dataset.ids.astype(np.int64)
    place = {str(name): number for number, name in enumerate(arrays["ids"].tolist())}
    return np.array([place[name] for name in dataset.ids.tolist()], np.int64)


def _misfits(arrays: dict[str, Array], names: list[str], dataset: Dataset) -> list[Problem]:
    length = len(arrays[names[0]]) if arrays[names[0]].ndim else 0
    shapes = [
        Problem(f"{name} is {array.dtype} {list(array.shape)}", "save one value a record")
        for name, array in arrays.items()
        if array.ndim != 1 or len(array) != length or (name != "ids" and array.dtype.kind not in "fiub")
    ]
    return shapes or _unmatched(arrays, length, dataset)


def _unmatched(arrays: dict[str, Array], length: int, dataset: Dataset) -> list[Problem]:
    if "ids" in arrays:
        missing = np.setdiff1d(dataset.ids, arrays["ids"].astype(np.str_))
        what = f"ids lacks {len(missing):,} of the audited records, {quoted(missing[:1])} among them"
        return [Problem(what, "save the ids of all audited records")] if len(missing) else []
    places = [int(name) if name.isdecimal() else length for name in dataset.ids.tolist()]
    if max(places) >= length:
        what = f"it has {length:,} values and no array 'ids', and the records' ids are no places among these"
        return [Problem(what, "save an array 'ids' beside the values")]
    return []
