"""Finds the figures of a result that a path leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from audit.policy.path import ANY, matches, names_of, shown_names, steps_of, unknown, unquoted
from reports.outcome import WHOLE_AUDIT
from reports.result import ArmResult, AuditResult, Estimate


@dataclass(frozen=True, slots=True)
class Figure:
    """One end of a path.

    Attributes:
        arm: the arm that the path goes through, or `whole audit`.
        where: the path from there, with every `*` replaced by the name of the item.
        value: an estimate, a plain number, or None where the audit has no such figure.
        why: why there is none.
        nowhere: the path names something that is not there at all, not even as an empty place.
    """

    arm: str = WHOLE_AUDIT
    where: str = ""
    value: Estimate | float | None = None
    why: str = ""
    nowhere: bool = False

    def into(self, name: str) -> Figure:
        """One step further."""
        return replace(self, where=f"{self.where}.{name}".lstrip("."))

    def missing(self, why: str) -> Figure:
        """A path that ends before its end."""
        return replace(self, why=why, nowhere=True)


def figures(result: AuditResult, path: str, arms: tuple[str, ...]) -> list[Figure]:
    """All figures that a path leads to.

    Args:
        result: the audit.
        path: the path.
        arms: names of the arms that `arms.*` stands for.

    Raises:
        LookupError: if it leads nowhere, with the nearest name.
    """
    steps = steps_of(path)
    held = tuple(arm for arm in result.arms if arm.name in arms)
    shown = result.model_copy(update={"arms": held}) if steps[:2] == ["arms", ANY] else result
    found = list(_walk(shown, steps, Figure()))
    if all(figure.nowhere for figure in found):
        raise LookupError(f"{path}: {found[0].why}")
    return found


def _walk(value: Any, steps: list[str], at: Figure) -> Iterator[Figure]:
    """Go on from `value` into all branches; what is null or an empty list ends a branch without being a mistake."""
    if value is None or value in ((), []):
        yield replace(at, why=at.why or f"the audit has no {at.where}")
    elif not steps:
        yield _end(value, at)
    elif isinstance(value, tuple | list):
        yield from _into_list(value, steps, at)
    elif isinstance(value, Mapping | BaseModel):
        yield from _into_keys(dict(value), steps, at)
    else:
        yield at.missing(f"{at.where} has no parts")


def _into_keys(inside: dict[str, Any], steps: list[str], at: Figure) -> Iterator[Figure]:
    said = next((str(inside[key]) for key in ("failed", "reason") if inside.get(key)), "")
    at = replace(at, why=said or at.why)
    keys = list(inside) if steps[0] == ANY else [unquoted(steps[0])]
    for key in keys:
        if key in inside:
            yield from _walk(inside[key], steps[1:], at.into(key))
        else:
            yield at.missing(unknown(key, list(inside), at.where))


def _into_list(items: Sequence[Any], steps: list[str], at: Figure) -> Iterator[Figure]:
    chosen = [(item, name) for item, name in zip(items, shown_names(items), strict=True) if matches(item, steps[0])]
    for item, name in chosen:
        within = Figure(arm=item.name) if isinstance(item, ArmResult) else at.into(name)
        yield from _walk(item, steps[1:], within)
    if not chosen:
        yield at.missing(unknown(steps[0], names_of(items), at.where))


def _end(value: Any, at: Figure) -> Figure:
    if isinstance(value, Estimate) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return replace(at, value=value, why="")
    return at.missing(f"{at.where or 'the result'} is not a number")
