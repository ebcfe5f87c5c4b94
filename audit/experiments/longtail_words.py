"""What was found of the long tail, in sentences."""

from __future__ import annotations

from reports.experiments.longtail import LongTail


def answer(block: LongTail) -> tuple[str, ...]:
    """The answer, the most important first."""
    return ("To be written.",)


def limits(block: LongTail) -> tuple[str, ...]:
    """What limits it."""
    return ()
