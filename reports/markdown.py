"""The report as Markdown, for a model card or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reports import epsilon_sentences, leakage_tables, sentences
from reports.attack_tables import attacks
from reports.bound_tables import KINDS, bounds, bounds_of, evidence
from reports.canary_tables import exposed
from reports.differences import differences, overall, recipe_differences
from reports.epsilon_tables import caps, claims
from reports.link_tables import hit_shares, linked
from reports.mapping import Mapping, Point
from reports.overview import LOW_FPR, Column, checks_of, columns_of, overview
from reports.policy_table import policy_sentence
from reports.records import exposure_meaning, record_list
from reports.result import AuditResult
from reports.self_check_tables import claim_tests
from reports.tables import Table
from reports.threat import Threat, threat_of
from reports.visible import visible

# The last two begin a bare address, of which GitHub makes a link.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
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
        *_loud(epsilon_sentences.violation(checks_of(columns))),
        *_sentences([*result.summary, policy_sentence(result.policy)]),
        *_section("Findings", _bullets(result.verdict)),
        f"*{escape(sentences.audited(result))}.*",
        *_section("Arms side by side", _table(overview(columns, result.confidence))),
        *_section("Does what is memorized leak?", *_sentences(_link(columns))),
        _table(hit_shares(columns)),
        *_section("Attacks", *_sentences([sentences.headline_reason(columns)]), *_attack_tables(columns)),
        *_section("What an accusation is worth", _table(leakage_tables.worth(columns))),
        *_section("Who is found", *_groups(columns)),
        *_section("More models, more queries", *_more(columns)),
        *_section("Epsilon: claimed, proved, capped", *_epsilon(result, columns)),
        *_section("Canaries", *_canaries(result, columns)),
        *_section("Is DP implemented right?", *_self_checks(columns)),
        *_section("Paired differences", _table(differences(overall(result.differences)))),
        *_exposed(result),
        *_section("Recipes", _table(recipe_differences(result))),
        *_section("Warnings", _bullets(result.warnings)),
        *_section("Not tested", _bullets(result.not_tested)),
        *_section("How this was tested", *_threat(threat_of(result))),
        *(block for mapping in mappings for block in _mapping(mapping)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    """Text that Markdown and the HTML in it show as it is, on one line."""
    return SPECIAL.sub(r"\\\1", visible(text, instead=" "))


def _attack_tables(columns: Sequence[Column]) -> list[str]:
    return [_table(attacks(columns, fpr)) for fpr in (None, LOW_FPR)]


def _groups(columns: Sequence[Column]) -> list[str]:
    blocks: list[str] = []
    for by in leakage_tables.leaking_columns(columns):
        blocks += _sentences(sentences.most_exposed_group(column, by) for column in columns)
        blocks.append(_table(leakage_tables.leakage_by_group(columns, by)))
    return blocks


def _more(columns: Sequence[Column]) -> list[str]:
    tables = [leakage_tables.pool_sizes(column) for column in columns]
    return [_table(table) for table in (*tables, leakage_tables.views(columns))]


def _link(columns: Sequence[Column]) -> tuple[str, ...]:
    return sentences.link_sentences(linked(columns)[0]) if linked(columns) else ()


def _epsilon(result: AuditResult, columns: Sequence[Column]) -> list[str]:
    arms, confidence = bounds_of(columns), result.confidence
    blocks = [_table(table) for kind in KINDS for table in (bounds(kind, arms, confidence), evidence(kind, arms))]
    return [
        _bullets(epsilon_sentences.of_arms(columns, confidence)),
        _table(claims(columns)),
        *blocks,
        _table(caps(columns, confidence)),
    ]


def _canaries(result: AuditResult, columns: Sequence[Column]) -> list[str]:
    return [_bullets(epsilon_sentences.canary_sentences(columns)), _table(exposed(columns, result.confidence))]


def _self_checks(columns: Sequence[Column]) -> list[str]:
    blocks: list[str] = []
    for title, check in checks_of(columns):
        sentence = epsilon_sentences.self_check_sentence(title, check)
        blocks += _loud(sentence) if check.verdict == "violated" else _sentences([sentence])
        blocks.append(_table(claim_tests(title, check)))
    return blocks


def _threat(threat: Threat) -> list[str]:
    return [
        *_sentences((*threat.attacker, *threat.release)),
        _bullets(threat.thresholds),
        _table(threat.attacks),
        _bullets(f"{name}: {value}" for name, value in threat.facts),
    ]


def _mapping(mapping: Mapping) -> list[str]:
    blocks = [f"**{escape(mapping.disclaimer)}**", escape(mapping.source), *map(_point, mapping.points)]
    return _section(f"Evidence for {escape(mapping.title)}", *blocks)


def _point(point: Point) -> str:
    missing = [f"Missing: {point.missing}"] if point.missing else []
    asked = f"**{escape(point.where)}**: {escape(point.asks)} *{escape(point.status)}*"
    return f"{asked}\n\n{_bullets((*point.evidence, *missing))}"


def _loud(text: str) -> list[str]:
    return [f"**{escape(text)}**"] if text else []


def _sentences(texts: Iterable[str]) -> list[str]:
    return [escape(text) for text in texts]


def _section(title: str, *blocks: str) -> list[str]:
    """A heading and its blocks; nothing where all blocks are empty."""
    filled = [block for block in blocks if block]
    return [f"## {title}", *filled] if filled else []


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escape(text)}" for text in texts)


def _table(table: Table | None) -> str:
    """A table under its caption; nothing where it has no rows."""
    if table is None or not table.rows:
        return ""
    lines = [
        _line((table.stub or " ", *table.columns)),
        "|" + " --- |" * (1 + len(table.columns)),
        *(_line((row.label, *map(str, row.cells))) for row in table.rows),
    ]
    notes = f"\n\n{_bullets(table.notes)}" if table.notes else ""
    return f"{escape(table.caption)}:\n\n" + "\n".join(lines) + notes


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(escape(cell) for cell in cells) + " |"


def _exposed(result: AuditResult) -> list[str]:
    first = result.arms[0]
    table = record_list(first.most_exposed[:EXPOSED], f"Most exposed records, {first.name}")
    return _section("Most exposed records", _table(table), escape(exposure_meaning(result)) if table.rows else "")
