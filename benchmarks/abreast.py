"""The same work on every core at once: one process a core, one thread each, all starting together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from types import TracebackType
from typing import Any

PATIENCE = 600.0
"""Seconds that a process waits for the others."""

_barrier: Barrier


class Abreast:
    """Processes that wait for each other before each piece of work; they end with the `with` block.

    Args:
        processes: as many as cores are used.
    """

    def __init__(self, processes: int) -> None:
        context = get_context("spawn")
        self.processes = processes
        self._pool = ProcessPoolExecutor(processes, context, _settle, (context.Barrier(processes),))

    def __enter__(self) -> Abreast:
        """Nothing is started before there is work."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let the processes end."""
        self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[..., float], *arguments: Any) -> list[float]:
        """Do the same work in every process at the same time.

        Args:
            work: a module's function.
            arguments: its arguments.

        Returns:
            What it returned in each process.
        """
        asked = [self._pool.submit(_in_step, work, arguments) for _ in range(self.processes)]
        return [one.result() for one in asked]


def _settle(barrier: Barrier) -> None:
    import torch

    global _barrier
    _barrier = barrier
    torch.set_num_threads(1)


def _in_step(work: Callable[..., float], arguments: tuple[Any, ...]) -> float:
    """Work once all are ready; who waits here takes no second piece, so that every process has one."""
    _barrier.wait(PATIENCE)
    return work(*arguments)
