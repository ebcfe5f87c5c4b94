"""Paths to figures of a result, as a policy has them (see `reports.paths`): which names there are.

`arms.*` means the arms that the policy holds against its limits.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.settings import nearest
from reports.paths import ANY, STEP, keys_of, matches, name_of, steps_of, unquoted

__all__ = ["ANY", "matches", "names_of", "shown_names", "steps_of", "unknown", "unquoted"]

# What tells apart items that share a name: the same group in two columns, the same quantity of two arms.
TELLING_KEYS = ("column", "group", "prior", "fpr", "quantity", "second")


def shown_names(items: Sequence[object]) -> list[str]:
    """For each item of a list the step that means it alone, as far as there is one; else its place, from 1.

    Args:
        items: all items of the list.
    """
    names = [name_of(item) for item in items]
    return [
        str(number) if name is None else _quoted(name) if names.count(name) == 1 else _telling(item, name)
        for number, (item, name) in enumerate(zip(items, names, strict=True), 1)
    ]


def names_of(items: Sequence[object]) -> list[str]:
    """The different names of the items of a list, in their order; empty where items have none."""
    return list(dict.fromkeys(name for name in map(name_of, items) if name is not None))


def unknown(step: str, known: Sequence[str], where: str) -> str:
    """A complaint about a step that leads nowhere.

    Args:
        step: the step.
        known: the names that there are.
        where: the path up to there.
    """
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    there = f"; there are: {listed}" if known else "; its items have no names: write *"
    name = unquoted(step)
    return f"there is no {name!r} in {where or 'a result'}{nearest(name, list(known))}{there}"


def _quoted(name: str) -> str:
    """The name as one step of a path."""
    return name if STEP.findall(name) == [name] and "=" not in name else f'"{name}"'


def _telling(item: object, name: str) -> str:
    keys = keys_of(item)
    return ",".join(f"{key}={keys[key]}" for key in TELLING_KEYS if key in keys) or name
