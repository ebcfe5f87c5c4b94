"""Figures of the experiment `removal`."""

from __future__ import annotations

from collections.abc import Sequence

from reports.experiments.removal import Removal
from reports.svg import Picture


def figures(block: Removal, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    del block, arms
    return []
