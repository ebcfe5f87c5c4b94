"""What a source found, before it is checked: the one thing that every source returns."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import NDArray

from audit.data.base import Strings

Array = NDArray[Any]


class Problem(NamedTuple):
    """Why a source cannot be audited.

    Attributes:
        what: what is wrong and where, one clause.
        fix: what to do about it, one clause.
    """

    what: str
    fix: str


@dataclass(frozen=True)
class Draft:
    """The records as a source found them; nothing here is trusted yet.

    Attributes:
        name: short name of the data set.
        x: [records, ...] of any numeric type; None if it could not be read.
        y: Int [records], any integers; None if it could not be read.
        ids: [records]; None numbers the records from 0 in the source's order.
        class_names: one name a class, where y counts classes from 0; None names each class by its integer.
        x_test: [test records, ...]; None where the source has no test set.
        y_test: Int [test records].
        groups: column name -> Str [records].
        test_groups: the same columns for the test records.
        divisor: x becomes Float32 by division by this (255 for pixels).
        notes: what was done to the source, in sentences.
        problems: what the source itself found wrong.
    """

    name: str
    x: Array | None
    y: Array | None
    ids: Array | None = None
    class_names: tuple[str, ...] | None = None
    x_test: Array | None = None
    y_test: Array | None = None
    groups: Mapping[str, Strings] = field(default_factory=dict)
    test_groups: Mapping[str, Strings] = field(default_factory=dict)
    divisor: float = 1.0
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def nearest(name: str, names: Iterable[str]) -> str:
    """The clause that offers the names most like a mistaken one; empty if none is like it.

    Args:
        name: what was asked for.
        names: what there is.
    """
    by_lower = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"; the nearest: {quoted(by_lower[c] for c in close)}" if close else ""


def quoted(names: Iterable[object]) -> str:
    """Names in quotes, as `listed`.

    Args:
        names: the names.
    """
    return listed(f"'{name}'" for name in names)


def listed(items: Iterable[str], limit: int = 8) -> str:
    """Items with commas; beyond the limit, how many more.

    Args:
        items: the items.
        limit: how many are spelled out.
    """
    every = list(items)
    rest = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + rest


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    Args:
        number: how many.
        noun: the noun in the singular.
        plural: the noun in the plural, if it is not the singular and an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
