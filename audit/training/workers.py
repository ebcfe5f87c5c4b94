"""Training processes: each trains whole stacks and saves them itself; what a dead one was training is done again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from audit.errors import TrainingError
from audit.training.memory import freed_memory_kept, keep_freed_memory
from audit.training.workshop import Job, Trained, Workshop

DEATHS_ALLOWED = 2
"""Deaths of one and the same stack that stop the audit."""

Done = Callable[[Trained], None]


def train(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done) -> None:
    """Train all jobs, in this process or in several.

    Args:
        workshop: what is trained, how, and where it is saved.
        jobs: the stacks to train, in the order in which they are begun.
        workers: number of processes; 1 trains in this one.
        done: called with each finished job.

    Raises:
        TrainingError: if a model cannot be trained, or one stack's process died twice.
    """
    if workers == 1 or len(jobs) < 2:
        with freed_memory_kept():
            for job in jobs:
                done(workshop.do(job))
        return
    crew = _Crew(workshop, min(workers, len(jobs)))
    try:
        crew.train(jobs, done)
    except BaseException:
        crew.stop()
        raise
    crew.dismiss()


class _Crew:
    """Processes of which each is given one job at a time, so that a death is the fault of a known stack.

    Args:
        workshop: what every process needs.
        size: number of processes.
    """

    def __init__(self, workshop: Workshop, size: int) -> None:
        self._workshop = workshop
        self._all: set[ProcessPoolExecutor] = set()
        self._idle = [self._process() for _ in range(size)]
        self._busy: dict[Future[Trained], tuple[ProcessPoolExecutor, Job]] = {}
        self._deaths: Counter[Job] = Counter()

    def train(self, jobs: Sequence[Job], done: Done) -> None:
        """Give jobs to whoever is idle until all are done."""
        left = deque(jobs)
        while left or self._busy:
            while left and self._idle:
                self._give(left.popleft())
            for future in wait(self._busy, return_when=FIRST_COMPLETED).done:
                process, job = self._busy.pop(future)
                try:
                    trained = future.result()
                except BrokenProcessPool as death:
                    self._bury(process, job, death)
                    left.appendleft(job)
                else:
                    self._idle.append(process)
                    done(trained)

    def stop(self) -> None:
        """Stop without waiting for what is being trained: it is not on disk yet and will be trained again."""
        processes = [process for executor in self._all for process in (executor._processes or {}).values()]
        for executor in self._all:
            executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def dismiss(self) -> None:
        """Wait for all processes to end; none has anything left to do."""
        for executor in self._all:
            executor.shutdown()

    def _process(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(1, mp_context=context, initializer=_settle, initargs=(self._workshop,))
        self._all.add(executor)
        return executor

    def _replaced(self, dead: ProcessPoolExecutor) -> ProcessPoolExecutor:
        dead.shutdown()
        self._all.remove(dead)
        return self._process()

    def _give(self, job: Job) -> None:
        process = self._idle.pop()
        try:
            future = process.submit(_work, job)
        except BrokenProcessPool:  # it died while it had nothing to do
            process = self._replaced(process)
            future = process.submit(_work, job)
        self._busy[future] = process, job

    def _bury(self, process: ProcessPoolExecutor, job: Job, death: BrokenProcessPool) -> None:
        """Put a new process in the place of a dead one.

        Raises:
            TrainingError: if the stack was a process's death before.
        """
        self._idle.append(self._replaced(process))
        self._deaths[job] += 1
        if self._deaths[job] >= DEATHS_ALLOWED:
            raise TrainingError(
                f"arm {job.arm}, models {job.models[0]} to {job.models[-1]}: "
                f"the process that trained this stack died {self._deaths[job]} times",
                "this is most often a lack of memory: use a smaller --stack or fewer --workers; "
                "what was finished is kept, and the same command goes on",
            ) from death


_workshop: Workshop


def _settle(workshop: Workshop) -> None:
    """Set a worker up: one thread, deaf to Ctrl-C (the parent answers it), gone when the parent is gone."""
    import torch

    global _workshop
    _workshop = workshop
    torch.set_num_threads(1)
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> Trained:
    return _workshop.do(job)
