"""Figures by class and by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.estimates import Ints, UnitMeans
from reports.result import GroupValue

Strings = NDArray[np.str_]
Columns = Mapping[str, Strings]


def record_columns(dataset: Dataset) -> dict[str, Strings]:
    """Column name -> Str [records]; the class first, then the group columns."""
    return {"class": _class_of(dataset, dataset.y), **dataset.groups}


def held_out_columns(dataset: Dataset) -> dict[str, Strings]:
    """Column name -> Str [test records]; the class first, then the group columns."""
    return {"class": _class_of(dataset, dataset.y_test), **dataset.test_groups}


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
    number = name.isdecimal()
    return not number, int(name) if number else 0, name


def _class_of(dataset: Dataset, labels: Ints) -> Strings:
    return np.asarray(dataset.class_names, dtype=np.str_)[labels]
