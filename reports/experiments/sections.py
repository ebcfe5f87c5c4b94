"""The sections of all experiments of a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reports.experiments import (
    agreement_section,
    irrelevant_section,
    longtail_section,
    proxies_section,
    removal_section,
    secrets_section,
)
from reports.experiments.result import Experiments
from reports.experiments.section import Section

HEADING = "Why it memorizes"
"""Heads the experiments in every format."""

SECTIONS: dict[str, Callable[[Any], Section]] = {
    "longtail": longtail_section.section,
    "removal": removal_section.section,
    "irrelevant": irrelevant_section.section,
    "secrets": secrets_section.section,
    "proxies": proxies_section.section,
    "agreement": agreement_section.section,
}


def sections_of(experiments: Experiments) -> tuple[Section, ...]:
    """The sections of the experiments that were made, in the order of the report.

    Args:
        experiments: what was found.
    """
    return tuple(SECTIONS[block.name](block) for block in experiments.made)
