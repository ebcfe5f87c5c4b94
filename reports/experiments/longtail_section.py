"""The experiment `longtail` as a section of a report."""

from __future__ import annotations

from reports.experiments.longtail import LongTail
from reports.experiments.section import Section


def section(block: LongTail) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("longtail", "longtail", "", block, (), ())
