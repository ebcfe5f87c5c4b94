"""From a run folder to its reports."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from audit.errors import ConfigError
from audit.files import write_bytes, write_text
from audit.folder import RunFolder
from audit.integrity import write_digests
from audit.settings import nearest
from reports.formats import BINARY_FORMATS, FORMATS, UnavailableError
from reports.result import AuditResult

if TYPE_CHECKING:
    import polars as pl

    from reports.shown import Shown


def rendered(result: AuditResult, format_: str) -> str:
    """A result in a format.

    Args:
        result: the result.
        format_: a name of `reports.formats.FORMATS`.

    Raises:
        ConfigError: if there is no such format.
    """
    if format_ not in FORMATS:
        every = [*FORMATS, *BINARY_FORMATS]
        raise ConfigError(f"--format {format_}: no such format{nearest(format_, every)}", f"choose {', '.join(every)}")
    return FORMATS[format_].render(result)


def rendered_bytes(result: AuditResult, format_: str, shown: Shown | None = None) -> bytes:
    """A result in any format, as the bytes of a file.

    Args:
        result: the result.
        format_: a name of `reports.formats.FORMATS` or `BINARY_FORMATS`.
        shown: the content of records, if it was asked for.

    Raises:
        ConfigError: if there is no such format, it has no place for the content, or a library that it needs is missing.
    """
    form = (FORMATS | BINARY_FORMATS).get(format_)
    if form is None:
        return rendered(result, format_).encode()  # which says that there is none
    if shown is not None and form.with_records is None:
        can = ", ".join(name for name, one in (FORMATS | BINARY_FORMATS).items() if one.with_records)
        raise ConfigError(f"--show-records: the format {format_} has no place for the content of records", f"use {can}")
    try:
        content = form.with_records(result, shown) if shown and form.with_records else form.render(result)
    except UnavailableError as missing:
        raise ConfigError(missing.message, missing.hint) from missing
    return content if isinstance(content, bytes) else content.encode()


def refuse_terminal(format_: str, to_terminal: bool) -> None:
    """Check that bytes do not go to a screen.

    Args:
        format_: a name of a format.
        to_terminal: whether the report would be printed on one.

    Raises:
        ConfigError: if they would.
    """
    if to_terminal and format_ in BINARY_FORMATS:
        suffix = BINARY_FORMATS[format_].suffix
        raise ConfigError(
            f"--format {format_} writes bytes that no terminal can show", f"name a file: -o report{suffix}"
        )


def write_reports(folder: RunFolder, result: AuditResult, rows: pl.DataFrame) -> None:
    """Write the table of records, the reports, the result itself (all else is there then), and last all digests."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    write_bytes(folder.records_file, buffer.getvalue())
    write_text(folder.html_file, rendered(result, "html"))
    write_text(folder.result_file, rendered(result, "json"))
    write_digests(folder.path)
