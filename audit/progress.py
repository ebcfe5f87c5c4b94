"""What a person sees while an audit runs; the core tells, and draws nothing itself."""

from __future__ import annotations

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
    """Counts the phases of an analysis for a listener.

    Args:
        listener: hears of every phase.
        work: phase -> how long it is beside the others, in the order in which they come.
    """

    def __init__(self, listener: Progress, work: Mapping[str, float]) -> None:
        self._listener, self._work = listener, work
        self._whole, self._begun = sum(work.values()), dict.fromkeys(work, False)

    def begin(self, name: str) -> None:
        """Say that a phase begins: those that began before it are finished.

        Args:
            name: one of the phases; others are not told of, nor is one that began before.
        """
        if self._begun.get(name, True):
            return
        behind = [phase for phase, begun in self._begun.items() if begun]
        self._begun[name] = True
        share = sum(self._work[phase] for phase in behind) / self._whole
        self._listener.phase(name, len(behind), len(self._work), share)


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
