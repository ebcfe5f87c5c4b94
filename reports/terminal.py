"""The whole report on a terminal; an audit ends with one screen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console

from reports import leakage_tables, sentences
from reports.attack_tables import attacks
from reports.epsilon_terminal import print_epsilon, print_violation
from reports.experiments.terminal import print_experiments
from reports.link_tables import hit_shares, linked
from reports.mapping import Mapping as Mapped
from reports.overview import LOW_FPR, Column, checks_of, columns_of, overview
from reports.policy_table import policy_sentence
from reports.records import exposure_meaning, record_list
from reports.result import AuditResult
from reports.text import Page, plain
from reports.threat import threat_of

EXPOSED = 10


def render(
    result: AuditResult,
    console: Console,
    files: Mapping[str, str] | None = None,
    mappings: Sequence[Mapped] = (),
) -> None:
    """Print a result: the verdict first, then the arms, the link, the attacks, epsilon, the records, the warnings.

    Args:
        result: the result.
        console: where to print; any width, with or without colour and Unicode.
        files: what -> where of the files that were written; None lists none.
        mappings: profiles against the result; the full reports have their evidence.
    """
    page, columns = Page(console), columns_of(result)
    print_violation(page, checks_of(columns))
    _verdict(page, result)
    _arms(page, result, columns)
    _link(page, columns)
    _attacks(page, columns)
    _meaning(page, columns)
    print_epsilon(page, columns, result.confidence)
    _exposed(page, result)
    print_experiments(page, result.experiments)
    page.bullets("Warnings", result.warnings, "yellow")
    page.bullets("How this was tested", threat_of(result).brief)
    for mapping in mappings:
        print_mapping(page, mapping)
    _files(page, files or {})


def as_text(result: AuditResult, width: int = 80, mappings: Sequence[Mapped] = ()) -> str:
    """The terminal's report as plain text.

    Args:
        result: the result.
        width: columns a line.
        mappings: profiles against the result.
    """
    return plain(lambda console: render(result, console, mappings=mappings), width)


def _verdict(page: Page, result: AuditResult) -> None:
    page.bullets("Verdict", [*result.summary, policy_sentence(result.policy)])
    page.bullets("Findings", result.verdict)
    page.sentence(sentences.audited(result), "dim")


def _arms(page: Page, result: AuditResult, columns: Sequence[Column]) -> None:
    table = overview(columns, result.confidence)
    page.heading(table.caption)
    page.table(table)


def _link(page: Page, columns: Sequence[Column]) -> None:
    if not linked(columns):
        return
    page.heading("Does what is memorized leak?")
    for sentence in sentences.link_sentences(linked(columns)[0]):
        page.sentence(sentence)
    shares = hit_shares(columns)
    if shares.rows:
        page.heading(shares.caption)
        page.table(shares)


def _attacks(page: Page, columns: Sequence[Column]) -> None:
    for fpr in (None, LOW_FPR):
        table = attacks(columns, fpr, few=True)
        page.heading(table.caption)
        page.table(table)


def _meaning(page: Page, columns: Sequence[Column]) -> None:
    """What the headline attack's figures are worth, for whom, and whether more models would find more."""
    table = leakage_tables.worth(columns, (LOW_FPR,))
    if table.rows:
        page.heading(table.caption)
        page.table(table)
    said = [sentences.most_exposed_group(columns[0], by) for by in leakage_tables.leaking_columns(columns)]
    said += [sentences.stability_sentence(columns[0])]
    sizes = ((column.title, column.arm.leakage.more_models if column.arm.leakage else "") for column in columns)
    said += [f"{title}, {sentence[0].lower()}{sentence[1:]}" for title, sentence in sizes if sentence]
    page.bullets("For whom, and how sure", [sentence for sentence in said if sentence])


def _exposed(page: Page, result: AuditResult) -> None:
    first = result.arms[0]
    if not first.most_exposed:
        return
    table = record_list(first.most_exposed[:EXPOSED], f"Most exposed records, {first.name}", hits=False)
    page.heading(table.caption)
    page.table(table)
    page.sentence(exposure_meaning(result), "dim")


def print_mapping(page: Page, mapping: Mapped) -> None:
    """Print what a profile finds in a result, in a few sentences.

    Args:
        page: where.
        mapping: the profile against the result.
    """
    page.heading(f"Evidence for {mapping.title}")
    page.sentence(mapping.disclaimer, "yellow")
    for sentence in mapping.brief:
        page.sentence(sentence)


def _files(page: Page, files: Mapping[str, str]) -> None:
    if not files:
        return
    page.heading("Files")
    for name, path in files.items():
        page.line(f"{name}: {path}")
