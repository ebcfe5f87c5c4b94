"""What a person sees while an audit runs; the core tells, and draws nothing itself."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Listens to an audit."""

    def plan(self, lines: list[str]) -> None:
        """What will be done, before anything is trained."""

    def arm(self, name: str, models: int, done: int) -> None:
        """An arm begins; so many of its models are on disk already."""

    def trained(self, name: str, models: int) -> None:
        """So many more models of an arm are trained and saved."""

    def note(self, line: str) -> None:
        """Something worth a line: a measured duration, a warning, a step of the analysis."""

    def end(self) -> None:
        """Training is over; whatever moved stops moving."""


class Silent:
    """Says nothing; for use from Python."""

    def plan(self, lines: list[str]) -> None:
        """Say nothing."""

    def arm(self, name: str, models: int, done: int) -> None:
        """Say nothing."""

    def trained(self, name: str, models: int) -> None:
        """Say nothing."""

    def note(self, line: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
