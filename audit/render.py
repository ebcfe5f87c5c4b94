"""From a run folder to its reports."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from audit.errors import ConfigError
from audit.files import write_bytes, write_text
from audit.folder import RunFolder
from audit.integrity import write_digests
from audit.settings import nearest
from reports.formats import BINARY_FORMATS, FORMATS, Extras, Share, UnavailableError
from reports.result import AuditResult

if TYPE_CHECKING:
    import polars as pl


PLAIN = Extras()


def rendered(result: AuditResult, format_: str, extras: Extras = PLAIN) -> str:
    """A result in a format that is text.

    Args:
        result: the result.
        format_: a name of `reports.formats.FORMATS`.
        extras: what was asked for besides.

    Raises:
        ConfigError: if there is no such format, or it has no place for what was asked for.
    """
    return rendered_bytes(result, format_, extras).decode()


def rendered_bytes(result: AuditResult, format_: str, extras: Extras = PLAIN) -> bytes:
    """A result in any format, as the bytes of a file.

    Args:
        result: the result.
        format_: a name of `reports.formats.FORMATS` or `BINARY_FORMATS`.
        extras: what was asked for besides.

    Raises:
        ConfigError: if there is no such format, it has no place for what was asked for, or a library that it needs is
            missing.
    """
    every = FORMATS | BINARY_FORMATS
    form = every.get(format_)
    if form is None:
        known = list(every)
        raise ConfigError(f"--format {format_}: no such format{nearest(format_, known)}", f"choose {', '.join(known)}")
    if extras.shown is not None and not form.shows_records:
        can = ", ".join(name for name, one in every.items() if one.shows_records)
        raise ConfigError(f"--show-records: the format {format_} has no place for the content of records", f"use {can}")
    try:
        content = form.render(result, extras)
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


def write_reports(folder: RunFolder, result: AuditResult, rows: pl.DataFrame, share: Share = partial) -> None:
    """Write the table of records, the reports, the result itself (all else is there then), and last all digests."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    write_bytes(folder.records_file, buffer.getvalue())
    write_result(folder, result, share)


def write_result(folder: RunFolder, result: AuditResult, share: Share = partial) -> None:
    """Write the reports and the result, and last the digests of all that the folder holds.

    Args:
        folder: a run whose table of records is written.
        result: its result.
        share: who draws a part of the figures.
    """
    write_text(folder.html_file, rendered(result, "html", Extras(share=share)))
    write_text(folder.result_file, rendered(result, "json"))
    write_digests(folder.path)
