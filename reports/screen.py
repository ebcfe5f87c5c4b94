"""The one screen that an audit ends with: at most 40 lines of 80 columns; the rest is a command away."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rich.console import Console

from reports import numbers
from reports.ending import FEW_LINES, HEIGHT, WIDTH, Step, ending_height, print_checks, print_ending, print_warnings
from reports.epsilon_terminal import print_violation
from reports.link_tables import link_of, linked
from reports.mapping import Mapping as Mapped
from reports.overview import (
    LOW_FPR,
    Column,
    attack_title,
    checks_of,
    columns_of,
    interval_name,
    lowest_resolved,
    overview,
)
from reports.policy_table import policy_sentence
from reports.records import record_list
from reports.result import AuditResult, HitShare
from reports.tables import Row, Table
from reports.terminal import print_mapping
from reports.text import Page, plain

EXPOSED, HEADING = 5, 3
"""Records that are listed at most; lines above them: an empty one, the titles, a rule."""
CONCENTRATED = 0.05
"""The link is said of the most memorized 5 % of the records."""
GROWTH = 16
"""An advice to grow a pool more than so many times is none."""
FEW_MODELS = 32
ROWS = (
    "Test accuracy",
    "Memorized records",
    "Highest memorization",
    "Epsilon claimed",
    "Epsilon proved, at least",
    "DP self-check",
)
"""The rows of the overview that an arm is judged by, besides the TPR at the FPR of the verdict."""
COUNTS = ("Memorized records", "Epsilon claimed", "Epsilon proved, at least")
"""Rows whose cells hold no interval: where room is short, the figure stands alone."""


def render_screen(
    result: AuditResult,
    console: Console,
    files: Mapping[str, str] | None = None,
    run: str = "",
    mappings: Sequence[Mapped] = (),
) -> None:
    """Print the verdict, the arms, the link, the most exposed records, the self-check, warnings, files and next steps.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
        files: what -> where of the files that were written; None lists none.
        run: the run folder as commands name it; empty suggests no command.
        mappings: profiles against the result that were asked for; their few sentences follow the screen.
    """
    page, columns = Page(console), columns_of(result)
    steps = tuple(_steps(result, run)) if run else ()
    checks = checks_of(columns)
    print_violation(page, checks)
    page.bullets("Verdict", [*result.summary, policy_sentence(result.policy)])
    page.line()
    page.table(_arms(page, columns, result.confidence))
    page.line()
    page.sentence(_link(columns))
    made = [block.name for block in result.experiments.made]
    last = HEIGHT - ending_height(files or {}, steps)
    warned = min(FEW_LINES + 1, sum(page.height(f"Warning: {warning}") for warning in result.warnings))
    _exposed(page, result, last - bool(checks) - bool(made) - warned)  # of two empty lines below, the ending's may go
    if checks or made or result.warnings:
        page.line()
    print_checks(page, checks)
    if made:
        page.sentence(f"Experiments: {', '.join(made)}; see --full.")
    print_warnings(page, result.warnings, last)
    for mapping in mappings:
        print_mapping(page, mapping)
    print_ending(page, files or {}, steps)


def as_screen(result: AuditResult, width: int = 80, run: str = "", mappings: Sequence[Mapped] = ()) -> str:
    """The screen as plain text.

    Args:
        result: the result.
        width: columns a line.
        run: the run folder as commands name it; empty suggests no command.
        mappings: profiles against the result.
    """
    return plain(lambda console: render_screen(result, console, run=run, mappings=mappings), width)


def _arms(page: Page, columns: Sequence[Column], confidence: float) -> Table:
    """The rows of the overview that an arm is judged by; with figures and intervals alone where room is short."""
    table = overview(columns, confidence)
    judged_by = (*ROWS, f"TPR at {numbers.fpr(max(lowest_resolved(columns), LOW_FPR))} FPR")
    rows = tuple(_named(row, columns) for row in table.rows if row.label in judged_by)
    shown = replace(table, stub=interval_name(confidence), rows=rows, notes=())
    return shown if page.fits(shown) else replace(shown, rows=tuple(map(_bare, shown.rows)))


def _named(row: Row, columns: Sequence[Column]) -> Row:
    """A row with the name of the attack that its figures are of."""
    return replace(row, label=f"{row.label}, {attack_title(columns)}") if row.label.startswith("TPR") else row


def _bare(row: Row) -> Row:
    """A count without what it is of."""
    return replace(row, cells=tuple(replace(cell, detail="") for cell in row.cells)) if row.label in COUNTS else row


def _link(columns: Sequence[Column]) -> str:
    """Whether what is memorized leaks, in one line."""
    found = linked(columns)
    link = link_of(found[0]) if found else None
    shares = [one for one in (link.hit_shares if link else ()) if math.isclose(one.top, CONCENTRATED) and one.share]
    if shares:
        return _concentration(min(shares, key=lambda share: share.fpr))
    reason = link.reason if link and link.reason else "it was not computed"
    return f"No link: {reason.rstrip('.')}."


def _concentration(found: HitShare) -> str:
    assert found.share is not None
    shown = "Link: " if found.share.low > found.top else "No link is shown: "
    share = f"{numbers.percent(found.share.value)} ({numbers.percent_limits(found.share)})"
    return f"{shown}the most memorized {numbers.fpr(found.top)} of records take {share} of all hits."


def _exposed(page: Page, result: AuditResult, last: int) -> None:
    """The most exposed records, a line each, before the line `last`; without groups where there is no room for them."""
    first = result.arms[0]
    room = max(1, last - page.printed - HEADING) if page.width >= WIDTH else EXPOSED
    rows = first.most_exposed[: min(EXPOSED, room)]
    if not rows:
        return
    page.line()
    table = replace(record_list(rows, "", hits=False), stub=f"Most exposed, {first.name}")
    if not page.fits(table):
        without = [row.model_copy(update={"groups": {}}) for row in rows]
        table = replace(record_list(without, "", hits=False), stub=table.stub)
    page.table(table)


def _steps(result: AuditResult, run: str) -> Iterator[Step]:
    """What to do next: see everything, and what this result wants most."""
    folder = shlex.quote(run)
    yield f"audit report {folder} --full", "everything"
    models = max(arm.models for arm in result.arms)
    checks = [arm.epsilon.self_check for arm in result.arms if arm.epsilon and arm.epsilon.self_check]
    needed = max((check.models_needed or 0 for check in checks if check.verdict == "not tested"), default=0)
    if models < needed <= GROWTH * models:
        yield f"audit extend {folder} --models {needed}", "could test the guarantee"
    elif models < FEW_MODELS and result.arms[0].recipe:
        yield f"audit extend {folder} --models {2 * FEW_MODELS}", "narrower intervals"
    elif result.policy is None:
        yield f"audit check {folder} --policy research", "judges it"
