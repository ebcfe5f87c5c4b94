"""Types and axes of the arrays of a file: made uniform where they can be, named where they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from audit.data.draft import Array, Problem
from audit.scoring.fields import FIELDS, MODELS, REST, VIEWS, Raw

KINDS = {"yes-no": "0 and 1", "whole": "whole numbers", "number": "numbers", "text": "texts"}


@dataclass
class Shapes:
    """What is known of the sizes of the axes, and what did not fit.

    Attributes:
        sizes: axis -> size, from the first array that has it.
        set_by: axis -> name of that array.
        arrays: field -> array of the right type, with all its axes.
        problems: what is wrong.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    set_by: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def uniform(raw: Raw) -> Shapes:
    """Bring every array to its type and to its axes, membership first: it says how many models and records there are.

    Args:
        raw: the file.
    """
    found = Shapes()
    for name in FIELDS:
        if name not in raw.arrays:
            continue
        array, problem = typed(raw.name(name), raw.arrays[name], FIELDS[name].kind)
        if array is not None:
            _place(found, name, raw.name(name), array)
        found.problems += [problem] if problem else []
    found.problems += _columns(raw.groups, "records", found.sizes)
    found.problems += _columns(raw.population_groups, "population", found.sizes)
    return found


def typed(shown: str, array: Array, kind: str) -> tuple[Array | None, Problem | None]:
    """The array as its kind's type, or why it cannot be.

    Args:
        shown: what the person calls it.
        array: of any type.
        kind: a key of `KINDS`.

    Returns:
        Bool, Int64, Float or Str of the same shape, or None; and the problem, or None.
    """
    if kind == "text":
        return (np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array.astype(np.str_)), None
    if array.dtype.kind not in "fiub":
        return None, Problem(f"{shown} holds {array.dtype} values, not {KINDS[kind]}", f"save {shown} as {KINDS[kind]}")
    if kind == "number":
        return (array if array.dtype.kind == "f" else array.astype(np.float64)), None
    whole = np.array_equal(array, np.floor(array)) if array.dtype.kind == "f" else True
    wrong = array[(array != 0) & (array != 1)] if kind == "yes-no" else array[:0]
    if not whole or wrong.size:
        other = wrong.flat[0] if wrong.size else array[array != np.floor(array)].flat[0]
        return None, Problem(f"{shown} holds {other}, not only {KINDS[kind]}", f"save {shown} as {KINDS[kind]}")
    return array.astype(np.bool_ if kind == "yes-no" else np.int64), None


def _place(found: Shapes, name: str, shown: str, array: Array) -> None:
    """Add the axes that may be left out; note the sizes, or that they do not fit."""
    axes, given = FIELDS[name].axes, list(array.shape)
    array = _with_models(array, name, found.sizes)
    if VIEWS in axes and array.ndim == len(axes) - 1:
        array = np.expand_dims(array, axes.index(VIEWS))
    problem = _misfit(array, axes, shown, given, found)
    if problem:
        found.problems.append(problem)
        return
    for axis, size in zip(axes, array.shape, strict=False):
        if axis != REST:
            found.sizes.setdefault(axis, size)
            found.set_by.setdefault(axis, shown)
    found.arrays[name] = array


def _with_models(array: Array, name: str, sizes: Mapping[str, int]) -> Array:
    """With one model the axis of the models may be left out."""
    axes = FIELDS[name].axes
    if axes[0] != MODELS or len(axes) < 2 or sizes.get(MODELS, 1) != 1:
        return array
    size = sizes.get(axes[1])
    lacking = array.ndim == 1 if size is None else array.shape[:1] == (size,) and array.shape[:2] != (1, size)
    return array[None] if lacking or (name == "membership" and array.ndim == 1) else array


def _misfit(array: Array, axes: tuple[str, ...], shown: str, given: list[int], found: Shapes) -> Problem | None:
    """Why the shape of an array does not fit its axes and the arrays before it; named is the one that was given."""
    named = axes[: axes.index(REST)] if REST in axes else axes
    fits = array.ndim == len(named) or (REST in axes and array.ndim > len(named))
    expected = [found.sizes.get(axis) for axis in named]
    wrong = [axis for axis, size, has in zip(named, expected, array.shape, strict=False) if size not in (None, has)]
    if fits and not wrong and 0 not in array.shape:
        return None
    sized = zip(named, expected, strict=True)
    meant = ", ".join(axis if size is None else f"{axis} = {size:,}" for axis, size in sized)
    what = f"{shown} is {given}, not [{meant}{', ...' if REST in axes else ''}]"
    first = [size for size in expected[:2] if size is not None]
    if len(first) == 2 and list(array.shape[:2]) == first[::-1]:
        return Problem(what, f"its first two axes are swapped: save {shown}.swapaxes(0, 1)")
    by = dict.fromkeys(found.set_by[axis] for axis in wrong)
    return Problem(what, f"give {shown} these axes{', as ' + ' and '.join(by) + ' has them' if by else ''}")


def _columns(groups: Mapping[str, Array], axis: str, sizes: Mapping[str, int]) -> Iterator[Problem]:
    for name, column in groups.items():
        if column.ndim != 1 or len(column) != sizes.get(axis, len(column)):
            what = f"column '{name}' to report by is {list(column.shape)}, not [{axis} = {sizes.get(axis)}]"
            yield Problem(what, "give it one entry a record")
