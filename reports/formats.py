"""The formats that a result can be rendered in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reports.result import AuditResult
from reports.suppression import without_small_groups

if TYPE_CHECKING:
    from reports.mapping import Mapping
    from reports.shown import Shown

Content = TypeVar("Content", str, bytes)

Share = Callable[..., Callable[[], Any]]
"""Begins a call, perhaps in another process, and returns what waits for the result; `partial` makes the call then."""


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
class Extras:
    """What a report holds only where it was asked for.

    Attributes:
        shown: the content of records.
        mappings: where the evidence for the points of a text lies.
        small_groups: also the figures of groups of fewer than 10 records.
        digest: SHA-256 of the result.json that the result was read from, for the id of a PDF.
        share: who draws a part of the figures of a page.
    """

    shown: Shown | None = None
    mappings: tuple[Mapping, ...] = ()
    small_groups: bool = False
    digest: str | None = None
    share: Share = partial

    def of(self, result: AuditResult) -> AuditResult:
        """The result as far as a report may show it."""
        return result if self.small_groups else without_small_groups(result)


@dataclass(frozen=True, slots=True)
class Format(Generic[Content]):
    """A way of writing a result.

    Attributes:
        name: as the command line takes it.
        suffix: ending of a file in this format.
        description: one line for a reader.
        render: the result as text or bytes; loads what it needs (templates, figures) on the first call.
        shows_records: whether it has a place for the content of records.
    """

    name: str
    suffix: str
    description: str
    render: Callable[[AuditResult, Extras], Content]
    shows_records: bool = False


def _terminal(result: AuditResult, extras: Extras) -> str:
    from reports.terminal import as_text

    return as_text(extras.of(result), mappings=extras.mappings)


def _html(result: AuditResult, extras: Extras) -> str:
    from reports.html import render

    return render(result, extras.shown, extras.small_groups, extras.mappings, extras.share)


def _json(result: AuditResult, extras: Extras) -> str:
    """The result itself, which is whole whatever a report shows."""
    from reports.serialization import to_json

    return to_json(result)


def _markdown(result: AuditResult, extras: Extras) -> str:
    from reports.markdown import render

    return render(extras.of(result), extras.mappings)


def _pdf(result: AuditResult, extras: Extras) -> bytes:
    from reports.pdf import render

    return render(result, extras.shown, extras.small_groups, extras.mappings, extras.digest)


FORMATS: dict[str, Format[str]] = {
    form.name: form
    for form in (
        Format("terminal", ".txt", "the summary that an audit ends with, 80 columns of plain text", _terminal),
        Format("html", ".html", "the full report in one self-contained file", _html, shows_records=True),
        Format("json", ".json", "the result itself, versioned", _json),
        Format("markdown", ".md", "for a model card or a pull request", _markdown),
    )
}
"""The formats that are text."""

BINARY_FORMATS: dict[str, Format[bytes]] = {
    "pdf": Format("pdf", ".pdf", "the full report on A4 pages; needs the extra `pdf`", _pdf, shows_records=True)
}
"""The formats that no terminal can show."""
