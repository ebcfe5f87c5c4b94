"""Figures by class and by group."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.estimates import Ints, UnitMeans
from reports.result import GroupValue

Strings = NDArray[np.str_]
Columns = Mapping[str, Strings]

MOST_GROUPS = 60


def record_columns(dataset: Dataset) -> dict[str, Strings]:
    """Column name -> Str [records]; the class first, then the group columns."""
    return {"class": _class_of(dataset, dataset.y), **_tabled(dataset, dataset.groups)}


def held_out_columns(dataset: Dataset) -> dict[str, Strings]:
    """Column name -> Str [test records]; the class first, then the group columns."""
    return {"class": _class_of(dataset, dataset.y_test), **_tabled(dataset, dataset.test_groups)}


def untabled(dataset: Dataset) -> list[str]:
    """Group columns with more values than a table can show; `records.parquet` still has them."""
    return [name for name, column in dataset.groups.items() if len(np.unique(column)) > MOST_GROUPS]


def group_values(
    columns: Columns, figures: Callable[[Ints, int], UnitMeans], confidence: float
) -> tuple[GroupValue, ...]:
    """A figure for every value of every column.

    Args:
        columns: column name -> Str [records].
        figures: from (Int [records] labels, number of groups) to one figure a group.
        confidence: two-sided level in (0, 1).
    """
    values: list[GroupValue] = []
    for column, of_record in columns.items():
        names, label = numbered(of_record)
        records = np.bincount(label, minlength=len(names)).tolist()
        estimates = figures(label, len(names)).estimates(confidence)
        values += [
            GroupValue(column=column, group=name, records=count, estimate=found)
            for name, count, found in zip(names, records, estimates, strict=True)
        ]
    return tuple(values)


def numbered(of_record: Strings) -> tuple[list[str], Ints]:
    """The distinct values, numbers by size and words by alphabet, and which one each record has.

    Args:
        of_record: Str [records].

    Returns:
        The names; Int [records].
    """
    found, inverse = np.unique(of_record, return_inverse=True)
    order = sorted(range(len(found)), key=lambda index: _natural(str(found[index])))
    place = np.empty(len(found), np.int64)
    place[order] = np.arange(len(found))
    return [str(found[index]) for index in order], place[inverse]


def _natural(name: str) -> tuple[bool, int, str]:
    number = re.match(r"\d+", name)
    return number is None, int(number.group()) if number else 0, name


def _tabled(dataset: Dataset, columns: Columns) -> dict[str, Strings]:
    left_out = untabled(dataset)
    return {name: column for name, column in columns.items() if name not in left_out}


def _class_of(dataset: Dataset, labels: Ints) -> Strings:
    return np.asarray(dataset.class_names, dtype=np.str_)[labels]
