"""Paths into a result, and sentences with such paths in braces: `{arms.kind=dp.guarantee.epsilon:up}`.

The grammar is that of `reports.paths`. `@headline` stands for the name of the headline attack. After a colon stands a
name of `FORMATS`.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from reports import numbers
from reports.paths import ANY, STEP, is_part, matches
from reports.result import AuditResult, Estimate
from reports.tables import proportion, rate, score

FIELD = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
ROOT = "result."
NUMBER = (int, float)
FORMATS: Mapping[str, tuple[Callable[[Any], str], tuple[type, ...]]] = {
    "": (lambda value: _plain(value), (str, bool, int, float, Estimate)),
    "percent": (lambda value: _percent(value), (*NUMBER, Estimate)),
    "points": (lambda value: _points(value), (Estimate,)),
    "confidence": (numbers.confidence, NUMBER),
    "proportion": (lambda value: str(proportion(value)), (Estimate,)),
    "up": (numbers.rounded_up, NUMBER),
    "proved": (lambda value: numbers.rounded_down(value) if value > 0 else "nothing", NUMBER),
    "small": (numbers.small, NUMBER),
    "duration": (numbers.duration, NUMBER),
}  # fmt: skip


def filled(pattern: str, value: BaseModel, result: AuditResult) -> str | None:
    """A sentence with its paths replaced by what they lead to; None where one of them leads to nothing.

    Args:
        pattern: the sentence, its paths in braces.
        value: where its paths begin; those that begin with `result.` begin at the result.
        result: the audit.
    """
    shown: list[str] = []
    for path, form in FIELD.findall(pattern):
        found = [held for held in found_at(path, value, result) if held not in (None, "")]
        if not found:
            return None
        texts = [FORMATS[form][0](held) for held in found]
        shown.append((" " if texts[0].endswith(".") else ", ").join(texts))
    words = iter(shown)
    return FIELD.sub(lambda _: next(words), pattern)


def found_at(path: str, value: BaseModel, result: AuditResult) -> list[Any]:
    """All that a path leads to; empty where the result has nothing there.

    Args:
        path: the path, as the head of this file has it.
        value: where it begins, unless it begins with `result.`.
        result: the audit.
    """
    start: Any = result if path.startswith(ROOT) else value
    steps = [result.headline if step == "@headline" else step for step in _steps(path)]
    return list(_walk(start, [step.replace("=@headline", f"={result.headline}") for step in steps]))


def problem_of(pattern: str, start: Any = AuditResult) -> str:
    """Why no result can fill a sentence; empty if one may.

    Args:
        pattern: the sentence, its paths in braces.
        start: type of what its paths begin at.
    """
    if "{" in FIELD.sub("", pattern) or "}" in FIELD.sub("", pattern):
        return "a brace that is not closed, or not opened"
    return "; ".join(filter(None, (_field_problem(path, form, start) for path, form in FIELD.findall(pattern))))


def type_at(path: str, start: Any = AuditResult) -> Any:
    """Type of what a path leads to in any result; of a list, that of its items.

    Args:
        path: the path.
        start: type of what it begins at.

    Raises:
        LookupError: if it leads to nothing in any result, with the nearest name.
    """
    kind: Any = AuditResult if path.startswith(ROOT) else start
    steps = _steps(path)
    if ".".join(steps) != path.removeprefix(ROOT):
        raise LookupError(f"{path!r}: write keys and names with single dots between them")
    for number, step in enumerate(steps):
        kind = _into(_bare(kind), step, ".".join(steps[:number]) or "the result")
    return _bare(kind)


def _field_problem(path: str, form: str, start: Any) -> str:
    if form not in FORMATS:
        return f"no format {form!r}{_nearest(form, FORMATS)}; there are: {', '.join(filter(None, FORMATS))}"
    try:
        kind = type_at(path, start)
    except LookupError as error:
        return str(error.args[0])
    if kind is Any or (isinstance(kind, type) and issubclass(kind, FORMATS[form][1])):
        return ""
    parts = f"; go on to one of: {', '.join(kind.model_fields)}" if is_part(kind) else ""
    return f"{path!r} leads to nothing that {f'format {form!r}' if form else 'a sentence'} can show{parts}"


def _steps(path: str) -> list[str]:
    return [step.strip('"') for step in STEP.findall(path.removeprefix(ROOT))]


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            if matches(item, steps[0]):
                yield from _walk(item, steps[1:])
    elif isinstance(value, Mapping):
        for key in value if steps[0] == ANY else [steps[0]]:
            yield from _walk(value.get(key), steps[1:])
    elif value is not None:
        yield from _walk(getattr(value, steps[0], None), steps[1:])


def _into(kind: Any, step: str, where: str) -> Any:
    """Type of what a step leads to."""
    origin = get_origin(kind)
    if origin in (tuple, list):
        key, is_pair, _ = step.partition("=")
        item = _bare(get_args(kind)[0])
        if is_pair:
            _into(item, key, f"an item of {where}")
        return item
    if origin in (dict, Mapping):
        return get_args(kind)[1]
    known = {**_hints(kind)} if is_part(kind) else {}
    if step not in known:
        raise LookupError(f"no {step!r} in {where}{_nearest(step, known)}")
    return known[step]


def _hints(kind: type[BaseModel]) -> dict[str, Any]:
    """Fields of a part and what its properties return."""
    made = {name: held.fget for name, held in vars(kind).items() if isinstance(held, property) and held.fget}
    returned = {name: get_type_hints(getter)["return"] for name, getter in made.items()}
    return {name: field.annotation for name, field in kind.model_fields.items()} | returned


def _bare(kind: Any) -> Any:
    """A type without `None`, without limits, and the type of a literal's values."""
    if get_origin(kind) in (Union, types.UnionType):
        kinds = [one for one in get_args(kind) if one is not type(None)]
        return _bare(kinds[0]) if len(kinds) == 1 else Any
    if hasattr(kind, "__metadata__"):
        return _bare(get_args(kind)[0])
    return str if str(get_origin(kind)) == "typing.Literal" else Any if kind is object else kind


def _plain(value: object) -> str:
    if isinstance(value, Estimate):
        return str(score(value))
    return numbers.count(value) if type(value) is int else numbers.setting(value)


def part_at(path: str) -> type[BaseModel]:
    """Type of the items of a list, every one of which gets a sentence of its own.

    Args:
        path: the path from the result on.

    Raises:
        LookupError: if it leads to no part of any result.
    """
    kind = type_at(path)
    if not is_part(kind):
        raise LookupError(f"{path!r} leads to no parts; of a list write all items with a *, such as arms.*")
    part: type[BaseModel] = kind
    return part


def _percent(value: Estimate | float) -> str:
    return str(rate(value)) if isinstance(value, Estimate) else numbers.percent(value)


def _points(estimate: Estimate) -> str:
    limits = f"{numbers.points(estimate.low)} to {numbers.points(estimate.high)}"
    return f"{numbers.points(estimate.value)} points ({limits})"


def _nearest(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
