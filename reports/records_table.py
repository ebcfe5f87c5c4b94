"""Records by id on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from reports.records import record_list
from reports.result import RecordRow
from reports.text import Page


def render_records(rows: Sequence[RecordRow], console: Console, caption: str) -> None:
    """Print records with their memorization and exposure.

    Args:
        rows: the records, in the order to show.
        console: where to print.
        caption: what the list is, such as `Most memorized records, standard`.
    """
    page = Page(console)
    page.heading(caption)
    if rows:
        page.table(record_list(rows, caption))
    else:
        page.sentence("No record has a score.")
