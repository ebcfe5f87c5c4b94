"""How a screen ends: the self-check, the warnings, where the files are, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from reports import numbers
from reports.epsilon_sentences import self_check_sentence
from reports.result import SelfCheck
from reports.text import LOUD, Page

HEIGHT, WIDTH = 40, 80
"""Lines and columns of one screen; a narrower one takes the lines that it needs."""
FEW_LINES = 2
"""Lines that warnings get however full the screen is."""

Step = tuple[str, str]
"""A command, and what it is good for."""


def print_checks(page: Page, checks: Sequence[tuple[str, SelfCheck]]) -> None:
    """Print the verdicts on every DP implementation: a violation with its proof, the others in a line together.

    Args:
        page: where.
        checks: titles and self-checks of the arms.
    """
    for title, check in checks:
        if check.verdict == "violated":
            page.sentence(f"DP self-check: {self_check_sentence(title, check)}", LOUD)
    consistent = [title for title, check in checks if check.verdict == "consistent"]
    untested = {title: check.models_needed or 0 for title, check in checks if check.verdict == "not tested"}
    if consistent:
        page.sentence(f"DP self-check of {', '.join(consistent)}: consistent with the claim.")
    if untested:
        models = max(untested.values())
        enough = f"; about {numbers.count(models)} models an arm could" if models else ""
        page.sentence(f"DP self-check of {', '.join(untested)}: not tested{enough}.")


def print_warnings(page: Page, warnings: Sequence[str], last: int) -> None:
    """Print as many warnings as fit a screen, at least the first, and how many more there are.

    Args:
        page: where.
        warnings: what limits the answer.
        last: the line of the page before which they should end.
    """
    room, heights = last - page.printed, [page.height(f"Warning: {warning}") for warning in warnings]
    if sum(heights) > room:
        room = max(FEW_LINES, room - 1)
    fits = sum(sum(heights[: number + 1]) <= room for number in range(len(heights)))
    for warning in warnings[: max(1, fits)]:
        page.sentence(f"Warning: {warning}", "yellow")
    if (left := len(warnings) - max(1, fits)) > 0:
        page.sentence(f"{left} more warning{'s' if left > 1 else ''}: see --full.", "yellow")


def print_ending(page: Page, files: Mapping[str, str], steps: Sequence[Step] = ()) -> None:
    """Print where the files are and what to do next, every path and command on one line.

    Args:
        page: where.
        files: what -> where, the most readable first.
        steps: what to do next.
    """
    if files:
        page.line()
        (title, first), *others = files.items()
        _print_path(page, title, first)
        beside = [PurePath(path).name for _, path in others if PurePath(path).parent == PurePath(first).parent]
        if beside:
            page.sentence(f"beside it: {', '.join(beside)}", "dim")
        for name, path in others:
            if PurePath(path).name not in beside:
                _print_path(page, name, path)
    if steps and (page.width < WIDTH or page.printed + len(steps) < HEIGHT):
        page.line()
    widest = max((len(command) for command, _ in steps), default=0)
    if all(widest + len(f"  # {why}") <= page.width for _, why in steps):
        for command, why in steps:
            page.line(f"{command:<{widest}}  # {why}")
        return
    for command, why in steps:
        page.line(f"# {why}", "dim")
        page.line(command)


def _print_path(page: Page, title: str, path: str) -> None:
    """A path on one line: behind its title where both fit, else below it."""
    if len(f"{title}: {path}") <= page.width:
        page.line(f"{title}: {path}")
    else:
        page.line(f"{title}:")
        page.line(path)


def ending_height(files: Mapping[str, str], steps: Sequence[Step]) -> int:
    """Lines that files and steps take where none of them is long."""
    return (3 if files else 0) + (1 + len(steps) if steps else 0)
