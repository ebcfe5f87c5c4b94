"""Whole pools against the loops: the project, one loop, and two processes of it, in turn."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks.cases import Case, Size, at_least
from benchmarks.loops import Loop
from benchmarks.pools import loop_beside, pool_time
from benchmarks.rows import Row, Skipped, speed_up
from benchmarks.sources import absent
from benchmarks.two_at_once import two_at_once


@dataclass(frozen=True, slots=True)
class Turn:
    """One repeat of all sides, in seconds for the whole pool.

    Attributes:
        ours: the project.
        measuring: how much of that it tried a few steps, to choose its stacks.
        loop: the loop in one process that has imported everything, on all cores.
        two: two processes of it, from before they start.
    """

    ours: float
    measuring: float
    loop: float
    two: float


def rows(case: Case, size: Size) -> list[Row | Skipped]:
    """Measure a case.

    Args:
        case: the pool.
        size: how much of it is run.

    Returns:
        One row against the loop and one against two processes of it; or why there is none.
    """
    case = case.sized(size)
    if reason := absent(case.data):
        return [Skipped(case.title, reason)]
    loop = loop_beside(case)
    loop.warm()
    return compared(case, [_turn(case, loop) for _ in range(size.repeats)])


def compared(case: Case, turns: list[Turn]) -> list[Row | Skipped]:
    """The rows of measured turns.

    Args:
        case: the pool.
        turns: one a repeat.
    """
    loop = "Opacus loop" if case.private else "torch loop"
    ours = [turn.ours for turn in turns]
    sides = (
        (loop, [turn.loop for turn in turns], case.target_loop),
        (f"two processes of the {loop}", [turn.two for turn in turns], case.target_two),
    )
    return [
        speed_up(case.title, ours, name, seconds, models=case.models, target=at_least(target), note=_note(case, turns))
        for name, seconds, target in sides
    ]


def _turn(case: Case, loop: Loop) -> Turn:
    ours = pool_time(case)
    alone = loop.seconds() * case.models / case.timed
    return Turn(ours.whole, ours.measuring, alone, two_at_once(loop, case.models))


def _note(case: Case, turns: list[Turn]) -> str:
    measuring = statistics.median(turn.measuring for turn in turns)
    scaled = f"timed on {case.timed} models, scaled" if case.timed < case.models else ""
    tried = f"ours tries stacks for {measuring:.1f} s of it" if measuring >= 0.05 else ""
    return "; ".join(part for part in (scaled, tried) if part)
