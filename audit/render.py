"""From a run folder to its reports."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from audit.errors import ConfigError
from audit.files import write_bytes, write_text
from audit.folder import RunFolder
from audit.settings import nearest
from reports.formats import FORMATS
from reports.result import AuditResult

if TYPE_CHECKING:
    import polars as pl


def rendered(result: AuditResult, format_: str) -> str:
    """A result in a format.

    Args:
        result: the result.
        format_: a name of `reports.formats.FORMATS`.

    Raises:
        ConfigError: if there is no such format.
    """
    if format_ not in FORMATS:
        raise ConfigError(
            f"--format {format_}: no such format{nearest(format_, list(FORMATS))}", f"choose {', '.join(FORMATS)}"
        )
    return FORMATS[format_].render(result)


def write_reports(folder: RunFolder, result: AuditResult, rows: pl.DataFrame) -> None:
    """Write the table of records, the reports, and last the result itself: its presence means that all is there."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    write_bytes(folder.records_file, buffer.getvalue())
    write_text(folder.html_file, rendered(result, "html"))
    write_text(folder.result_file, rendered(result, "json"))
