"""Tables as every format draws them: text and intervals, no layout."""

from __future__ import annotations

from dataclasses import dataclass

from reports import numbers
from reports.result import Estimate, TprAtFpr

MEMORIZATION_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a table.

    Attributes:
        text: the figure with its unit, or why there is none.
        detail: its interval or its context; formats set it apart, in parentheses or below.
        muted: there is no figure.
        loud: a proof that something is wrong, which no reader may miss.
    """

    text: str
    detail: str = ""
    muted: bool = False
    loud: bool = False

    def __str__(self) -> str:
        return f"{self.text} ({self.detail})" if self.detail else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity or one record.

    Attributes:
        label: its name.
        cells: one a column.
        hint: what the quantity means, in a few plain words.
    """

    label: str
    cells: tuple[Cell, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with row and column headers.

    Attributes:
        caption: what it shows.
        stub: header of the column of labels.
        columns: headers of the other columns.
        rows: the rows.
        notes: what a reader must know of single figures.
    """

    caption: str
    stub: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def absent(text: str = "not available") -> Cell:
    """A cell without a figure."""
    return Cell(text, muted=True)


def rate(estimate: Estimate | None) -> Cell:
    """A mean rate such as an accuracy, in percent."""
    return absent() if estimate is None else Cell(numbers.percent(estimate.value), numbers.percent_limits(estimate))


def proportion(estimate: Estimate | None) -> Cell:
    """A proportion of n trials, in percent; never 0 or 100 %, which n trials cannot show."""
    if estimate is None:
        return absent("not resolvable")
    return Cell(numbers.resolved(estimate), numbers.resolved_limits(estimate))


def score(estimate: Estimate | None, digits: int = 3) -> Cell:
    """A figure that is no rate, such as an AUC or a memorization score."""
    if estimate is None:
        return absent()
    return Cell(numbers.decimal(estimate.value, digits), numbers.decimal_limits(estimate, digits))


def tpr(at: TprAtFpr | None) -> Cell:
    """A true-positive rate, or that the sample cannot resolve it."""
    return absent() if at is None else proportion(at.tpr)
