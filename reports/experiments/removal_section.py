"""The experiment `removal` as a section of a report."""

from __future__ import annotations

from reports.experiments.removal import Removal
from reports.experiments.section import Section


def section(block: Removal) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("removal", "removal", "", block, (), ())
