"""Two processes of a loop, each with half of the models and one thread: parallel by hand."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.loops import Loop

PROCESSES = 2


def two_at_once(loop: Loop, models: int) -> float:
    """Train models in two processes at once.

    Args:
        loop: the models that are trained.
        models: models of the pool; the loops are scaled to them, the start of the processes is not.

    Returns:
        Seconds from before the processes start, their imports included, to the last model's logits.
    """
    started = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        halves = [processes.submit(_half, loop.part(first, PROCESSES)) for first in range(PROCESSES)]
        training = max(half.result() for half in halves)
        whole = time.perf_counter() - started
    return whole - training + training * models / len(loop.networks)


def _half(loop: Loop) -> float:
    import torch

    torch.set_num_threads(1)
    if loop.max_grad_norm is not None:
        import benchmarks.private_loop  # noqa: F401  # an import is no training
    return loop.seconds()
