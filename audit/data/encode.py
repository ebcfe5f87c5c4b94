"""Columns of a table as features: numbers standardised, categories one-hot, everything done to them said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.data.base import Floats32
from audit.data.draft import counted, listed

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
CATEGORICAL = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)
MOST_CATEGORIES = 256


@dataclass(frozen=True, slots=True)
class Encoded:
    """One column as features.

    Attributes:
        name: the column.
        features: Float [records, features of the column].
        categories: how many categories; 0 of a number.
        missing: records without a value.
        fill: what stands in for a missing value.
        unseen: records with a category that no record under audit has; all their features are 0.
    """

    name: str
    features: Floats
    categories: int
    missing: int
    fill: str
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Features:
    """All columns as features.

    Attributes:
        x: Float32 [records, features]; None if no column is left.
        notes: what was done, in sentences.
    """

    x: Floats32 | None
    notes: tuple[str, ...]


def encode(frame: pl.DataFrame, audited: Bools) -> Features:
    """Features of every record, with the statistics of the records under audit alone.

    Args:
        frame: the feature columns.
        audited: Bool [records]; True for the records under audit, False for the test records.
    """
    dropped = {column.name: why for column in frame if (why := drop_reason(column, audited))}
    encoded = [encode_column(column, audited) for column in frame if column.name not in dropped]
    x = np.concatenate([column.features for column in encoded], axis=1, dtype=np.float32) if encoded else None
    return Features(x, (*_kind_notes(encoded, int(audited.sum())), *_missing_notes(encoded), *_dropped_notes(dropped)))


def drop_reason(column: pl.Series, audited: Bools) -> str:
    """Why a column is of no use as a feature; empty if it is of use.

    Args:
        column: the values.
        audited: Bool [records]; True for the records under audit.
    """
    if not (column.dtype.is_numeric() or column.dtype in CATEGORICAL):
        return f"type {column.dtype} is neither a number nor a category"
    present = column.drop_nulls()
    distinct = present.n_unique()
    if column.filter(pl.Series(audited)).drop_nulls().n_unique() < 2:
        return "constant among the records under audit"
    if column.dtype in CATEGORICAL and (distinct > MOST_CATEGORIES or distinct > len(column) / 2):
        return f"{distinct:,} distinct texts in {len(column):,} records, too many for categories"
    if column.dtype.is_integer() and distinct == len(column) and _span(present) == distinct:
        return "it numbers the records; name it as the id column to have it in the report"
    return ""


def _span(column: pl.Series) -> int:
    """How many integers lie between the least and the greatest, both included."""
    least, greatest = column.min(), column.max()
    return int(greatest) - int(least) + 1  # type: ignore[arg-type]


def encode_column(column: pl.Series, audited: Bools) -> Encoded:
    """One column as features: a number as one, a category as one a value.

    Args:
        column: the values; of the records under audit, at least two differ.
        audited: Bool [records]; True for the records under audit.
    """
    return one_hot(column, audited) if column.dtype in CATEGORICAL else standardise(column, audited)


def standardise(column: pl.Series, audited: Bools) -> Encoded:
    """Mean 0 and standard deviation 1 over the records under audit; a missing value is their median.

    Args:
        column: numbers.
        audited: Bool [records]; True for the records under audit.
    """
    values = column.cast(pl.Float64).to_numpy().copy()
    absent = np.isnan(values)
    median = float(np.median(values[audited & ~absent]))
    values[absent] = median
    mean, deviation = values[audited].mean(), values[audited].std()
    standard = (values - mean) / deviation
    return Encoded(column.name, standard[:, None], 0, int(absent.sum()), f"the median {median:g}")


def one_hot(column: pl.Series, audited: Bools) -> Encoded:
    """One feature a value that the records under audit have, 1 where the record has it and 0 elsewhere.

    A missing value is the most frequent one; a value that only test records have is 0 in every feature.

    Args:
        column: texts, booleans or categories.
        audited: Bool [records]; True for the records under audit.
    """
    texts = column.cast(pl.String)
    absent = texts.is_null().to_numpy()
    values = texts.fill_null("").to_numpy().astype(np.str_)
    categories, counts = np.unique(values[audited & ~absent], return_counts=True)
    mode = categories[np.argmax(counts)]
    values = np.where(absent, mode, values)
    features = values[:, None] == categories
    unseen = int((~features.any(axis=1)).sum())
    fill = f"the most frequent value '{mode}'"
    return Encoded(column.name, features.astype(np.float64), len(categories), int(absent.sum()), fill, unseen)


def _kind_notes(encoded: Sequence[Encoded], audited: int) -> list[str]:
    numbers = sum(column.categories == 0 for column in encoded)
    categories = [f"'{column.name}' ({column.categories})" for column in encoded if column.categories]
    notes = []
    if numbers:
        notes.append(
            f"{counted(numbers, 'numeric column')} standardised with the mean and standard deviation of the "
            f"{audited:,} records under audit, IN and OUT together; test records are transformed with them "
            "and are no part of them. No DP guarantee covers these figures."
        )
    if categories:
        notes.append(f"{counted(len(categories), 'column')} of categories one-hot: {listed(categories)}.")
    return notes


def _missing_notes(encoded: Sequence[Encoded]) -> list[str]:
    missing = [f"'{c.name}' {c.missing:,} (now {c.fill})" for c in encoded if c.missing]
    unseen = [f"'{c.name}' {c.unseen:,}" for c in encoded if c.unseen]
    notes = []
    if missing:
        notes.append(f"Missing values, filled in from the records under audit: {listed(missing)}.")
    if unseen:
        notes.append(
            f"Test records with a category that no record under audit has, encoded as zeros: {listed(unseen)}."
        )
    return notes


def _dropped_notes(dropped: dict[str, str]) -> list[str]:
    return [f"Columns dropped: {listed(f'{name!r} ({why})' for name, why in dropped.items())}."] if dropped else []
