"""What a person sees while an audit runs; the core tells, and draws nothing itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Listens to an audit."""

    def plan(self, lines: list[str]) -> None:
        """What will be done, before anything is trained."""

    def arm(self, name: str, models: int, done: int) -> None:
        """An arm begins; so many of its models are on disk already."""

    def trained(self, name: str, models: int) -> None:
        """So many more models of an arm are trained and saved."""

    def phase(self, name: str, done: int, total: int, share: float) -> None:
        """A phase of the analysis begins.

        Args:
            name: what is computed, `standard: influence`.
            done: phases that are finished.
            total: all phases.
            share: part of the whole work that lies behind, in [0, 1]; phases differ in length.
        """

    def note(self, line: str) -> None:
        """Something worth a line: a measured duration, a warning, a step of the analysis."""

    def end(self) -> None:
        """Training or the analysis is over; whatever moved stops moving."""


class Silent:
    """Says nothing; for use from Python."""

    def plan(self, lines: list[str]) -> None:
        """Say nothing."""

    def arm(self, name: str, models: int, done: int) -> None:
        """Say nothing."""

    def trained(self, name: str, models: int) -> None:
        """Say nothing."""

    def phase(self, name: str, done: int, total: int, share: float) -> None:
        """Say nothing."""

    def note(self, line: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Phases:
    """Counts the phases of an analysis for a listener; a later arm is expected to take as long as an earlier one.

    Args:
        listener: hears of every phase.
        work: phase, `arm: what` or `what` -> how long it is beside the others as far as nothing is measured yet.
    """

    def __init__(self, listener: Progress, work: Mapping[str, float]) -> None:
        self._listener, self._work = listener, work
        self._seconds: dict[str, float] = {}
        self._now, self._since = "", 0.0

    def begin(self, name: str) -> None:
        """Say that a phase begins: the one before it is finished.

        Args:
            name: one of the phases; others are not told of, nor is one that began before.
        """
        if name not in self._work or name in (*self._seconds, self._now):
            return
        now = time.perf_counter()
        if self._now:
            self._seconds[self._now] = now - self._since
        self._now, self._since = name, now
        self._listener.phase(name, len(self._seconds), len(self._work), self._share())

    def _share(self) -> float:
        """The part of the whole time that is over, by what was measured and by the pace so far."""
        spent, known = sum(self._seconds.values()), sum(self._work[name] for name in self._seconds)
        if not known:
            return 0.0
        measured = {name.rpartition(": ")[2]: seconds for name, seconds in self._seconds.items()}
        left = [
            measured.get(name.rpartition(": ")[2], weight * spent / known)
            for name, weight in self._work.items()
            if name not in self._seconds
        ]
        return spent / (spent + sum(left)) if spent else 0.0


NO_PHASES = Phases(Silent(), {})
"""Tells nobody."""


def listener_or_default(progress: Progress | None) -> Progress:
    """The listener that was given; without one a plain text display in a notebook, and silence elsewhere.

    Args:
        progress: who listens; None if nobody was named.
    """
    if progress is not None:
        return progress
    from audit.console import ConsoleProgress, in_notebook

    return ConsoleProgress() if in_notebook() else Silent()
