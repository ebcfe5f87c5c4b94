"""Experiments on a terminal: the answer and the first table of each."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console

from reports import numbers
from reports.ending import HEIGHT, ending_height, print_ending
from reports.experiments.result import Experiments
from reports.experiments.section import Section
from reports.experiments.sections import sections_of
from reports.experiments.standalone import ExperimentResult
from reports.experiments.words import arms_table, audited
from reports.text import Page, plain

ANSWER_LINES = 15
"""Of the one screen."""
LIMIT_LINES = 6
"""What an experiment's limits take of it at least, with their heading and how many more there are."""
LIMITS_BESIDE = 3
"""Lines around its limits: an empty one, the heading, how many more there are."""


def print_experiments(page: Page, experiments: Experiments) -> None:
    """Print the experiments of a result; nothing where none was made.

    Args:
        page: where.
        experiments: what was found.
    """
    for section in sections_of(experiments):
        _print(page, section, 1)


def render_experiment_screen(
    experiments: Experiments, console: Console, files: Mapping[str, str], folder: str, warnings: Sequence[str] = ()
) -> None:
    """Print an experiment on one screen: its answer, as much of its first table and of its limits as fits, the files.

    Args:
        experiments: what was found.
        console: where to print; any width, with or without colour and Unicode.
        files: what -> where of the files that were written.
        folder: the run folder as a command names it.
        warnings: what limits the answer besides.
    """
    page = Page(console)
    steps = [(f"audit report {shlex.quote(folder)} --full", "everything")]
    last = HEIGHT - ending_height(files, steps)
    for section in sections_of(experiments):
        page.few(section.title, section.block.answer, ANSWER_LINES, "see --full.")
        for table in section.shown[:1]:
            page.heading(table.caption)
            page.few_rows(table, last - page.printed - LIMIT_LINES)
        limits = [*section.block.limits, *warnings]
        page.few("Its limits", limits, max(1, last - page.printed - LIMITS_BESIDE), "see --full.", "yellow")
    print_ending(page, files, steps)


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
        page.line(f"{name}: {path}")


def experiment_as_text(result: ExperimentResult, width: int = 80) -> str:
    """The terminal's report of an experiment as plain text.

    Args:
        result: the result.
        width: columns a line.
    """
    return plain(lambda console: render_experiment(result, console), width)


def experiment_as_screen(result: ExperimentResult, folder: str, width: int = 80) -> str:
    """The one screen of an experiment by itself as plain text.

    Args:
        result: the result.
        folder: the run folder as a command names it.
        width: columns a line.
    """
    made = result.experiments
    return plain(lambda console: render_experiment_screen(made, console, {}, folder, result.warnings), width)


def _print(page: Page, section: Section, tables: int) -> None:
    page.bullets(section.title, section.block.answer)
    for table in section.shown[:tables]:
        page.heading(table.caption)
        page.table(table)
    for sentence in section.reading:
        page.sentence(sentence, "dim")
    page.bullets("Its limits", section.block.limits, "yellow")
    again = f"{numbers.decimal(section.block.seconds, 0)} s; again: {section.block.command}"
    page.sentence(again, "dim", whole=[section.block.command])
