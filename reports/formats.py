"""The formats that a result can be rendered in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from reports.result import AuditResult

if TYPE_CHECKING:
    from reports.shown import Shown

Content = TypeVar("Content", str, bytes)


class UnavailableError(RuntimeError):
    """A format needs a library that is not there.

    Attributes:
        message: what is missing.
        hint: what to install.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Format(Generic[Content]):
    """A way of writing a result.

    Attributes:
        name: as the command line takes it.
        suffix: ending of a file in this format.
        description: one line for a reader.
        render: the result as text or bytes; loads what it needs (templates, figures) on the first call.
        with_records: the same with the content of records; None where the format has no place for it.
    """

    name: str
    suffix: str
    description: str
    render: Callable[[AuditResult], Content]
    with_records: Callable[[AuditResult, Shown], Content] | None = None


def _terminal(result: AuditResult) -> str:
    from reports.terminal import as_text

    return as_text(result)


def _html(result: AuditResult, shown: Shown | None = None) -> str:
    from reports.html import render

    return render(result, shown)


def _json(result: AuditResult) -> str:
    from reports.serialization import to_json

    return to_json(result)


def _markdown(result: AuditResult) -> str:
    from reports.markdown import render

    return render(result)


def _pdf(result: AuditResult, shown: Shown | None = None) -> bytes:
    from reports.pdf import render

    return render(result, shown)


FORMATS: dict[str, Format[str]] = {
    form.name: form
    for form in (
        Format("terminal", ".txt", "the summary that an audit ends with, 80 columns of plain text", _terminal),
        Format("html", ".html", "the full report in one self-contained file", _html, _html),
        Format("json", ".json", "the result itself, versioned", _json),
        Format("markdown", ".md", "for a model card or a pull request", _markdown),
    )
}
"""The formats that are text."""

BINARY_FORMATS: dict[str, Format[bytes]] = {
    "pdf": Format("pdf", ".pdf", "the full report on A4 pages; needs the extra `pdf`", _pdf, _pdf)
}
"""The formats that no terminal can show."""
