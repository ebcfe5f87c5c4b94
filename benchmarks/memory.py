"""Work in a process of its own, watched from outside: what it returns, and the most memory that its tree held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PROC = Path("/proc")
_SECONDS_BETWEEN = 0.05


def watched(work: Callable[..., float], *arguments: Any) -> tuple[float, float]:
    """Do work in a fresh process.

    Args:
        work: a module's function.
        arguments: its arguments.

    Returns:
        What it returned, and the peak in GiB of the resident memory of the process and all that it started;
        pages that processes share count in each.

    Raises:
        RuntimeError: if the process ended without a result.
    """
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(there, work, arguments))
    process.start()
    there.close()
    try:
        peak = _peak_until(process.pid or 0, here)
        return float(here.recv()), peak
    except EOFError as ended:
        raise RuntimeError(f"{work.__name__} ended without a result") from ended
    finally:
        process.join()


def can_watch() -> str | None:
    """Why memory cannot be measured here; None if it can."""
    return None if (PROC / "self" / "statm").exists() else "this system has no /proc"


def resident(pid: int) -> int:
    """Bytes that a process and all that it started hold now.

    Args:
        pid: the process.
    """
    return sum(_resident_alone(one) for one in _tree(pid))


def _report(there: Connection, work: Callable[..., float], arguments: tuple[Any, ...]) -> None:
    there.send(work(*arguments))


def _peak_until(pid: int, here: Connection) -> float:
    peak = 0
    while not here.poll(_SECONDS_BETWEEN):
        peak = max(peak, resident(pid))
    return peak / 2**30


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for listing in (PROC / str(pid) / "task").glob("*/children"):
        for child in _read(listing).split():
            yield from _tree(int(child))


def _resident_alone(pid: int) -> int:
    from resource import getpagesize

    numbers = _read(PROC / str(pid) / "statm").split()
    return int(numbers[1]) * getpagesize() if numbers else 0


def _read(path: Path) -> str:
    """A file of /proc; empty where its process has just ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
