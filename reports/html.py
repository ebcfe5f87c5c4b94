"""The full report: one self-contained HTML file that asks for nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import partial

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import html_sections as sections
from reports.experiments.standalone import ExperimentResult
from reports.experiments.words import arms_table, audited
from reports.formats import Share
from reports.glossary import GLOSSARY
from reports.mapping import Mapping
from reports.overview import columns_of
from reports.provenance import origin, recipes, settings
from reports.result import AuditResult
from reports.shown import Shown
from reports.suppression import without_small_groups
from reports.svg import Picture
from reports.tables import Row, Table
from reports.visible import WITHOUT_PICTURE, in_page, visible

TEMPLATE, EXPERIMENT, STYLE, SCRIPT = "report.html.j2", "experiment.html.j2", "report.css", "report.js"
MOST_ROWS = 50
"""Rows of a table that a page holds: a column of the data may have as many groups as it has records."""


def render(
    result: AuditResult,
    shown: Shown | None = None,
    small_groups: bool = False,
    mappings: Sequence[Mapping] = (),
    share: Share = partial,
) -> str:
    """The report as one HTML page; the same arguments give the same bytes.

    Args:
        result: the result.
        shown: the content of records, if it was asked for; the first page then says so.
        small_groups: also give the figures of groups of fewer than 10 records.
        mappings: where the evidence for the points of a text lies, a section for each text.
        share: who draws a part of the figures; about half of the time goes into two sections.
    """
    result = result if small_groups else without_small_groups(result)
    columns = columns_of(result)
    leaking, linked = share(sections.leaks, result, columns), share(sections.link, columns)
    environment = _environment([column.title for column in columns])
    context = _page(environment) | {"result": result, "shown": shown, "mappings": mappings}
    context |= sections.verdict(result, columns)
    context |= sections.at_a_glance(result, columns) | sections.memorized(columns)
    context |= sections.experiments(result.experiments, [column.title for column in columns])
    context |= sections.price(result, columns) | sections.tested(result) | leaking() | linked()
    return environment.get_template(TEMPLATE).render(context)


def render_experiment(result: ExperimentResult) -> str:
    """An experiment that stands by itself as one HTML page; the same result gives the same bytes.

    Args:
        result: the result.
    """
    arms = [arm.name for arm in result.arms]
    environment = _environment(arms)
    context = _page(environment) | {"result": result, "audited": audited(result), "trained": arms_table(result)}
    context |= sections.experiments(result.experiments, arms, alone=True)
    context |= {
        "origin": origin(result),
        "recipes": recipes(result),
        "settings": list(settings(result.provenance.config)),
    }
    return environment.get_template(EXPERIMENT).render(context)


def _environment(arms: Sequence[str]) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=in_page,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    of_arm = partial(arm_class, names=arms)
    # Of the environment, not of the page: macros are imported by parts of the page that know nothing of it.
    environment.globals["arms"] = [sections.arm_key(number, title) for number, title in enumerate(arms)]
    environment.filters.update(number=_number, svg=_markup, arm=of_arm, shortened=shortened)
    return environment


def _number(text: str) -> str:
    """A figure as it is set: a true minus sign, and no line break before a unit."""
    return re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", text).replace(" %", "\N{NO-BREAK SPACE}%")


def _markup(picture: Picture) -> Markup:
    """A drawing as it is; `reports.svg` escaped its texts."""
    return Markup(visible(picture.svg, WITHOUT_PICTURE))  # noqa: S704


def arm_class(text: str, names: Sequence[str]) -> str:
    """Class of what belongs to an arm, which the page hides with it; empty of what belongs to none.

    Args:
        text: the arm's name, alone or with a comma and more behind it, as tables head rows and columns.
        names: of the arms, in their order.
    """
    found = (number for number, name in enumerate(names) if text == name or text.startswith(f"{name}, "))
    return next((f"arm-{number}" for number in found), "")


def shortened(table: Table) -> Table:
    """The table with no more rows than a page should hold, and a note that says so."""
    if len(table.rows) <= MOST_ROWS:
        return table
    rows: tuple[Row, ...] = table.rows[:MOST_ROWS]
    note = f"The first {MOST_ROWS} of {len(table.rows):,} rows; all of them are in the result's JSON."
    return Table(table.caption, table.stub, table.columns, rows, (*table.notes, note))


def _page(environment: Environment) -> dict[str, object]:
    """Style sheet and script, and the only script that the page's policy lets run."""
    style, script = _asset(environment, STYLE), _asset(environment, SCRIPT)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"style": style, "script": script, "script_digest": f"sha256-{digest}", "glossary": GLOSSARY}


def _asset(environment: Environment, name: str) -> Markup:
    """A file that is shipped with the template."""
    loader = environment.loader or BaseLoader()
    return Markup(loader.get_source(environment, name)[0])  # noqa: S704
