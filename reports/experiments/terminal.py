"""Experiments on a terminal: the answer and the first table of each."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from reports import numbers
from reports.experiments.result import Experiments
from reports.experiments.section import Section
from reports.experiments.sections import sections_of
from reports.experiments.standalone import ExperimentResult
from reports.experiments.words import arms_table, audited
from reports.text import Page, plain


def print_experiments(page: Page, experiments: Experiments) -> None:
    """Print the experiments of a result; nothing where none was made.

    Args:
        page: where.
        experiments: what was found.
    """
    for section in sections_of(experiments):
        _print(page, section, 1)


def render_experiment(result: ExperimentResult, console: Console, files: Mapping[str, str] | None = None) -> None:
    """Print an experiment that stands by itself.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
        files: what -> where of the files that were written; None lists none.
    """
    page = Page(console)
    for section in sections_of(result.experiments):
        _print(page, section, len(section.shown))
    page.sentence("")
    page.sentence(audited(result), "dim")
    table = arms_table(result)
    page.heading(table.caption)
    page.table(table)
    page.bullets("Warnings", result.warnings, "yellow")
    page.bullets("Not tested", result.not_tested)
    if files:
        page.heading("Files")
    for name, path in (files or {}).items():
        page.sentence(f"{name}: {path}")


def experiment_as_text(result: ExperimentResult, width: int = 80) -> str:
    """The terminal's report of an experiment as plain text.

    Args:
        result: the result.
        width: columns a line.
    """
    return plain(lambda console: render_experiment(result, console), width)


def _print(page: Page, section: Section, tables: int) -> None:
    page.bullets(section.title, section.block.answer)
    for table in section.shown[:tables]:
        page.heading(table.caption)
        page.table(table)
    for sentence in section.reading:
        page.sentence(sentence, "dim")
    page.bullets("Its limits", section.block.limits, "yellow")
    page.sentence(f"{numbers.decimal(section.block.seconds, 0)} s; again: {section.block.command}", "dim")
