"""The experiment `proxies` as a section of a report."""

from __future__ import annotations

from reports.experiments.proxies import Proxies
from reports.experiments.section import Section


def section(block: Proxies) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    return Section("proxies", "proxies", "", block, (), ())
