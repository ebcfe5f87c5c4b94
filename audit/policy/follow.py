"""Follows a path through the schema of a result alone: a mistyped key is found before anything is trained."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from audit.policy.path import steps_of, unknown, unquoted
from reports.paths import is_part, plain_type
from reports.result import AuditResult, Estimate


def path_problem(path: str) -> str | None:
    """Why a path leads to no figure of any result; None if it may lead to one.

    Args:
        path: the path; names of items in lists are not looked at, for they differ between results.
    """
    try:
        _follow(AuditResult, steps_of(path), "")
    except LookupError as error:
        return f"{path}: {error.args[0]}"
    return None


def _follow(kind: Any, steps: list[str], where: str) -> None:
    """Go on from a type.

    Raises:
        LookupError: at the first step that no result can have.
    """
    kind = plain_type(kind)
    if kind is object:
        return
    if not steps:
        _check_end(kind, where)
        return
    further = f"{where}.{steps[0]}".lstrip(".")
    if get_origin(kind) in (tuple, dict):
        held = get_args(kind)
        _follow(held[0] if get_origin(kind) is tuple else held[1], steps[1:], further)
    elif is_part(kind):
        fields = kind.model_fields
        if unquoted(steps[0]) not in fields:
            raise LookupError(unknown(steps[0], list(fields), where))
        _follow(fields[unquoted(steps[0])].annotation, steps[1:], further)
    else:
        raise LookupError(f"{where} has no parts")


def _check_end(kind: Any, where: str) -> None:
    if kind in (int, float, Estimate):
        return
    if get_origin(kind) in (tuple, dict):
        raise LookupError(f"{where} is a list: go on with the name of an item, or *")
    more = f"; go on to one of: {', '.join(kind.model_fields)}" if is_part(kind) else ""
    raise LookupError(f"{where} is not a number{more}")
