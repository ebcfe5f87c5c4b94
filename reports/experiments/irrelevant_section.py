"""The experiment `irrelevant` as a section of a report."""

from __future__ import annotations

from reports.experiments.irrelevant import Irrelevant
from reports.experiments.section import Section


def section(block: Irrelevant) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("irrelevant", "irrelevant", "", block, (), ())
