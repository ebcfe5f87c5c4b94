"""The wall time of an optimizer step, measured on a few real ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from audit.training.base import Task

WARM_UP = 2
"""Steps before the timed ones: the first allocate the optimizer's state and fill the caches."""


def shortened(task: Task, steps: int) -> Task:
    """The same task with just the steps of a measurement: the warm-up and the timed ones.

    Args:
        task: what is trained and how.
        steps: number of timed steps.
    """
    schedule = replace(task.arm.schedule, steps=WARM_UP + steps)
    return replace(task, arm=replace(task.arm, schedule=schedule))


def median_seconds(made: Iterator[object], steps: int) -> float:
    """Median wall time of a step, in seconds.

    Args:
        made: makes a step each time that the next is asked for.
        steps: number of steps to time after the warm-up.
    """
    for _ in range(WARM_UP):
        _seconds_of_next(made)
    return statistics.median(_seconds_of_next(made) for _ in range(steps))


def _seconds_of_next(made: Iterator[object]) -> float:
    import torch

    started = time.perf_counter()
    next(made)
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()  # a GPU is told what to do and goes on alone
    return time.perf_counter() - started
