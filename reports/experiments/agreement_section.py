"""The experiment `agreement` as a section of a report."""

from __future__ import annotations

from reports.experiments.agreement import Agreement
from reports.experiments.section import Section


def section(block: Agreement) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("agreement", "agreement", "", block, (), ())
