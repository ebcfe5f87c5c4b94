"""What is wrong with settings that a person gives: all of it at once, in plain words, with the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from audit.errors import ConfigError

SEE = "see `audit run --help`, or `audit list presets` for examples"
MODELS = ("linear", "mlp", "cnn", "resnet")
"""The built-in models by name, so that a wrong one is told without loading torch."""


def explained(part: type[BaseModel], settings: Mapping[str, Any], made: Callable[[], Any]) -> Any:
    """Settings that a person gives now: also what names nothing that there is, is a mistake.

    What lies on disk is not held to that (`audit.settings.checked`): a file or an attack may since have moved.

    Args:
        part: the group of settings.
        settings: what was given.
        made: makes the group.

    Raises:
        ConfigError: naming every mistake.
    """
    problems, result = [], None
    try:
        result = made()
    except ValidationError as error:
        problems = complaints(part, error)
    unknown = dict(_unknown_names(settings))
    if problems or unknown:
        hints = dict.fromkeys([*unknown.values(), *([SEE] if problems else [])])
        raise ConfigError.collected([*problems, *unknown], "; ".join(hints))
    return result


def _unknown_names(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of built-in things that there are not, each with what to do."""
    model, data, analysis = (settings.get(key) for key in ("model", "data", "analysis"))
    if isinstance(model, str) and ":" not in model and model not in MODELS:
        near = nearest(model, list(MODELS))
        yield f"there is no model {model!r}{near}", f"built in: {', '.join(MODELS)}; your own as package.module:factory"
    asked = _of(analysis, "attacks")
    listed = asked if isinstance(asked, (list, tuple)) else ()
    names = [name for name in (*listed, _of(analysis, "headline")) if isinstance(name, str)]
    if set(names) - {"ensemble"}:
        from attacks import ATTACKS

        for name in dict.fromkeys(name for name in names if name not in ATTACKS):
            yield f"there is no attack {name!r}{nearest(name, list(ATTACKS))}", "`audit list attacks` shows all"
    source = _of(data, "source")
    if isinstance(source, str) and source.isidentifier() and not Path(source).exists():
        from audit.data import NAMED

        if source not in NAMED:
            yield f"there is no data source {source!r}{nearest(source, list(NAMED))}", "`audit list data` shows all"


def _of(part: Any, key: str) -> Any:
    """A setting of a group that is given as a mapping or made already."""
    return part.get(key) if isinstance(part, Mapping) else getattr(part, key, None)


def nearest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no known name is close."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def complaints(part: type[BaseModel], error: ValidationError) -> list[str]:
    """Every mistake that validation found, a sentence each.

    Args:
        part: the group of settings.
        error: what pydantic has to say of it.
    """
    return [_complaint(part, dict(one)) for one in error.errors(include_url=False)]


def _complaint(part: type[BaseModel], error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown setting {where!r}{nearest(str(error['loc'][-1]), _keys_at(part, error['loc'][:-1]))}"
    message = error["msg"].removeprefix("Value error, ")
    if not where:
        return message
    given = "" if isinstance(error["input"], Mapping) else f" is {error['input']!r}"  # a whole group is a page
    return f"{where}{given}: {message[0].lower()}{message[1:]}"


def _keys_at(part: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    for name in path:
        annotation = part.model_fields[name].annotation if name in part.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        part = annotation
    return list(part.model_fields)
