"""Progress on a terminal: the plan, a bar an arm, notes; all on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Task as BarTask
from rich.text import Text


class RateColumn(TextColumn):
    """Models a second or seconds a model, whichever reads better."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: BarTask) -> Text:
        """The rate of one arm's bar."""
        if not task.speed:
            return Text("-")
        return Text(f"{task.speed:.1f} models/s" if task.speed >= 1 else f"{1 / task.speed:.1f} s/model")


class ConsoleProgress:
    """Draws an audit's progress on a console.

    Args:
        console: where to draw; stderr, so that a report on stdout stays parseable.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            RateColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._ids: dict[str, TaskID] = {}

    def plan(self, lines: list[str]) -> None:
        """Print the plan."""
        for line in lines:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def arm(self, name: str, models: int, done: int) -> None:
        """Open an arm's bar."""
        if not self._ids:
            self._bars.start()
        self._ids[name] = self._bars.add_task(name, total=models, completed=done)

    def trained(self, name: str, models: int) -> None:
        """Move an arm's bar."""
        self._bars.advance(self._ids[name], models)

    def note(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def end(self) -> None:
        """Close all bars."""
        if self._ids:
            self._bars.stop()
            self._ids = {}
