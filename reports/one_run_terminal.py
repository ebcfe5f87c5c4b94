"""What canaries in a single training run prove, on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from reports import epsilon_cells, numbers
from reports.ending import HEIGHT, ending_height, print_checks, print_ending, print_warnings
from reports.epsilon_sentences import base_name, of_arm
from reports.epsilon_terminal import print_bounds, print_self_checks, print_violation
from reports.one_run_result import OneRunArm, OneRunResult
from reports.overview import interval_name
from reports.result import Epsilon
from reports.tables import Cell, Row, Table, rate, score
from reports.text import Page, plain

VERDICT_LINES = 14
"""Of the one screen."""


def render_one_run_screen(result: OneRunResult, console: Console, folder: str = "") -> None:
    """Print a one-run audit on one screen: the verdict, the arms, the self-check, what limits them, what to do next.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
        folder: the run folder as a command names it; empty suggests none.
    """
    page = Page(console)
    checks = [(arm.name, arm.self_check) for arm in result.arms if arm.self_check]
    print_violation(page, checks)
    page.few("Verdict", result.verdict, VERDICT_LINES, "see --full.")
    page.sentence(_audited(result), "dim")
    page.line()
    page.table(replace(arms(result), stub=interval_name(result.confidence), notes=()))
    page.line()
    print_checks(page, checks)
    steps = [(f"audit report {shlex.quote(folder)} --full", "everything")] if folder else []
    print_warnings(page, result.warnings, HEIGHT - ending_height({}, steps))
    print_ending(page, {}, steps)


def render_one_run(result: OneRunResult, console: Console) -> None:
    """Print a whole one-run audit: the verdict first, then the arms, their bounds, the self-check, what limits them.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
    """
    page = Page(console)
    checks = [(arm.name, arm.self_check) for arm in result.arms if arm.self_check]
    print_violation(page, checks)
    page.bullets("Verdict", result.verdict)
    page.sentence(_audited(result), "dim")
    table = arms(result)
    page.heading(table.caption)
    page.table(table)
    print_bounds(page, [(arm.name, arm.bounds) for arm in result.arms], result.confidence)
    print_self_checks(page, checks)
    page.bullets("Warnings", result.warnings, "yellow")
    page.bullets("Not tested", result.not_tested)


def one_run_as_text(result: OneRunResult, width: int = 80) -> str:
    """The terminal's report of a one-run audit as plain text.

    Args:
        result: the result.
        width: columns a line.
    """
    return plain(lambda console: render_one_run(result, console), width)


def one_run_as_screen(result: OneRunResult, folder: str, width: int = 80) -> str:
    """The one screen of a one-run audit as plain text.

    Args:
        result: the result.
        folder: the run folder as a command names it.
        width: columns a line.
    """
    return plain(lambda console: render_one_run_screen(result, console, folder), width)


def _audited(result: OneRunResult) -> str:
    """What was audited, in a line."""
    data, model = result.data, result.model
    size = "" if model.parameters is None else f": {numbers.count(model.parameters)} parameters"
    canaries = f"{numbers.count(result.canaries)} canaries ({base_name(result.kind)})"
    return f"{data.name}: {numbers.count(data.records)} records, {canaries}; {model.name}{size}; one model an arm"


def arms(result: OneRunResult) -> Table:
    """Accuracy, leakage of the canaries, and epsilon claimed and proved, of every arm.

    Args:
        result: the result.
    """
    rows = tuple(Row(label, tuple(cell(arm) for arm in result.arms)) for label, cell in _quantities(result))
    notes = tuple(
        sentence for arm in result.arms for sentence in of_arm(arm.name, arm.guarantee, _known(arm), result.confidence)
    )
    caption = f"Arms side by side; with {interval_name(result.confidence)}"
    return Table(caption, "", tuple(arm.name for arm in result.arms), rows, notes)


def _known(arm: OneRunArm) -> Epsilon:
    return Epsilon(bounds=arm.bounds)


def _quantities(result: OneRunResult) -> list[tuple[str, Callable[[OneRunArm], Cell]]]:
    of_all = f"of {numbers.count(result.canaries)}"
    rows: list[tuple[str, Callable[[OneRunArm], Cell]]] = [
        ("Test accuracy", lambda arm: rate(arm.test_accuracy)),
        ("AUC of the canaries", lambda arm: score(arm.auc)),
        ("Canaries trained on", lambda arm: Cell(numbers.count(arm.in_canaries), of_all)),
        ("Epsilon claimed", lambda arm: epsilon_cells.claimed(arm.guarantee)),
        ("Epsilon proved, at least", lambda arm: epsilon_cells.proved(_known(arm))),
    ]
    if any(arm.guarantee for arm in result.arms):
        rows.append(("DP self-check", lambda arm: epsilon_cells.self_check(arm.self_check, arm.guarantee)))
    return rows
