"""Tables: a label column, and what it is to be told from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from audit.config import DataConfig
from audit.data.base import Ints, Strings
from audit.data.checks import FLOAT32_MAX
from audit.data.draft import Draft, Problem, counted, nearest, quoted
from audit.data.encode import CATEGORICAL, encode
from audit.data.files import existing_file
from audit.data.split import held_out, held_out_note
from audit.errors import DataError

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?")
SEPARATORS = ",;\t"


def draft(config: DataConfig) -> Draft:
    """Features from all columns but the label and the id; group columns are reported by and remain features.

    Args:
        config: the file; the label, id and group columns; the share and seed of the held-out part, which is
            drawn here because the features are standardised with the statistics of the rest.

    Raises:
        DataError: if the file is missing, empty or no table.
    """
    path = existing_file(config.source)
    frame = read_table(config.source, path)
    problems = [*_column_problems(frame.columns, config), *_value_problems(frame, config)]
    y, class_names = _labels(frame, config.label)
    ids = texts(frame[config.id]) if config.id in frame.columns else None
    found = Draft(path.stem, None, y, ids, class_names, problems=tuple(problems))
    return found if problems or y is None else _split(frame, found, y, config)


def read_table(source: str, path: Path) -> pl.DataFrame:
    """A table as it is on disk; what is missing, NaN among it, is null.

    Args:
        source: the file, as the person named it.
        path: the file, .parquet or a text with separators.

    Raises:
        DataError: if it is no table.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _without_nan(pl.read_parquet(path))
        settings: dict[str, Any] = {"null_values": list(MISSING), "infer_schema_length": None}
        return _without_nan(pl.read_csv(path, separator=_separator(path), **settings))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as failure:
        first = str(failure).strip().splitlines()[0]
        raise DataError(
            f"{source}: the file cannot be read as a table: {first}", "check that it is what its suffix says"
        ) from failure


def _separator(path: Path) -> str:
    """What the header has most of; a comma if it has none."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        header = lines.readline()
    return max(SEPARATORS, key=header.count)


def _without_nan(frame: pl.DataFrame) -> pl.DataFrame:
    """NaN in a column of numbers is a missing value."""
    return frame.with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))


def _column_problems(columns: list[str], config: DataConfig) -> Iterator[Problem]:
    has = f"the columns are {quoted(columns)}"
    if config.label is None:
        yield Problem(f"which column is the label is not said; {has}", "name the label column with --label")
    for column in dict.fromkeys(name for name in (config.label, config.id, *config.groups) if name is not None):
        if column not in columns:
            yield Problem(f"there is no column '{column}'{nearest(column, columns)}", has)
    if config.label is not None and config.label == config.id:
        yield Problem(f"column '{config.label}' is both the label and the id", "name two columns")


def _value_problems(frame: pl.DataFrame, config: DataConfig) -> Iterator[Problem]:
    for role, column in (("label", config.label), ("id", config.id)):
        missing = np.flatnonzero(frame[column].is_null()) if column in frame.columns else np.zeros(0)
        if missing.size:
            what = (
                f"{role} column '{column}' lacks a value in {counted(missing.size, 'row')}, first in row {missing[0]}"
            )
            yield Problem(what, "fill in or remove these rows (rows count from 0, without the header)")
    if config.label in frame.columns:
        yield from _label_problems(frame[config.label])
    for feature in _feature_columns(frame, config).select(pl.col(pl.Float32, pl.Float64)):
        infinite = np.flatnonzero((feature.abs() > FLOAT32_MAX).fill_null(False))
        if infinite.size:
            what = f"column '{feature.name}' is infinite or beyond float32 in {counted(infinite.size, 'row')}, "
            yield Problem(f"{what}first in row {infinite[0]}", "put a number there, or leave the place empty")


def _label_problems(label: pl.Series) -> Iterator[Problem]:
    if label.dtype.is_numeric():
        present = label.drop_nulls().cast(pl.Float64)
        fractions = present.filter((present != present.round()) | present.is_infinite())
        if fractions.len():
            what = f"label column '{label.name}' looks continuous: {present.n_unique():,} distinct values, such as "
            yield Problem(f"{what}{fractions[0]:g}", "name a column of classes, or cut this one into classes first")
    elif label.dtype not in CATEGORICAL:
        what = f"label column '{label.name}' is of type {label.dtype}"
        yield Problem(what, "name a column of texts, integers or booleans")


def _feature_columns(frame: pl.DataFrame, config: DataConfig) -> pl.DataFrame:
    return frame.drop([column for column in (config.label, config.id) if column in frame.columns])


def _labels(frame: pl.DataFrame, label: str | None) -> tuple[Ints | None, tuple[str, ...] | None]:
    """Class indices in the order of the sorted labels, and the labels; None where the column is not fit for it."""
    if label not in frame.columns or frame[label].has_nulls() or any(_label_problems(frame[label])):
        return None, None
    column = frame[label]
    values = column.cast(pl.Int64 if column.dtype.is_numeric() else pl.String).to_numpy()
    names, y = np.unique(values, return_inverse=True)
    return y.astype(np.int64), tuple(str(name) for name in names)


def texts(column: pl.Series) -> Strings:
    """A column as texts, Str [records]; `missing` where it has no value.

    Args:
        column: of any type.
    """
    return column.cast(pl.String).fill_null("missing").to_numpy().astype(np.str_)


def _split(frame: pl.DataFrame, partial: Draft, y: Ints, config: DataConfig) -> Draft:
    held = held_out(y, config.test_share, config.seed)
    features = encode(_feature_columns(frame, config), ~held)
    if features.x is None:
        what = f"no column is left as a feature. {' '.join(features.notes)}"
        return replace(partial, problems=(Problem(what, "add columns of numbers or of few categories"),))
    groups = {name: texts(frame[name]) for name in config.groups}
    ids = np.arange(len(y)) if partial.ids is None else partial.ids
    return replace(
        partial,
        x=features.x[~held],
        y=y[~held],
        ids=ids[~held],
        x_test=features.x[held],
        y_test=y[held],
        groups={name: column[~held] for name, column in groups.items()},
        test_groups={name: column[held] for name, column in groups.items()},
        notes=(held_out_note(held, config.seed), *features.notes),
    )
