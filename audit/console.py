"""Progress as text: the plan, one line that moves where it can be written over, and a plain line a phase elsewhere."""

from __future__ import annotations

import math
import os
import sys
import threading
import time

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from reports.numbers import duration
from reports.text import printable

BAR = 24
"""Columns of the bar."""
NARROW = 60
"""A console with fewer columns shows no bar."""
LEAST_SHARE, LEAST_SECONDS = 0.1, 2.0
"""From which part of the work and which time on the time left is told: before, the pace is not known."""
EVERY, APART = 0.5, 0.2
"""Seconds between two looks at the clock, and at least between two lines on trained models."""


def in_notebook() -> bool:
    """Whether this is a kernel of Jupyter, whose output takes text and carriage returns."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return "ipykernel" in sys.modules and type(shell).__name__ == "ZMQInteractiveShell"


class ConsoleProgress:
    """Tells of an audit's progress in text.

    Args:
        console: where to write; None is stderr, and in a notebook the cell's output.
        live: whether a line may be written over; None finds out: on a terminal that is no CI's, and in a notebook.
    """

    def __init__(self, console: Console | None = None, live: bool | None = None) -> None:
        notebook = in_notebook()
        if console is None:  # rich draws an output block a line in a notebook: it is given a plain stream there
            console = Console(file=sys.stdout, force_jupyter=False, width=100) if notebook else Console(stderr=True)
        self.console = console
        self._live = _writes_over(console) or notebook if live is None else live
        self._lock = threading.RLock()
        self._models: dict[str, tuple[int, int]] = {}
        self._before = self._done = 0
        self._phase, self._phases = "", (0, 0)
        self._share, self._expected = 0.0, math.nan
        self._told: set[str] = set()
        self._shown = ""
        self._started = self._drawn = 0.0
        self._clock: threading.Event | None = None

    def plan(self, lines: list[str]) -> None:
        """Print the plan."""
        for line in lines:
            self.note(line)

    def arm(self, name: str, models: int, done: int) -> None:
        """Count an arm's models in."""
        with self._lock:
            if not self._models:
                self._begin()
                self._before = self._done = 0
            self._models[name] = (models, done)
            self._before, self._done = self._before + done, self._done + done
            self._measure(0.0)
            self._draw()

    def trained(self, name: str, models: int) -> None:
        """Count trained models; without a line that moves, say when an arm is ready."""
        with self._lock:
            whole, done = self._models[name]
            self._models[name] = (whole, done + models)
            self._done += models
            left = sum(models for models, _ in self._models.values()) - self._before
            self._measure((self._done - self._before) / max(1, left))
            if not self._live and done + models == whole:
                self.note(f"{name}: {whole} models trained")
            if time.perf_counter() - self._drawn >= APART:
                self._draw()

    def phase(self, name: str, done: int, total: int, share: float) -> None:
        """Show which phase of the analysis began; without a line that moves, say so once an arm."""
        with self._lock:
            if self._models or not self._phase:
                self._finish()
                self._begin()
            self._phase, self._phases = name, (done, total)
            self._measure(share)
            part = name.split(":")[0]
            if not self._live and part not in self._told:
                self._told.add(part)
                self.note(f"analysis, {done} of {total} phases: {part}")
            self._draw()

    def note(self, line: str) -> None:
        """Print a line above the one that moves."""
        with self._lock:
            self._clear()
            self.console.print(
                printable(line, self.console.encoding), soft_wrap=True, highlight=False, markup=False, emoji=False
            )
            self._draw()

    def end(self) -> None:
        """Leave a line on what was done and how long it took."""
        with self._lock:
            self._finish()

    def _begin(self) -> None:
        self._started = time.perf_counter()
        if self._live and not in_notebook():
            self._clock = threading.Event()
            threading.Thread(target=self._tick, args=(self._clock,), daemon=True).start()

    def _measure(self, share: float) -> None:
        """What part of the work is done, and from the pace so far how long the whole will take; nan if too early."""
        spent = time.perf_counter() - self._started
        known = share >= LEAST_SHARE and spent >= LEAST_SECONDS
        self._share, self._expected = share, spent / share if known else math.nan

    def _tick(self, stopped: threading.Event) -> None:
        """Draw again while a phase takes its time, so that the clock is seen to go on."""
        while not stopped.wait(EVERY):
            with self._lock:
                if not stopped.is_set():
                    self._draw()

    def _finish(self) -> None:
        if self._clock:
            self._clock.set()
            self._clock = None
        took = duration(time.perf_counter() - self._started)
        done = self._done - self._before
        said = f"trained {done} models in {took}" if self._models and done else ""
        if self._phase:
            said = f"analysed in {took}"
        self._clear()
        self._models, self._phase = {}, ""
        if said:
            self.note(said)

    def _line(self) -> str:
        """What is done, of how much, and about how much time is left."""
        if self._phase:
            done, total = self._phases
            head, count, what = "analysis", f"{done + 1} of {total}", self._phase
        elif self._models:
            whole = sum(models for models, _ in self._models.values())
            unfinished = {name: f"{done}/{models}" for name, (models, done) in self._models.items() if done < models}
            head, count = "training", f"{self._done} of {whole} models"
            what = ", ".join(f"{name} {counts}" for name, counts in unfinished.items())
        else:
            return ""
        spent = time.perf_counter() - self._started
        left = self._expected - spent
        clock = f"about {_about(left)} left" if left > 0 else f"{_about(spent)} so far"
        bar = "" if self.console.width < NARROW else f" {_bar(self._share, self.console.encoding)}"
        return f"{head}{bar} {count}, {clock}{f': {what}' if what else ''}"

    def _draw(self) -> None:
        if not self._live:
            return
        line = printable(self._line(), self.console.encoding)
        room = self.console.width - 1
        line = line if cell_len(line) <= room else set_cell_size(line, room)
        self._drawn = time.perf_counter()
        if line and line != self._shown:
            self._write("\r" + line + " " * max(0, cell_len(self._shown) - cell_len(line)))
            self._shown = line

    def _clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * cell_len(self._shown) + "\r")
            self._shown = ""

    def _write(self, text: str) -> None:
        if not self.console.quiet:
            self.console.file.write(text)
            self.console.file.flush()


def _writes_over(console: Console) -> bool:
    """Whether the console is a terminal in which a line can be written over; a CI's log keeps every version of it."""
    terminal = getattr(console.file, "isatty", lambda: False)()
    return bool(terminal) and not console.is_dumb_terminal and not os.environ.get("CI")


def _about(seconds: float) -> str:
    """A time without a precision that it has not."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return duration(30 * round(seconds / 30)) if seconds < 600 else duration(60 * round(seconds / 60))


def _bar(share: float, encoding: str) -> str:
    full = round(BAR * min(1.0, share))
    done, left = ("\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}")
    if not encoding.lower().startswith("utf"):
        done, left = "#", "-"
    return done * full + left * (BAR - full)
