"""Text for terminals that may have no Unicode and no colour, from strings that may hold anything."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from reports.tables import Cell, Row, Table
from reports.visible import visible

LOUD = "bold red"
GAP = 2
LABEL_WIDTH = 30
STACKED_LABEL_WIDTH = 16
MAX_WIDTH = 100
RULE = "    \n    \n ── \n    \n    \n    \n    \n    \n"


def printable(text: str, encoding: str) -> str:
    """The text without control characters, and with a question mark for what the encoding lacks.

    Args:
        text: any string, such as a record id; an escape sequence in it must not reach the terminal.
        encoding: the console's encoding.
    """
    return visible(text).encode(encoding, "replace").decode(encoding)


class Page:
    """Draws headings, sentences and tables on a console, none wider than it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = min(console.width, MAX_WIDTH)

    def text(self, content: str, style: str = "") -> Text:
        """A string as it is: no markup, no control characters."""
        return Text(printable(content, self.console.encoding), style=style)

    def heading(self, content: str) -> None:
        """A heading after an empty line."""
        self.console.print()
        self.console.print(self.text(content, "bold"), width=self.width)

    def sentence(self, content: str, style: str = "", indent: int = 0) -> None:
        """A paragraph, wrapped at words."""
        text = self.text("", style).append("\n".join(self._wrapped(content, self.width - indent)))
        self.console.print(Padding(text, (0, 0, 0, indent)), width=self.width)

    def bullets(self, title: str, contents: Sequence[str], style: str = "") -> None:
        """A heading and a list; nothing where the list is empty."""
        if contents:
            self.heading(title)
        for content in contents:
            self._bullet(content, style)

    def _bullet(self, content: str, style: str) -> None:
        """A paragraph behind a dash."""
        grid = Grid.grid(padding=(0, 1, 0, 0))
        grid.add_row(Text("-"), self.text("", style).append("\n".join(self._wrapped(content, self.width - len("- ")))))
        self.console.print(grid, width=self.width)

    def _wrapped(self, content: str, width: int) -> list[str]:
        """Lines no wider than told; a figure and its unit stay together."""
        kept = printable(content, self.console.encoding).replace(" %", "\N{NO-BREAK SPACE}%")
        lines = textwrap.wrap(kept, width, break_on_hyphens=False)
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]

    def table(self, table: Table) -> None:
        """A table with its notes; arms that do not fit side by side follow in a further table."""
        for number, part in enumerate(self._parts(self._shown(table))):
            if number:
                self.console.print()
            self.console.print(self._grid(part), width=self.width)
        for note in table.notes:
            self.sentence(note, "dim", indent=1)

    def _shown(self, table: Table) -> Table:
        """The table as the console can show it, so that widths are measured on what is printed."""
        clean = partial(printable, encoding=self.console.encoding)
        rows = tuple(
            Row(clean(row.label), tuple(replace(c, text=clean(c.text), detail=clean(c.detail)) for c in row.cells))
            for row in table.rows
        )
        return Table(table.caption, clean(table.stub), tuple(map(clean, table.columns)), rows)

    def _parts(self, table: Table) -> list[Table]:
        """The table in as few parts as fit the width, each with the first column."""
        fits = _fitting_columns(table, self.width)
        if fits >= len(table.columns) or _one_line_width(table) <= self.width:
            return [table]
        groups = [range(start, min(start + fits - 1, len(table.columns))) for start in _starts(table, fits)]
        return [_take(table, (0, *group)) for group in groups]

    def _grid(self, table: Table) -> Grid:
        stacked = _one_line_width(table) > self.width
        grid = Grid(box=self._rule(), padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
        grid.add_column(self.text(table.stub), overflow="fold", max_width=_label_width(table, stacked))
        for title in table.columns:
            grid.add_column(self.text(title), overflow="fold")
        widths = [0 if stacked else _text_width(table, column) for column in range(len(table.columns))]
        for row in table.rows:
            cells = (self._cell(cell, width, stacked) for cell, width in zip(row.cells, widths, strict=True))
            grid.add_row(self.text(row.label), *cells)
        return grid

    def _rule(self) -> Box:
        """A line under the header alone."""
        unicode = self.console.encoding.lower().startswith("utf")
        return Box(RULE) if unicode else Box(RULE.replace("─", "-"), ascii=True)

    def _cell(self, cell: Cell, width: int, stacked: bool) -> Text:
        text = self.text(cell.text, LOUD if cell.loud else "dim" if cell.muted else "")
        if not cell.detail:
            return text
        text.append("\n" if stacked else " " * (1 + max(0, width - cell_len(cell.text))))
        return text.append_text(self.text(cell.detail if stacked else f"({cell.detail})", "dim"))


def _text_width(table: Table, column: int) -> int:
    """Width of the figures of a column that have an interval, so that the intervals line up."""
    cells = (row.cells[column] for row in table.rows)
    return max((cell_len(cell.text) for cell in cells if cell.detail), default=0)


def _column_width(table: Table, column: int, stacked: bool) -> int:
    figures = _text_width(table, column)
    widths = [cell_len(word) for word in table.columns[column].split()]
    for cell in (row.cells[column] for row in table.rows):
        detail = cell_len(cell.detail)
        one_line = figures + 3 + detail if detail else cell_len(cell.text)
        widths.append(max(cell_len(cell.text), detail) if stacked else one_line)
    return max(widths, default=0)


def _label_width(table: Table, stacked: bool) -> int:
    widest = max((cell_len(text) for text in (table.stub, *(row.label for row in table.rows))), default=1)
    return min(STACKED_LABEL_WIDTH if stacked else LABEL_WIDTH, max(1, widest))


def _one_line_width(table: Table) -> int:
    columns = range(len(table.columns))
    return _label_width(table, False) + sum(GAP + _column_width(table, column, stacked=False) for column in columns)


def _fitting_columns(table: Table, width: int) -> int:
    """How many columns fit side by side with the interval below the figure; at least two."""
    room, fits = width - _label_width(table, True), 0
    for column in range(len(table.columns)):
        room -= GAP + _column_width(table, column, stacked=True)
        fits += room >= 0
    return max(2, fits)


def _starts(table: Table, fits: int) -> range:
    return range(1, len(table.columns), max(1, fits - 1))


def _take(table: Table, columns: Sequence[int]) -> Table:
    """The table with some of its columns."""
    rows = tuple(Row(row.label, tuple(row.cells[column] for column in columns), row.hint) for row in table.rows)
    return Table(table.caption, table.stub, tuple(table.columns[column] for column in columns), rows)


def plain(draw: Callable[[Console], None], width: int) -> str:
    """What is drawn on a console, as plain text without colour.

    Args:
        draw: draws on a console.
        width: columns a line.
    """
    stream = io.StringIO()
    draw(Console(file=stream, width=width, no_color=True, force_terminal=False))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"
