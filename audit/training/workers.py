"""Training processes: each trains whole shards and writes them itself; a dead one's shards are done again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np

from audit.errors import TrainingError
from audit.membership import membership_row
from audit.store import ShardStore
from audit.training.base import Task, Trainer

DEATHS_ALLOWED = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One shard to train: an arm's name and the models of the shard."""

    arm: str
    models: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a worker needs to turn a job into a shard on disk.

    Attributes:
        tasks: arm name -> task.
        stores: arm name -> where its shards go.
        inclusion: probability of a record to be IN.
        trainer: the way of training.
    """

    tasks: Mapping[str, Task]
    stores: Mapping[str, ShardStore]
    inclusion: float
    trainer: Trainer

    def do(self, job: Job) -> tuple[Job, float]:
        """Train one shard and save it; returns the job and its seconds a model."""
        task = self.tasks[job.arm]
        rows = [membership_row(model, task.dataset.records, self.inclusion, task.seed) for model in job.models]
        signals = self.trainer.train(task, job.models, np.stack(rows))
        self.stores[job.arm].write(job.models, signals)
        return job, float(signals.seconds.mean())


Done = Callable[[Job, float], None]


def train(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done) -> None:
    """Train all jobs, in this process or in several.

    Args:
        workshop: what is trained, how, and where it is saved.
        jobs: the shards to train.
        workers: number of processes; 1 trains in this one.
        done: called with each finished job and its seconds a model.

    Raises:
        TrainingError: if a model cannot be trained, or workers keep dying without finishing a shard.
    """
    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            done(*workshop.do(job))
    else:
        _train_in_processes(workshop, jobs, workers, done)


def _train_in_processes(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done) -> None:
    left, deaths = list(jobs), 0
    while left:
        before = len(left)
        try:
            _once(workshop, left, min(workers, len(left)), done)
        except BrokenProcessPool as death:
            deaths = deaths + 1 if len(left) == before else 1
            if deaths >= DEATHS_ALLOWED:
                raise TrainingError(
                    f"training processes died {deaths} times in a row, last on arm {left[0].arm!r}, "
                    f"models {left[0].models[0]} to {left[0].models[-1]}",
                    "this is most often a lack of memory: use fewer --workers; what was finished is kept",
                ) from death


def _once(workshop: Workshop, left: list[Job], workers: int, done: Done) -> None:
    """Train until all is done or a process dies; finished jobs leave the list."""
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_settle, initargs=(workshop,))
    try:
        futures = [executor.submit(_work, job) for job in left]
        for job, seconds in _results(as_completed(futures)):
            left.remove(job)
            done(job, seconds)
    except BaseException:
        _stop(executor)
        raise
    executor.shutdown()


def _results(futures: Iterable[Future[tuple[Job, float]]]) -> Iterable[tuple[Job, float]]:
    return (future.result() for future in futures)


def _stop(executor: ProcessPoolExecutor) -> None:
    """Stop without waiting for running shards: they are not on disk yet and will be trained again."""
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


_workshop: Workshop


def _settle(workshop: Workshop) -> None:
    """Set a worker up: one thread, deaf to Ctrl-C (the parent answers it), gone when the parent is gone."""
    import torch

    global _workshop
    _workshop = workshop
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> tuple[Job, float]:
    return _workshop.do(job)
