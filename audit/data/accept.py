"""From a draft to the data set under audit: checked, split, Float32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.config import DataConfig
from audit.data.base import Dataset, Floats32, Strings
from audit.data.checks import problems, refuse
from audit.data.draft import Array, Draft, Problem
from audit.data.duplicates import duplicate_notes
from audit.data.split import held_out, held_out_note


def accept(draft: Draft, config: DataConfig) -> Dataset:
    """Check a draft, hold out a test set if it has none, and freeze it.

    Args:
        draft: what the source found.
        config: its name for errors; the share and the seed of the held-out part.

    Raises:
        DataError: naming every problem of the draft.
    """
    refuse(config.source, problems(draft))
    counted_from_0 = _with_class_indices(draft)
    whole = counted_from_0 if draft.x_test is not None else _hold_out(counted_from_0, config)
    if not len(_present(whole.y_test)):
        what = f"a test share of {config.test_share:g} leaves no test record"
        refuse(config.source, [Problem(what, "raise test_share")])
    dataset = _frozen(whole)
    return replace(dataset, notes=(*dataset.notes, *duplicate_notes(dataset)))


def _present(array: Array | None) -> Array:
    """An array that the checks found to be there."""
    if array is None:
        raise AssertionError("a draft without x or y passed its checks")
    return array


def _with_class_indices(draft: Draft) -> Draft:
    """Classes count from 0 in the order of their integers; ids are strings."""
    y, ids = _present(draft.y), draft.ids
    labels = np.unique(y) if draft.class_names is None else np.arange(len(draft.class_names))
    names = draft.class_names or tuple(str(label) for label in labels.tolist())
    return replace(
        draft,
        y=np.searchsorted(labels, y),
        y_test=None if draft.y_test is None else np.searchsorted(labels, draft.y_test),
        class_names=names,
        ids=(np.arange(len(y)) if ids is None else ids).astype(np.str_),
    )


def _hold_out(draft: Draft, config: DataConfig) -> Draft:
    x, y, ids = _present(draft.x), _present(draft.y), _present(draft.ids)
    held = held_out(y, config.test_share, config.seed)
    return replace(
        draft,
        x=x[~held],
        y=y[~held],
        ids=ids[~held],
        x_test=x[held],
        y_test=y[held],
        groups=_taken(draft.groups, ~held),
        test_groups=_taken(draft.groups, held),
        notes=(*draft.notes, held_out_note(held, config.seed)),
    )


def _taken(groups: Mapping[str, Strings], which: NDArray[np.bool_]) -> dict[str, Strings]:
    return {name: column[which] for name, column in groups.items()}


def _frozen(draft: Draft) -> Dataset:
    return Dataset(
        name=draft.name,
        x=_as_float32(_present(draft.x), draft.divisor),
        y=_present(draft.y).astype(np.int64),
        x_test=_as_float32(_present(draft.x_test), draft.divisor),
        y_test=_present(draft.y_test).astype(np.int64),
        ids=_present(draft.ids),
        class_names=draft.class_names or (),
        groups={name: column.astype(np.str_) for name, column in draft.groups.items()},
        test_groups={name: column.astype(np.str_) for name, column in draft.test_groups.items()},
        notes=draft.notes,
    )


def _as_float32(x: Array, divisor: float) -> Floats32:
    """Only now, after the split: a byte a pixel becomes four, in the order of the axes whatever the source's."""
    if divisor == 1:
        return np.ascontiguousarray(x, dtype=np.float32)
    scaled = np.empty(x.shape, dtype=np.float32)
    return np.divide(x, np.float32(divisor), out=scaled)
