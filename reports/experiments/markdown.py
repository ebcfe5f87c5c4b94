"""Experiments as Markdown."""

from __future__ import annotations

from reports.experiments.result import Experiments
from reports.experiments.section import Section
from reports.experiments.sections import sections_of
from reports.experiments.standalone import ExperimentResult
from reports.experiments.words import arms_table, audited
from reports.markdown_blocks import as_table, bullets, escape, paragraphs


def blocks_of(experiments: Experiments) -> list[str]:
    """The blocks of all experiments of a result; none where none was made.

    Args:
        experiments: what was found.
    """
    return [block for section in sections_of(experiments) for block in _blocks(section)]


def render_experiment(result: ExperimentResult) -> str:
    """An experiment that stands by itself; every string of the data is escaped.

    Args:
        result: the result.
    """
    blocks = [
        f"# Experiment with {escape(result.model.name)} on {escape(result.data.name)}",
        *blocks_of(result.experiments),
        f"*{escape(audited(result))}.*",
        as_table(arms_table(result)),
        bullets(result.warnings),
        bullets(result.not_tested),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _blocks(section: Section) -> list[str]:
    return [
        f"### {escape(section.title)}",
        *paragraphs([section.question]),
        bullets(section.block.answer),
        *map(as_table, (*section.tables, *section.folded)),
        *paragraphs(section.reading),
        bullets(section.block.limits),
        f"`{section.block.command.replace('`', '')}`",
    ]
