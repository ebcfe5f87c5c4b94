"""The formats that a result can be rendered in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.result import AuditResult


@dataclass(frozen=True, slots=True)
class Format:
    """A way of writing a result.

    Attributes:
        name: as the command line takes it.
        suffix: ending of a file in this format.
        description: one line for a reader.
        render: the result as text; loads what it needs (templates, figures) on the first call.
    """

    name: str
    suffix: str
    description: str
    render: Callable[[AuditResult], str]


def _terminal(result: AuditResult) -> str:
    from reports.terminal import as_text

    return as_text(result)


def _html(result: AuditResult) -> str:
    from reports.html import render

    return render(result)


def _json(result: AuditResult) -> str:
    from reports.serialization import to_json

    return to_json(result)


def _markdown(result: AuditResult) -> str:
    from reports.markdown import render

    return render(result)


FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("terminal", ".txt", "the summary that an audit ends with, 80 columns of plain text", _terminal),
        Format("html", ".html", "the full report in one self-contained file", _html),
        Format("json", ".json", "the result itself, versioned", _json),
        Format("markdown", ".md", "for a model card or a pull request", _markdown),
    )
}
