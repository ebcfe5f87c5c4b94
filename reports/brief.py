"""A result in a few lines: what Python and a notebook show of it when it is the last expression."""

from __future__ import annotations

from html import escape

from reports import sentences
from reports.overview import columns_of, overview
from reports.result import AuditResult
from reports.tables import Cell, Table
from reports.visible import in_page, visible

MORE = "result.arm(NAME), .verdict, .warnings and .to_html() have more"
STYLE = "text-align:left;padding:2px 12px 2px 0;white-space:nowrap"


def as_text(result: AuditResult) -> str:
    """What was audited, the answer, and the arms side by side, as plain text.

    Args:
        result: the result.
    """
    table = _table(result)
    rows = [["", *table.columns], *([row.label, *map(str, row.cells)] for row in table.rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    aligned = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return visible("\n".join([sentences.audited(result), *result.summary, "", *aligned, MORE]), kept="\n")


def as_html(result: AuditResult) -> str:
    """The same as a piece of HTML that needs nothing from outside; every string is escaped.

    Args:
        result: the result.
    """
    table = _table(result)
    said = "".join(f"<p>{_safe(sentence)}</p>" for sentence in (sentences.audited(result), *result.summary))
    heads = "".join(f'<th scope="col" style="{STYLE}">{_safe(title)}</th>' for title in ("", *table.columns))
    rows = "".join(
        f'<tr><th scope="row" style="{STYLE}">{_safe(row.label)}</th>{"".join(map(_cell, row.cells))}</tr>'
        for row in table.rows
    )
    caption = f'<caption style="text-align:left">{_safe(table.caption)}</caption>'
    return (
        f"<div>{said}<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{_safe(MORE)}</p></div>"
    )


def _table(result: AuditResult) -> Table:
    return overview(columns_of(result), result.confidence)


def _cell(cell: Cell) -> str:
    return f'<td style="{STYLE}">{_safe(str(cell))}</td>'


def _safe(text: str) -> str:
    return escape(str(in_page(text)))
