"""The grammar of paths into a result, such as `arms.*.leakage.by_group.*.found`.

A path names the keys of result.json from the outside to the figure, with dots between them. In a list stands the name
of an item, or `*` for all of them; `NAME_KEYS` says which key is an item's name, and `key=value` or
`key=value,key=value` picks by any other. A dot between two digits belongs to a name (`tpr_at.0.001.tpr`); a name with
other dots, or with an equals sign, stands in double quotes.
"""

from __future__ import annotations

import math
import re
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

ANY = "*"
STEP = re.compile(r'"[^"]*"|(?:[^."]|(?<=\d)\.(?=\d))+')
NAME_KEYS = ("name", "id", "train_id", "group", "attack", "decile", "top", "quantity", "models", "prior", "fpr")


def steps_of(path: str) -> list[str]:
    """The steps of a path.

    Args:
        path: as a person wrote it.

    Raises:
        LookupError: if it is not made of names with single dots between them.
    """
    steps = STEP.findall(path)
    if ".".join(steps) != path:
        raise LookupError("write keys and names with single dots between them")
    return steps


def unquoted(step: str) -> str:
    """The name that a step holds."""
    return step.strip('"')


def matches(item: object, step: str) -> bool:
    """Whether a step of a path means an item of a list.

    Args:
        item: the item.
        step: `*`, a name, or `key=value,key=value`.
    """
    if step == ANY:
        return True
    if "=" in step and not step.startswith('"'):
        pairs = (pair.partition("=") for pair in step.split(","))
        return all(_same(keys_of(item).get(key.strip()), text) for key, _, text in pairs)
    return _same(name_of(item), unquoted(step))


def keys_of(item: object) -> dict[str, Any]:
    """The keys of an item of a list and what they hold; none of an item that has no parts."""
    return dict(item) if isinstance(item, BaseModel) else {}


def name_of(item: object) -> str | None:
    """The name of an item of a list; None if it has none."""
    keys = keys_of(item)
    key = next((key for key in NAME_KEYS if key in keys), None)
    return None if key is None else str(keys[key])


def _same(value: object, text: str) -> bool:
    """Whether a value is what was written; numbers by their size, so that 1e-3 is 0.001."""
    if str(value) == text.strip():
        return True
    try:
        return math.isclose(float(str(value)), float(text), rel_tol=1e-9)
    except ValueError:
        return False


def plain_type(kind: Any) -> Any:
    """A type without its range and without None; `object` where it may be one of several."""
    if get_origin(kind) is Annotated:
        return plain_type(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        some = [one for one in get_args(kind) if one is not type(None)]
        return plain_type(some[0]) if len(some) == 1 else object
    return kind


def is_part(kind: Any) -> bool:
    """Whether a type is a part of a result, with keys of its own."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)
