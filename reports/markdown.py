"""The report as Markdown, for a model card or a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from reports import epsilon_sentences, leakage_tables, sentences
from reports.attack_tables import attacks
from reports.bound_tables import KINDS, bounds, bounds_of, evidence
from reports.canary_tables import exposed
from reports.differences import differences, overall, recipe_differences
from reports.epsilon_tables import caps, claims
from reports.experiments.markdown import blocks_of
from reports.experiments.sections import HEADING
from reports.link_tables import hit_shares, linked
from reports.mapping import Mapping, Point
from reports.markdown_blocks import as_table, bullets, escape, loud, paragraphs, section
from reports.overview import LOW_FPR, Column, checks_of, columns_of, overview
from reports.policy_table import policy_sentence
from reports.records import CHOSEN, exposure_meaning, record_list
from reports.result import AuditResult
from reports.self_check_tables import claim_tests
from reports.threat import Threat, threat_of

EXPOSED = 10


def render(result: AuditResult, mappings: Sequence[Mapping] = ()) -> str:
    """The whole report; every string of the audited data is escaped.

    Args:
        result: the result.
        mappings: profiles against the result, each a section of its own.
    """
    columns = columns_of(result)
    blocks = [
        f"# Memorization audit of {escape(result.model.name)} on {escape(result.data.name)}",
        *loud(epsilon_sentences.violation(checks_of(columns))),
        *paragraphs([*result.summary, policy_sentence(result.policy)]),
        *section("Findings", bullets(result.verdict)),
        f"*{escape(sentences.audited(result))}.*",
        *section("Arms side by side", as_table(overview(columns, result.confidence))),
        *section("Does what is memorized leak?", *paragraphs(_link(columns))),
        as_table(hit_shares(columns)),
        *section("Attacks", *paragraphs([sentences.headline_reason(columns)]), *_attack_tables(columns)),
        *section("What an accusation is worth", as_table(leakage_tables.worth(columns))),
        *section("Who is found", *_groups(columns)),
        *section("More models, more queries", *_more(columns)),
        *section("Epsilon: claimed, proved, capped", *_epsilon(result, columns)),
        *section("Canaries", *_canaries(result, columns)),
        *section("Is DP implemented right?", *_self_checks(columns)),
        *section(HEADING, *blocks_of(result.experiments)),
        *section("Paired differences", as_table(differences(overall(result.differences)))),
        *_exposed(result),
        *section("Recipes", as_table(recipe_differences(result))),
        *section("Warnings", bullets(result.warnings)),
        *section("Not tested", bullets(result.not_tested)),
        *section("How this was tested", *_threat(threat_of(result))),
        *(block for mapping in mappings for block in _mapping(mapping)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _attack_tables(columns: Sequence[Column]) -> list[str]:
    return [as_table(attacks(columns, fpr)) for fpr in (None, LOW_FPR)]


def _groups(columns: Sequence[Column]) -> list[str]:
    blocks: list[str] = []
    for by in leakage_tables.leaking_columns(columns):
        blocks += paragraphs(sentences.most_exposed_group(column, by) for column in columns)
        blocks.append(as_table(leakage_tables.leakage_by_group(columns, by)))
    return blocks


def _more(columns: Sequence[Column]) -> list[str]:
    tables = [leakage_tables.pool_sizes(column) for column in columns]
    return [as_table(table) for table in (*tables, leakage_tables.views(columns))]


def _link(columns: Sequence[Column]) -> tuple[str, ...]:
    return sentences.link_sentences(linked(columns)[0]) if linked(columns) else ()


def _epsilon(result: AuditResult, columns: Sequence[Column]) -> list[str]:
    arms, confidence = bounds_of(columns), result.confidence
    blocks = [as_table(table) for kind in KINDS for table in (bounds(kind, arms, confidence), evidence(kind, arms))]
    return [
        bullets(epsilon_sentences.of_arms(columns, confidence)),
        as_table(claims(columns)),
        *blocks,
        as_table(caps(columns, confidence)),
    ]


def _canaries(result: AuditResult, columns: Sequence[Column]) -> list[str]:
    return [bullets(epsilon_sentences.canary_sentences(columns)), as_table(exposed(columns, result.confidence))]


def _self_checks(columns: Sequence[Column]) -> list[str]:
    blocks: list[str] = []
    for title, check in checks_of(columns):
        sentence = epsilon_sentences.self_check_sentence(title, check)
        blocks += loud(sentence) if check.verdict == "violated" else paragraphs([sentence])
        blocks.append(as_table(claim_tests(title, check)))
    return blocks


def _threat(threat: Threat) -> list[str]:
    return [
        *paragraphs((*threat.attacker, *threat.release)),
        bullets(threat.thresholds),
        as_table(threat.attacks),
        bullets(f"{name}: {value}" for name, value in threat.facts),
    ]


def _mapping(mapping: Mapping) -> list[str]:
    blocks = [f"**{escape(mapping.disclaimer)}**", escape(mapping.source), *map(_point, mapping.points)]
    return section(f"Evidence for {escape(mapping.title)}", *blocks)


def _point(point: Point) -> str:
    missing = [f"Missing: {point.missing}"] if point.missing else []
    asked = f"**{escape(point.where)}**: {escape(point.asks)} *{escape(point.status)}*"
    return f"{asked}\n\n{bullets((*point.evidence, *missing))}"


def _exposed(result: AuditResult) -> list[str]:
    first = result.arms[0]
    table = record_list(first.most_exposed[:EXPOSED], f"Most exposed records, {first.name}")
    meaning = escape(f"{exposure_meaning(result)} {CHOSEN}") if table.rows else ""
    return section("Most exposed records", as_table(table), meaning)
