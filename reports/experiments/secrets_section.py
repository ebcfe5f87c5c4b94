"""The experiment `secrets` as a section of a report."""

from __future__ import annotations

from reports.experiments.secrets import Secrets
from reports.experiments.section import Section


def section(block: Secrets) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("secrets", "secrets", "", block, (), ())
