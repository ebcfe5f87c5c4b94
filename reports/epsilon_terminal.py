"""What is known of epsilon, and the self-check, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports import epsilon_sentences
from reports.bound_tables import KINDS, ArmBounds, assumptions, bounds, bounds_of, evidence
from reports.canary_tables import exposed
from reports.epsilon_tables import caps
from reports.overview import Column, checks_of
from reports.result import SelfCheck
from reports.tables import Table
from reports.text import LOUD, Page


def print_violation(page: Page, checks: Sequence[tuple[str, SelfCheck]]) -> None:
    """The line before all others where a DP implementation is not what it claims.

    Args:
        page: where to print.
        checks: titles and self-checks of the arms.
    """
    line = epsilon_sentences.violation(checks)
    if line:
        page.sentence(line, LOUD)


def print_epsilon(page: Page, columns: Sequence[Column], confidence: float) -> None:
    """Claimed, proved and capped, then canaries, then the self-check.

    Args:
        page: where to print.
        columns: the arms.
        confidence: of intervals, and of all proved bounds of an arm together.
    """
    page.bullets("Epsilon: claimed, proved, capped", epsilon_sentences.of_arms(columns, confidence))
    arms = bounds_of(columns)
    for kind in KINDS:
        print_table(page, bounds(kind, arms, confidence), assumptions(kind, arms))
    print_table(page, caps(columns, confidence, few=True))
    page.bullets("Canaries", epsilon_sentences.canary_sentences(columns))
    print_table(page, exposed(columns, confidence, few=True))
    print_self_checks(page, checks_of(columns))


def print_table(page: Page, table: Table, notes: tuple[str, ...] = ()) -> None:
    """A table under its caption; nothing where it has no rows.

    Args:
        page: where to print.
        table: the table.
        notes: what is printed in place of the table's own notes.
    """
    if table.rows:
        page.heading(table.caption)
        page.table(replace(table, notes=notes))


def print_bounds(page: Page, arms: Sequence[ArmBounds], confidence: float) -> None:
    """Every kind of bound in a block of its own, with how it was found and what it rests on.

    Args:
        page: where to print.
        arms: titles and bounds of the arms.
        confidence: with which all proved bounds of an arm hold together.
    """
    for kind in KINDS:
        table = bounds(kind, arms, confidence)
        print_table(page, table, table.notes)
        print_table(page, evidence(kind, arms))


def print_self_checks(page: Page, checks: Sequence[tuple[str, SelfCheck]]) -> None:
    """The verdict on every DP implementation; one that is violated in a colour too.

    Args:
        page: where to print.
        checks: titles and self-checks of the arms.
    """
    if checks:
        page.heading("Is DP implemented right?")
    for title, check in checks:
        page.sentence(epsilon_sentences.self_check_sentence(title, check), LOUD if check.verdict == "violated" else "")
