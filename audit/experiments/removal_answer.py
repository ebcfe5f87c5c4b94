"""What a removal found, in sentences."""

from __future__ import annotations

from reports.experiments.removal import Removal


def answer(block: Removal) -> tuple[str, ...]:
    """The findings, the most important first."""
    return ("to do",)


def limits(block: Removal) -> tuple[str, ...]:
    """What limits them."""
    return ()
