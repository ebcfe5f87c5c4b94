"""Text for terminals that may have no Unicode and no colour, from strings that may hold anything."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports.tables import Cell, Row, Table
from reports.visible import visible

LOUD = "bold red"
GAP = 2
LABEL_WIDTH = 30
STACKED_LABEL_WIDTH = 16
WIDEST_LABEL = 34
"""A label takes so much where there is room for it; the widths above are what it has to get along with."""
MAX_WIDTH = 100
GLUE = "\N{NO-BREAK SPACE}"
"""Stands for a space at which no line is broken; strings that come from elsewhere hold none (see `visible`)."""
WHOLE = re.compile(r"`[^`\n]+`|(?<![^\s(])'[^'\n]*/[^'\n]*'| %")
"""What stays on one line: a command in backticks, a quoted path, a figure and its unit."""


def printable(text: str, encoding: str) -> str:
    """The text without control characters, and with a question mark for what the encoding lacks.

    Args:
        text: any string, such as a record id; an escape sequence in it must not reach the terminal.
        encoding: the console's encoding.
    """
    return visible(text).encode(encoding, "replace").decode(encoding)


def wrapped(text: str, width: int, whole: Iterable[str] = ()) -> list[str]:
    """Break a text between words into lines; one that a single word, path or command overfills stays as long as it is.

    Args:
        text: printable text.
        width: columns a line, at least 1.
        whole: further parts of the text that stay on one line, such as a path with spaces.
    """
    for part in whole:
        text = text.replace(part, part.replace(" ", GLUE))
    glued = WHOLE.sub(lambda found: found[0].replace(" ", GLUE), text)
    lines = textwrap.wrap(glued, max(1, width), break_on_hyphens=False, break_long_words=False)
    return [line.replace(GLUE, " ") for line in lines]


class Page:
    """Draws headings, sentences and tables on a console, broken between words alone.

    Attributes:
        console: where.
        width: columns that it uses.
        printed: lines that it printed so far.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = min(console.width, MAX_WIDTH)
        self.printed = 0

    def text(self, content: str, style: str = "") -> Text:
        """A string as it is: no markup, no control characters."""
        return Text(printable(content, self.console.encoding), style=style)

    def line(self, content: str = "", style: str = "") -> None:
        """A line that is never broken, however narrow the console: what it holds can be copied."""
        self._print(self.text(content, style))

    def _print(self, text: Text) -> None:
        self.console.print(text, soft_wrap=True)
        self.printed += 1

    def heading(self, content: str) -> None:
        """A heading after an empty line."""
        self.line()
        self.sentence(content, "bold")

    def sentence(self, content: str, style: str = "", indent: int = 0, whole: Iterable[str] = ()) -> None:
        """A paragraph, wrapped at words; `whole` names parts that stay on one line beside paths and commands."""
        for line in self._wrapped(content, self.width - indent, whole):
            self.line(" " * indent + line, style)

    def bullets(self, title: str, contents: Sequence[str], style: str = "") -> None:
        """A heading and a list; nothing where the list is empty."""
        if contents:
            self.heading(title)
        for content in contents:
            self.bullet(content, style)

    def bullet(self, content: str, style: str = "") -> None:
        """A paragraph behind a dash."""
        for number, line in enumerate(self._wrapped(content, self.width - len("- "))):
            self._print(Text("  " if number else "- ").append(line, style))

    def few(self, title: str, contents: Sequence[str], lines: int, more: str, style: str = "") -> None:
        """A heading and as much of a list as fits some lines, at least its first point; then how many more there are.

        Args:
            title: the heading.
            contents: the list; nothing is printed where it is empty.
            lines: lines that the points may take together.
            more: what shows the others, such as a command.
            style: of the points.
        """
        heights = [self.height(content, len("- ")) for content in contents]
        fits = max([1, *(n for n in range(1, len(contents) + 1) if sum(heights[:n]) <= lines)])
        self.bullets(title, contents[:fits], style)
        if len(contents) > fits:
            self.bullet(f"{len(contents) - fits} more: {more}", "dim")

    def height(self, content: str, indent: int = 0) -> int:
        """Lines that a paragraph takes."""
        return len(self._wrapped(content, self.width - indent))

    def _wrapped(self, content: str, width: int, whole: Iterable[str] = ()) -> list[str]:
        clean = partial(printable, encoding=self.console.encoding)
        return wrapped(clean(content), width, map(clean, whole))

    def table(self, table: Table) -> None:
        """A table with its notes; columns that do not fit side by side follow in a further table."""
        for number, part in enumerate(_parts(self._shown(table), self.width)):
            if number:
                self.line()
            self._draw(part)
        for note in table.notes:
            self.sentence(note, "dim", indent=1)

    def fits(self, table: Table) -> bool:
        """Whether every figure of a table stands beside its interval, in one line a row."""
        return _one_line_width(self._shown(table)) <= self.width

    def few_rows(self, table: Table, lines: int) -> None:
        """As many rows of a table as fit some lines, at least one, without its notes; then how many more there are."""
        for rows in range(len(table.rows), 0, -1):
            part, left = replace(table, rows=table.rows[:rows], notes=()), len(table.rows) - rows
            scratch = Page(Console(file=io.StringIO(), width=self.console.width))
            scratch.table(part)
            if scratch.printed + bool(left) <= lines or rows == 1:
                self.table(part)
                if left:
                    self.sentence(f"{left} more row{'s' if left > 1 else ''}: see --full.", "dim", indent=1)
                return

    def _shown(self, table: Table) -> Table:
        """The table as the console can show it, so that widths are measured on what is printed."""
        clean = partial(printable, encoding=self.console.encoding)
        rows = tuple(
            Row(clean(row.label), tuple(replace(c, text=clean(c.text), detail=clean(c.detail)) for c in row.cells))
            for row in table.rows
        )
        return Table(table.caption, clean(table.stub), tuple(map(clean, table.columns)), rows)

    def _draw(self, table: Table) -> None:
        """A header, a line under it, and the rows; a label that is longer than its column has a line of its own."""
        stacked = _one_line_width(table) > self.width
        widths = _widths(table, self.width, stacked)
        figures = [0 if stacked else _text_width(table, column) for column in range(len(table.columns))]
        header = (table.stub, *table.columns)
        titles = [_lines(title, width, "bold") for title, width in zip(header, widths, strict=True)]
        tallest = max(map(len, titles))
        self._row([[Text()] * (tallest - len(title)) + title for title in titles], widths)
        rule = "\N{BOX DRAWINGS LIGHT HORIZONTAL}" if self.console.encoding.lower().startswith("utf") else "-"
        self.line(rule * min(sum(widths) + GAP * len(table.columns), self.width))
        for row in table.rows:
            label = row.label
            if max(map(cell_len, label.split()), default=0) > widths[0]:
                self.line(label)
                label = ""
            cells = [
                _cell(*each) for each in zip(row.cells, figures, [stacked] * len(figures), widths[1:], strict=True)
            ]
            self._row([_lines(label, widths[0]), *cells], widths)

    def _row(self, cells: Sequence[Sequence[Text]], widths: Sequence[int]) -> None:
        for number in range(max(1, *map(len, cells))):
            line = Text()
            for cell, width in zip(cells, widths, strict=True):
                text = cell[number] if number < len(cell) else Text()
                line.append_text(text).append(" " * (GAP + width - cell_len(text.plain)))
            line.rstrip()
            self._print(line)


def _cell(cell: Cell, figure: int, stacked: bool, width: int) -> list[Text]:
    """A cell's lines: a figure and its interval beside each other, below each other if stacked."""
    style = LOUD if cell.loud else "dim" if cell.muted else ""
    if not cell.detail or stacked:
        return [*_lines(cell.text, width, style), *_lines(cell.detail, width, "dim")]
    gap = " " * (1 + max(0, figure - cell_len(cell.text)))
    return [Text(cell.text, style).append(gap, "none").append(f"({cell.detail})", "dim not bold")]


def _lines(text: str, width: int, style: str = "") -> list[Text]:
    return [Text(line, style) for line in wrapped(text, width)]


def _widths(table: Table, width: int, stacked: bool) -> list[int]:
    """The width of every column; where all are too wide for the page, the widest are broken between words."""
    columns = range(len(table.columns))
    wanted = [max(cell_len(table.columns[column]), _column_width(table, column, stacked)) for column in columns]
    least = [_least_width(table, column, stacked) for column in columns]
    widths = [_label_width(table, WIDEST_LABEL), *wanted]
    floors = [_label_width(table, STACKED_LABEL_WIDTH if stacked else LABEL_WIDTH), *least]
    while sum(widths) + GAP * len(columns) > width:
        can = [number for number, (have, floor) in enumerate(zip(widths, floors, strict=True)) if have > floor]
        if not can:
            break
        widths[max(can, key=lambda number: widths[number])] -= 1
    return widths


def _parts(table: Table, width: int) -> list[Table]:
    """The table in as few parts as fit the width; the first column stands in each of them if two fit."""
    fits, columns = _fitting_columns(table, width), len(table.columns)
    if fits >= columns or _one_line_width(table) <= width:
        return [table]
    if fits == 1:
        return [_take(table, (column,)) for column in range(columns)]
    groups = [range(start, min(start + fits - 1, columns)) for start in range(1, columns, fits - 1)]
    return [_take(table, (0, *group)) for group in groups]


def _text_width(table: Table, column: int) -> int:
    """Width of the figures of a column that have an interval, so that the intervals line up."""
    cells = (row.cells[column] for row in table.rows)
    return max((cell_len(cell.text) for cell in cells if cell.detail), default=0)


def _least_width(table: Table, column: int, stacked: bool) -> int:
    """Width below which a column would break a word or a figure."""
    words = table.columns[column].split()
    figures = []
    for cell in (row.cells[column] for row in table.rows):
        if not cell.detail:
            words += wrapped(cell.text, 1)
        else:
            figures.append(max(cell_len(cell.text), cell_len(cell.detail)))
    least = max(map(cell_len, words), default=1)
    return max(least, *figures, 1) if stacked else max(least, _column_width(table, column, stacked=False))


def _column_width(table: Table, column: int, stacked: bool) -> int:
    figures = _text_width(table, column)
    widths = [cell_len(word) for word in table.columns[column].split()]
    for cell in (row.cells[column] for row in table.rows):
        detail = cell_len(cell.detail)
        one_line = figures + 3 + detail if detail else cell_len(cell.text)
        widths.append(max(cell_len(cell.text), detail) if stacked else one_line)
    return max(widths, default=0)


def _label_width(table: Table, most: int) -> int:
    widest = max((cell_len(text) for text in (table.stub, *(row.label for row in table.rows))), default=1)
    return min(most, max(1, widest))


def _one_line_width(table: Table) -> int:
    widths = [_column_width(table, column, stacked=False) for column in range(len(table.columns))]
    return _label_width(table, LABEL_WIDTH) + sum(GAP + width for width in widths)


def _fitting_columns(table: Table, width: int) -> int:
    """How many columns fit side by side with the interval below the figure; at least one."""
    room, fits = width - _label_width(table, STACKED_LABEL_WIDTH), 0
    for column in range(len(table.columns)):
        room -= GAP + _least_width(table, column, stacked=True)
        fits += room >= 0
    return max(1, fits)


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
