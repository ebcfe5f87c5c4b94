"""The full report: one self-contained HTML file that asks for nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import (
    epsilon_figures,
    epsilon_sentences,
    figures,
    leakage_figures,
    leakage_tables,
    link_figures,
    sentences,
)
from reports.attack_tables import attack_details
from reports.bound_tables import KINDS, bounds, bounds_of, evidence
from reports.canary_tables import exposed
from reports.differences import by_group, differences, group_columns, overall, recipe_differences, utility_by_group
from reports.epsilon_tables import caps, claims
from reports.glossary import GLOSSARY
from reports.link_tables import deciles, hit_shares, link_correlations, linked
from reports.overview import Column, attack_title, checks_of, columns_of, interval_name, overview
from reports.provenance import origin, recipes, settings
from reports.records import exposure_meaning, influence_pairs, record_list
from reports.result import AuditResult, RecordRow, SelfCheck
from reports.self_check_tables import claim_tests
from reports.svg import LINES, Picture
from reports.tables import MEMORIZATION_DIGITS, Cell, score

TEMPLATE, STYLE, SCRIPT = "report.html.j2", "report.css", "report.js"


def render(result: AuditResult) -> str:
    """The report as one HTML page; the same result gives the same bytes.

    Args:
        result: the result.
    """
    environment = _environment()
    columns = columns_of(result)
    context = _page(environment) | _answer(result, columns) | _leakage(columns) | _link(columns)
    context |= _epsilon(result, columns) | _groups(result, columns)
    return environment.get_template(TEMPLATE).render(context | _arms(result, columns) | _origin(result))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=_number, svg=_markup)
    return environment


def _number(text: str) -> str:
    """A figure as it is set: a true minus sign, and no line break before a unit."""
    return re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", text).replace(" %", "\N{NO-BREAK SPACE}%")


def _markup(picture: Picture) -> Markup:
    """A drawing as it is; `reports.svg` escaped its texts."""
    return Markup(picture.svg)  # noqa: S704


def _page(environment: Environment) -> dict[str, object]:
    """Style sheet and script, and the only script that the page's policy lets run."""
    style, script = _asset(environment, STYLE), _asset(environment, SCRIPT)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"style": style, "script": script, "script_digest": f"sha256-{digest}", "glossary": GLOSSARY}


def _asset(environment: Environment, name: str) -> Markup:
    """A file that is shipped with the template."""
    loader = environment.loader or BaseLoader()
    return Markup(loader.get_source(environment, name)[0])  # noqa: S704


def _answer(result: AuditResult, columns: Sequence[Column]) -> dict[str, object]:
    title = attack_title(columns)
    return {
        "result": result,
        "audited": sentences.audited(result),
        "intervals": interval_name(result.confidence),
        "overview": overview(columns, result.confidence),
        "dashes": [_dash(number) for number in range(len(columns))],
        "memorization": figures.memorization_histogram(columns),
        "headline_roc": figures.headline_roc(columns, title),
        "differences": differences(overall(result.differences)),
        "group_differences": differences(by_group(result.differences), "Paired differences by class and group"),
        "recipe_differences": recipe_differences(result),
    }


def _dash(number: int) -> str:
    """Line style of an arm's swatch, as in the figures."""
    named = {"-": "none", "--": "7 3", "-.": "8 3 2 3", ":": "2 3"}
    style = LINES[number % len(LINES)]
    return named[style] if isinstance(style, str) else " ".join(f"{2 * part:g}" for part in style[1])


def _leakage(columns: Sequence[Column]) -> dict[str, object]:
    by = leakage_tables.leaking_columns(columns)
    every = (sentences.most_exposed_group(column, name) for name in by for column in columns)
    sizes = leakage_figures.pool_sizes(columns)
    return {
        "headline_reason": sentences.headline_reason(columns),
        "worth": leakage_tables.worth(columns),
        "leaking_groups": [leakage_tables.leakage_by_group(columns, name) for name in by],
        "leaking_sentences": [sentence for sentence in every if sentence],
        "size_figures": [sizes] if sizes else [],
        "size_tables": [leakage_tables.pool_sizes(column) for column in columns],
        "views": leakage_tables.views(columns),
        "stability": [sentence for column in columns if (sentence := sentences.stability_sentence(column))],
    }


def _link(columns: Sequence[Column]) -> dict[str, object]:
    densities = [link_figures.link_density(column, number) for number, column in enumerate(columns)]
    drawings = (link_figures.link_correlations(columns), link_figures.hit_shares(columns))
    return {
        "link_sentences": [" ".join(sentences.link_sentences(column)) for column in linked(columns)],
        "link_figures": [picture for picture in (*drawings, link_figures.deciles(columns)) if picture],
        "densities": [picture for picture in densities if picture],
        "link_tables": [link_correlations(columns), hit_shares(columns), deciles(columns)],
    }


def _epsilon(result: AuditResult, columns: Sequence[Column]) -> dict[str, object]:
    arms, confidence, checks = bounds_of(columns), result.confidence, checks_of(columns)
    curves = [epsilon_figures.trade_off(column, number) for number, column in enumerate(columns)]
    return {
        "violation": epsilon_sentences.violation(checks),
        "epsilon_sentences": epsilon_sentences.of_arms(columns, confidence),
        "claims": claims(columns),
        "bound_blocks": [(kind, bounds(kind, arms, confidence), evidence(kind, arms)) for kind in KINDS],
        "caps": caps(columns, confidence),
        "trade_offs": [picture for picture in curves if picture],
        "canary_sentences": epsilon_sentences.canary_sentences(columns),
        "canaries": exposed(columns, confidence),
        "self_checks": [_self_check(title, check) for title, check in checks],
    }


def _self_check(title: str, check: SelfCheck) -> dict[str, object]:
    verdict = epsilon_sentences.VERDICTS[check.verdict]
    return {"arm": title, "check": check, "verdict": verdict, "tests": claim_tests(title, check)}


def _groups(result: AuditResult, columns: Sequence[Column]) -> dict[str, object]:
    names = group_columns(result)
    pictures = [figures.utility_by_group(columns, name, number) for number, name in enumerate(names)]
    return {
        "group_figures": [picture for picture in pictures if picture],
        "group_tables": [utility_by_group(columns, name) for name in names],
    }


def _arms(result: AuditResult, columns: Sequence[Column]) -> dict[str, object]:
    rocs = [figures.arm_roc(column, number) for number, column in enumerate(columns)]
    return {
        "arm_rocs": [picture for picture in rocs if picture],
        "attack_tables": [attack_details(column) for column in columns],
        "influences": [found for column in columns if (found := _influence(column))],
        "record_lists": [_records(column) for column in columns],
        "exposure_meaning": exposure_meaning(result),
    }


def _influence(column: Column) -> dict[str, object] | None:
    influence, memorization = column.arm.influence, column.arm.memorization
    if influence is None or memorization is None:
        return None
    caption = f"Strongest high-influence pairs, {column.title}"
    sentence = f"{column.title}: {sentences.influence_sentence(influence, memorization.threshold)}"
    return {"sentence": sentence, "table": influence_pairs(influence.listed, caption)}


def _records(column: Column) -> dict[str, object]:
    """Both lists of an arm, each row with the figures that a drawn interval and sorting need."""
    lists = (("Most memorized", column.arm.most_memorized), ("Most exposed", column.arm.most_exposed))
    return {
        "arm": column.title,
        "lists": [
            {"table": record_list(rows, f"{title} records, {column.title}"), "rows": [_spans(row) for row in rows]}
            for title, rows in lists
            if rows
        ],
    }


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


def _origin(result: AuditResult) -> dict[str, object]:
    return {
        "origin": origin(result),
        "recipes": recipes(result),
        "settings": list(settings(result.provenance.config)),
    }
