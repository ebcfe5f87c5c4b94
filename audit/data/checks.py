"""Whether a draft can be audited: every problem is found before the first is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.data.draft import Array, Draft, Problem, counted, listed, quoted
from audit.data.split import LEAST_RECORDS_A_CLASS
from audit.errors import DataError

LEAST_RECORDS = 16
CHUNK = 4096  # records looked at together, so that checking a large x needs little memory beside it
FLOAT32_MAX = float(np.finfo(np.float32).max)
LARGEST_SCALE = 10.0
"""Columns further from 0 than this, by mean and standard deviation, keep networks with usual weights from learning."""


def refuse(source: str, problems: Sequence[Problem]) -> None:
    """Raise one error that names all problems; do nothing if there are none.

    Args:
        source: the source, as the person named it.
        problems: what is wrong.

    Raises:
        DataError: if there is a problem.
    """
    if problems:
        fixes = dict.fromkeys(problem.fix for problem in problems)
        raise DataError.collected([f"{source}: {problem.what}" for problem in problems], "; ".join(fixes))


def problems(draft: Draft) -> list[Problem]:
    """Everything that keeps a draft from being audited, the source's own findings first.

    Args:
        draft: what a source found.
    """
    return [
        *draft.problems,
        *_feature_problems("x", draft.x, draft.ids),
        *_label_problems("y", draft.y),
        *_class_problems(draft),
        *_length_problems(draft),
        *_id_problems(draft.ids),
        *_test_problems(draft),
    ]


def _feature_problems(name: str, x: Array | None, ids: Array | None) -> Iterator[Problem]:
    if x is None:
        return
    if x.dtype.kind not in "fiub":
        yield Problem(f"{name} holds {x.dtype} values, not numbers", f"save {name} as float32 or uint8")
    elif x.ndim < 2 or 0 in x.shape[1:]:
        yield Problem(
            f"{name} is {list(x.shape)}, neither [records, features] nor [records, channels, height, width]",
            f"give {name} one row a record",
        )
    elif (bad := np.flatnonzero(not_finite(x))).size:
        first = ids[bad[0]] if ids is not None and ids.ndim and bad[0] < len(ids) else bad[0]
        yield Problem(
            f"{name} holds NaN, infinity or a value beyond float32 in {counted(bad.size, 'record')}, "
            f"the first is record '{first}'",
            "remove these records or fill in their values",
        )


def not_finite(x: Array) -> NDArray[np.bool_]:
    """Which records hold a value that is NaN, infinite, or would be infinite as Float32.

    Args:
        x: [records, ...]; any numeric type.

    Returns:
        Bool [records].
    """
    bad = np.zeros(len(x), dtype=np.bool_)
    if x.dtype.kind == "f":
        for start in range(0, len(x), CHUNK):
            rows = x[start : start + CHUNK]
            bad[start : start + CHUNK] = ~(np.abs(rows) <= FLOAT32_MAX).reshape(len(rows), -1).all(axis=1)
    return bad


def _label_problems(name: str, y: Array | None) -> Iterator[Problem]:
    if y is None:
        return
    if y.dtype.kind not in "iub":
        yield Problem(f"the labels in {name} are {y.dtype} values, not integers", f"save {name} as int64")
    elif y.ndim != 1:
        yield Problem(f"{name} is {list(y.shape)}, not one label a record", f"save {name} as [records]")


def _class_problems(draft: Draft) -> Iterator[Problem]:
    y = draft.y
    if y is None or any(_label_problems("y", y)):
        return
    if len(y) < LEAST_RECORDS:
        what = f"{counted(len(y), 'record')} cannot be audited, {LEAST_RECORDS} are the least"
        yield Problem(what, "give more records")
    counts = class_counts(y, draft.class_names)
    if counts is None:
        what = f"y runs from {y.min()} to {y.max()}, but {len(draft.class_names or ())} classes are named"
        yield Problem(what, "count the classes from 0 and name each of them")
    elif len(counts) == 1:
        yield Problem(f"every label is {quoted(counts)}; an audit needs two classes", "add records of another class")
    elif small := {name: count for name, count in counts.items() if count < LEAST_RECORDS_A_CLASS}:
        which = listed(f"'{name}' ({count})" for name, count in small.items())
        what = f"{counted(len(small), 'class', 'classes')} with fewer than {LEAST_RECORDS_A_CLASS} records: {which}"
        yield Problem(what, "merge or drop such classes")


def class_counts(y: Array, class_names: tuple[str, ...] | None) -> dict[str, int] | None:
    """Records a class, by name and in the order of the classes.

    Args:
        y: Int [records].
        class_names: one name a class, where y counts from 0; None names each class by its integer.

    Returns:
        None if y has a class without a name.
    """
    labels, counts = np.unique(y, return_counts=True)
    found = dict(zip(labels.tolist(), counts.tolist(), strict=True))
    if class_names is None:
        return {str(label): count for label, count in found.items()}
    if not set(found) <= set(range(len(class_names))):
        return None
    return {name: found.get(k, 0) for k, name in enumerate(class_names)}


def _length_problems(draft: Draft) -> Iterator[Problem]:
    named = {"x": draft.x, "y": draft.y, "ids": draft.ids}
    named |= {f"group '{name}'": column for name, column in draft.groups.items()}
    lengths = {name: len(array) for name, array in named.items() if array is not None and array.ndim}
    if len(set(lengths.values())) > 1:
        which = listed(f"{name} has {length:,}" for name, length in lengths.items())
        yield Problem(f"lengths differ: {which} records", "give every array one entry a record")


def _id_problems(ids: Array | None) -> Iterator[Problem]:
    if ids is None:
        return
    if ids.ndim != 1:
        yield Problem(f"ids are {list(ids.shape)}, not one id a record", "save ids as [records]")
    elif twice := [name for name, count in Counter(ids.tolist()).items() if count > 1]:
        what = f"{counted(len(twice), 'id')} given to more than one record: {quoted(twice)}"
        yield Problem(what, "give every record an id of its own")


def _test_problems(draft: Draft) -> Iterator[Problem]:
    x_test, y_test = draft.x_test, draft.y_test
    if (x_test is None) != (y_test is None):
        there, lacking = ("x_test", "y_test") if y_test is None else ("y_test", "x_test")
        yield Problem(f"there is {there} without {lacking}", f"add {lacking}, or leave out {there}")
    yield from _feature_problems("x_test", x_test, None)
    yield from _label_problems("y_test", y_test)
    if x_test is not None and y_test is not None and x_test.ndim and y_test.ndim and len(x_test) != len(y_test):
        what = f"x_test has {len(x_test):,} records and y_test {len(y_test):,}"
        yield Problem(what, "give every test record one label")
    if x_test is not None and draft.x is not None and x_test.shape[1:] != draft.x.shape[1:]:
        what = f"a record of x is {list(draft.x.shape[1:])} and one of x_test {list(x_test.shape[1:])}"
        yield Problem(what, "give training and test records one shape")
    yield from _foreign_labels(draft)
    yield from _test_group_problems(draft)


def _foreign_labels(draft: Draft) -> Iterator[Problem]:
    y, y_test = draft.y, draft.y_test
    if y is None or y_test is None or any(_label_problems("y", y)) or any(_label_problems("y_test", y_test)):
        return
    known = np.arange(len(draft.class_names)) if draft.class_names is not None else y
    foreign = np.setdiff1d(y_test, known)
    if foreign.size:
        yield Problem(f"y_test has labels that no training record has: {quoted(foreign)}", "drop these test records")


def _test_group_problems(draft: Draft) -> Iterator[Problem]:
    if draft.y_test is None:
        return
    if draft.groups.keys() != draft.test_groups.keys():
        what = f"groups are {quoted(draft.groups) or 'none'}, test_groups {quoted(draft.test_groups) or 'none'}"
        yield Problem(what, "give both the same columns")
    wrong = [name for name, column in draft.test_groups.items() if len(column) != len(draft.y_test)]
    if wrong:
        what = f"test_groups {quoted(wrong)} have other lengths than y_test ({len(draft.y_test):,})"
        yield Problem(what, "give every test record one entry")


def scale_warnings(x: NDArray[np.float32]) -> list[str]:
    """What to do about rows of numbers that no network with usual initial weights can learn from; empty if all is well.

    Args:
        x: Float32 [records, ...]; only [records, features] is looked at: images are scaled when they are read.
    """
    if x.ndim != 2:
        return []
    scales = np.abs(x.mean(axis=0, dtype=np.float64)) + x.std(axis=0, dtype=np.float64)
    if scales.max() <= LARGEST_SCALE:
        return []
    return [
        f"columns are used as they are, on scales from {scales.min():.2g} to {scales.max():.2g}: networks "
        "may learn nothing from them. Standardise the columns ((x - mean) / standard deviation), or divide "
        "bytes by 255; columns of a csv or parquet table are standardised when it is read"
    ]
