"""Files of outputs as tables: one row a record, of one model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from audit.data.draft import Array, Problem, counted, nearest, quoted
from audit.data.encode import encode
from audit.data.table import read_table, texts
from audit.scoring.fields import Raw

COLUMNS = {"member": "membership", "loss": "losses", "phi": "phi", "correct": "correct", "label": "labels", "id": "ids"}
"""Column -> field."""
WIDE = {"logit": "logits", "probability": "probabilities"}
"""Beginning of the columns that hold one class each -> field."""


def read_outputs(source: str, path: Path, groups: Sequence[str] = ()) -> Raw:
    """The fields that a table holds; columns that are no field are features.

    Args:
        source: the file, as the person named it.
        path: the file.
        groups: columns to report by; they are no features.

    Raises:
        DataError: if the file is no table.
    """
    frame = read_table(source, path)
    wide = {field: _classes(frame.columns, prefix) for prefix, field in WIDE.items()}
    single = {column: field for column, field in COLUMNS.items() if column in frame.columns}
    used = {*single, *(name for names in wide.values() for name in names)}
    problems = [*_column_problems(frame, groups), *_gaps(wide), *_missing_values(frame, sorted(used))]
    if problems:
        return Raw(source, {}, problems=tuple(problems))
    arrays = {field: _values(frame[column], field) for column, field in single.items()}
    arrays |= {field: frame.select(names).to_numpy() for field, names in wide.items() if names}
    features = encode(frame.drop([*used, *groups]), np.ones(len(frame), np.bool_))
    arrays |= {"features": features.x} if features.x is not None else {}
    arrays |= _named_classes(arrays)
    shown = {field: f"column '{column}'" for column, field in COLUMNS.items()}
    shown |= {field: f"columns '{prefix}_0' and on" for prefix, field in WIDE.items()}
    return Raw(source, arrays, {name: texts(frame[name]) for name in groups}, shown=shown, notes=features.notes)


def _classes(columns: Sequence[str], prefix: str) -> list[str]:
    """The columns of one kind, in the order of the classes."""
    found = [name for name in columns if re.fullmatch(rf"{prefix}_\d+", name)]
    return sorted(found, key=lambda name: int(name.rpartition("_")[2]))


def _values(column: pl.Series, field: str) -> Array:
    if field == "ids":
        return texts(column)
    return column.to_numpy()


def _named_classes(arrays: dict[str, Array]) -> dict[str, Array]:
    """Names of the classes and labels that count them, where labels are texts that no outputs of classes number."""
    labels = arrays.get("labels")
    if labels is None or labels.dtype.kind in "iubf" or any(field in arrays for field in WIDE.values()):
        return {}
    names, places = np.unique(labels.astype(np.str_), return_inverse=True)
    return {"labels": places, "class_names": names}


def _column_problems(frame: pl.DataFrame, groups: Sequence[str]) -> Iterator[Problem]:
    has = f"the columns are {quoted(frame.columns)}"
    if "member" not in frame.columns:
        close = nearest("member", frame.columns)
        what = f"there is no column 'member', 1 where the model was trained on the record and 0 elsewhere{close}"
        yield Problem(what, has)
    for name in groups:
        if name not in frame.columns:
            yield Problem(f"there is no column '{name}' to report by{nearest(name, frame.columns)}", has)


def _gaps(wide: dict[str, list[str]]) -> Iterator[Problem]:
    for names in wide.values():
        numbers = [int(name.rpartition("_")[2]) for name in names]
        if numbers != list(range(len(numbers))):
            what = f"columns {quoted(names)} do not count the classes 0, 1, 2 and on"
            yield Problem(what, "name one a class, from 0")


def _missing_values(frame: pl.DataFrame, columns: Sequence[str]) -> Iterator[Problem]:
    for name in columns:
        missing = np.flatnonzero(frame[name].is_null())
        if missing.size:
            what = f"column '{name}' lacks a value in {counted(missing.size, 'row')}, first in row {missing[0]}"
            yield Problem(what, "fill in or remove these rows (rows count from 0, without the header)")
