"""What Markdown reports are made of; every string is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reports.tables import Table
from reports.visible import visible

# The last two begin a bare address, of which GitHub makes a link.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


def escape(text: str) -> str:
    """Text that Markdown and the HTML in it show as it is, on one line."""
    return SPECIAL.sub(r"\\\1", visible(text, instead=" "))


def loud(text: str) -> list[str]:
    """A paragraph that nobody misses; nothing of an empty text."""
    return [f"**{escape(text)}**"] if text else []


def paragraphs(texts: Iterable[str]) -> list[str]:
    """A paragraph for each text."""
    return [escape(text) for text in texts]


def section(title: str, *blocks: str) -> list[str]:
    """A heading and its blocks; nothing where all blocks are empty."""
    filled = [block for block in blocks if block]
    return [f"## {title}", *filled] if filled else []


def bullets(texts: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {escape(text)}" for text in texts)


def as_table(table: Table | None) -> str:
    """A table under its caption; nothing where it has no rows."""
    if table is None or not table.rows:
        return ""
    lines = [
        _line((table.stub or " ", *table.columns)),
        "|" + " --- |" * (1 + len(table.columns)),
        *(_line((row.label, *map(str, row.cells))) for row in table.rows),
    ]
    notes = f"\n\n{bullets(table.notes)}" if table.notes else ""
    return f"{escape(table.caption)}:\n\n" + "\n".join(lines) + notes


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(escape(cell) for cell in cells) + " |"
