"""An experiment as a section of a report: words and tables; figures are drawn apart, where a format shows them."""

from __future__ import annotations

from dataclasses import dataclass

from reports.experiments.block import Block
from reports.tables import Table


@dataclass(frozen=True, slots=True)
class Section:
    """An experiment, as every format shows it.

    Attributes:
        name: the experiment's; the section's anchor.
        title: its heading.
        question: what is asked and whose question it is, in a sentence or two.
        block: what was found: its answer, its limits, its command.
        tables: shown as they are; a terminal shows the first.
        folded: shown where a reader asks for them.
        reading: how to read the figures and tables, in sentences.
    """

    name: str
    title: str
    question: str
    block: Block
    tables: tuple[Table, ...]
    folded: tuple[Table, ...] = ()
    reading: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Table, ...]:
        """The tables that have rows."""
        return tuple(table for table in self.tables if table.rows)
