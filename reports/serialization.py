"""A result as JSON and back: exact, versioned, `null` and never NaN."""

from __future__ import annotations

import json
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from reports.experiments.standalone import ExperimentResult
from reports.findings import Part
from reports.one_run_result import OneRunResult
from reports.result import AuditResult

R = TypeVar("R", AuditResult, OneRunResult, ExperimentResult)


def to_json(result: Part) -> str:
    """The result as JSON text, a line a top-level key; the same result gives the same text.

    Args:
        result: a whole result.

    Raises:
        ValueError: if a number is NaN or infinite.
    """
    lines = (f"{_dump(key)}: {_dump(value)}" for key, value in result.model_dump().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_json(text: str) -> AuditResult:
    """The result of an audit that `to_json` wrote.

    Args:
        text: JSON text of a whole result.

    Raises:
        ValueError: if the text is no JSON, holds NaN, is of another schema version, or lacks a part.
    """
    return _read(text, AuditResult)


def one_run_from_json(text: str) -> OneRunResult:
    """The result of a one-run audit that `to_json` wrote.

    Args:
        text: JSON text of a whole result.

    Raises:
        ValueError: if the text is no JSON, holds NaN, is of another schema version, or lacks a part.
    """
    return _read(text, OneRunResult)


def experiment_from_json(text: str) -> ExperimentResult:
    """The result of an experiment by itself that `to_json` wrote.

    Args:
        text: JSON text of a whole result.

    Raises:
        ValueError: if the text is no JSON, holds NaN, is of another schema version, or lacks a part.
    """
    return _read(text, ExperimentResult)


def _read(text: str, schema: type[R]) -> R:
    content = json.loads(text, parse_constant=_refuse)
    version = content.get("schema_version") if isinstance(content, dict) else None
    readable = schema.model_fields["schema_version"].default
    if version != readable:
        raise ValueError(f"schema version {version!r} cannot be read; this release reads {readable!r}")
    try:
        return schema.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"the result is incomplete or damaged: {_first_problem(error)}") from error


def _dump(value: object) -> str:
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    """A sign that could command a terminal, as JSON may write it."""
    return json.dumps(sign).strip('"')


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number that a result may hold")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    more = error.error_count() - 1
    return f"{place}: {problem['msg']}" + (f", and {more} more" if more else "")
