"""What the sections of the HTML report show, in their order; one function a section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports import (
    epsilon_figures,
    epsilon_sentences,
    figures,
    frontier_figures,
    glance,
    group_figures,
    leakage_figures,
    leakage_tables,
    link_figures,
    memorization_tables,
    policy_table,
    sentences,
)
from reports.attack_tables import attack_details
from reports.bound_tables import KINDS, bounds, bounds_of, evidence
from reports.canary_tables import exposed
from reports.differences import by_group, differences, group_columns, overall, recipe_differences, utility_by_group
from reports.epsilon_tables import caps, claims
from reports.experiments.figures import figures_of
from reports.experiments.result import Experiments
from reports.experiments.sections import HEADING, sections_of
from reports.frontier import has_dp
from reports.link_tables import deciles, hit_shares, link_correlations, linked
from reports.marks import SWATCH_MARKS, swatch_dash
from reports.overview import Column, attack_title, checks_of, interval_name, overview
from reports.provenance import origin, recipes, settings
from reports.records import CHOSEN, exposure_meaning, influence_pairs, record_list
from reports.result import AuditResult, RecordRow, SelfCheck
from reports.self_check_tables import claim_tests
from reports.svg import SERIES, Picture
from reports.tables import MEMORIZATION_DIGITS, Cell, score
from reports.threat import threat_of

Context = dict[str, object]
LEAD = 2


def arm_key(number: int, name: str) -> Context:
    """How an arm looks in the figures, for the key of the page.

    Args:
        number: its place among the arms.
        name: the arm's.
    """
    series = number % len(SERIES) + 1
    return {
        "number": number,
        "name": name,
        "series": series,
        "dash": swatch_dash(number),
        "mark": SWATCH_MARKS[number % len(SWATCH_MARKS)],
    }


def verdict(result: AuditResult, columns: Sequence[Column]) -> Context:
    """The answer in two sentences, what a policy makes of it, and all findings."""
    lead = result.summary or result.verdict[:LEAD]
    return {
        "lead": lead,
        "findings": result.verdict if result.summary else result.verdict[LEAD:],
        "violation": epsilon_sentences.violation(checks_of(columns)),
        "audited": sentences.audited(result),
        "intervals": interval_name(result.confidence),
        "no_policy": policy_table.policy_sentence(None),
        "judged": policy_table.judged(result.policy) if result.policy else None,
    }


def at_a_glance(result: AuditResult, columns: Sequence[Column]) -> Context:
    """One row an arm, the paired differences, and every figure of every arm."""
    return {
        "glance": glance.at_a_glance(columns, result.confidence),
        "differences": glance.paired_differences(overall(result.differences)),
        "overview": overview(columns, result.confidence),
    }


def memorized(columns: Sequence[Column]) -> Context:
    """What is memorized: of all records, by class and group, by record."""
    by = memorization_tables.memorized_columns(columns)
    grouped = [group_figures.memorization_by_group(columns, name, number) for number, name in enumerate(by)]
    return {
        "memorization_figures": _drawn((figures.memorization_histogram(columns), *grouped)),
        "memorized_groups": [memorization_tables.memorization_by_group(columns, name) for name in by],
        "influences": [found for column in columns if (found := _influence(column))],
        "chosen_meaning": CHOSEN,
        "most_memorized": [_records(column, "Most memorized", column.arm.most_memorized) for column in columns],
    }


def leaks(result: AuditResult, columns: Sequence[Column]) -> Context:
    """What leaks: the attacks, who is exposed, what an accusation is worth."""
    by = leakage_tables.leaking_columns(columns)
    every = (sentences.most_exposed_group(column, name) for name in by for column in columns)
    return {
        "headline_reason": sentences.headline_reason(columns),
        "headline_roc": _drawn([figures.headline_roc(columns, attack_title(columns))]),
        "arm_rocs": _drawn(figures.arm_roc(column, number) for number, column in enumerate(columns)),
        "attack_tables": [attack_details(column) for column in columns],
        "leaking_groups": [leakage_tables.leakage_by_group(columns, name) for name in by],
        "leaking_sentences": [sentence for sentence in every if sentence],
        "exposure_meaning": exposure_meaning(result),
        "most_exposed": [_records(column, "Most exposed", column.arm.most_exposed) for column in columns],
        "stability": [sentence for column in columns if (sentence := sentences.stability_sentence(column))],
        "worth": leakage_tables.worth(columns),
        "size_figures": _drawn([leakage_figures.pool_sizes(columns)]),
        "size_tables": [leakage_tables.pool_sizes(column) for column in columns],
        "views": leakage_tables.views(columns),
    }


def link(columns: Sequence[Column]) -> Context:
    """Whether what is memorized is what leaks."""
    densities = (link_figures.link_density(column, number) for number, column in enumerate(columns))
    across = (link_figures.link_correlations(columns), link_figures.hit_shares(columns), link_figures.deciles(columns))
    return {
        "link_sentences": [" ".join(sentences.link_sentences(column)) for column in linked(columns)],
        "link_figures": _drawn((*across, *densities)),
        "link_tables": [link_correlations(columns), hit_shares(columns), deciles(columns)],
    }


def price(result: AuditResult, columns: Sequence[Column]) -> Context:
    """What DP buys and costs: the frontier, epsilon, canaries, self-checks, accuracy by group, recipes."""
    found = _epsilon(result, columns) | _groups(result, columns)
    held = found["epsilon_sentences"] or found["self_checks"] or found["group_tables"] or len(columns) > 1
    return found | {
        "price": bool(held),
        "has_dp": has_dp(columns),
        "frontier_figures": frontier_figures.frontiers(columns),
        "cap_figures": _drawn([frontier_figures.caps(columns)]),
        "recipe_differences": recipe_differences(result),
        "group_differences": differences(by_group(result.differences), "Paired differences by class and group"),
    }


def _epsilon(result: AuditResult, columns: Sequence[Column]) -> Context:
    arms, confidence, checks = bounds_of(columns), result.confidence, checks_of(columns)
    return {
        "epsilon_sentences": epsilon_sentences.of_arms(columns, confidence),
        "claims": claims(columns),
        "bound_blocks": [(kind, bounds(kind, arms, confidence), evidence(kind, arms)) for kind in KINDS],
        "caps": caps(columns, confidence),
        "trade_offs": _drawn(epsilon_figures.trade_off(column, number) for number, column in enumerate(columns)),
        "canary_sentences": epsilon_sentences.canary_sentences(columns),
        "canaries": exposed(columns, confidence),
        "self_checks": [_self_check(title, check) for title, check in checks],
    }


def _self_check(title: str, check: SelfCheck) -> Context:
    said = epsilon_sentences.VERDICTS[check.verdict]
    return {"arm": title, "check": check, "verdict": said, "tests": claim_tests(title, check)}


def _groups(result: AuditResult, columns: Sequence[Column]) -> Context:
    names = group_columns(result)
    pictures = (group_figures.utility_by_group(columns, name, number) for number, name in enumerate(names))
    return {
        "group_figures": _drawn(pictures),
        "group_tables": [utility_by_group(columns, name) for name in names],
    }


def experiments(found: Experiments, arms: Sequence[str], alone: bool = False) -> Context:
    """What was found beyond the audit itself, or on a page of its own."""
    pictures = figures_of(found, arms)
    return {
        "experiments_heading": HEADING,
        "alone": alone,
        "experiments": [(section, pictures[section.name]) for section in sections_of(found)],
    }


def tested(result: AuditResult) -> Context:
    """The threat model, and how to repeat the audit."""
    return {
        "threat": threat_of(result),
        "origin": origin(result),
        "recipes": recipes(result),
        "settings": list(settings(result.provenance.config)),
    }


def _drawn(pictures: Iterable[Picture | None]) -> list[Picture]:
    return [picture for picture in pictures if picture]


def _influence(column: Column) -> Context | None:
    influence, memorization = column.arm.influence, column.arm.memorization
    if influence is None or memorization is None:
        return None
    caption = f"Strongest high-influence pairs, {column.title}"
    sentence = f"{column.title}: {sentences.influence_sentence(influence, memorization.threshold)}"
    return {"arm": column.title, "sentence": sentence, "table": influence_pairs(influence.listed, caption)}


def _records(column: Column, title: str, rows: Sequence[RecordRow]) -> Context:
    """A list of an arm, each row with the figures that a drawn interval and sorting need."""
    table = record_list(rows, f"{title} records, {column.title}")
    return {"arm": column.title, "table": table, "rows": [_spans(row) for row in rows]}


def _spans(row: RecordRow) -> dict[str, tuple[Cell, float, float, float]]:
    """Column -> cell, value, low and high, as far as the record has them."""
    found = {
        "Memorization": (row.memorization, score(row.memorization, MEMORIZATION_DIGITS)),
        "Exposure": (row.exposure, score(row.exposure, MEMORIZATION_DIGITS)),
    }
    return {
        name: (cell, estimate.value, max(0.0, estimate.low), min(1.0, estimate.high))
        for name, (estimate, cell) in found.items()
        if estimate
    }
