"""Training processes: each trains whole stacks and saves them itself; what a dead one was training is done again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal

from audit.errors import TrainingError
from audit.training.memory import freed_memory_kept, keep_freed_memory
from audit.training.workshop import Job, Trained, Workshop

DEATHS_ALLOWED = 2
"""Deaths of one and the same stack that stop the audit."""

_MOMENT = 0.5
"""Seconds that this process waits for others at most before it looks around again."""

Done = Callable[[Trained], None]


Hands = Literal["processes", "processes and this one", "threads"]
"""Who trains: other processes; this one too, while the others still start; or threads of this one."""


def train(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done, hands: Hands = "processes") -> None:
    """Train all jobs, in this process or in several.

    Args:
        workshop: what is trained, how, and where it is saved.
        jobs: the stacks to train, in the order in which they are begun.
        workers: number of workers; 1 trains in this process.
        done: called with each finished job.
        hands: what the workers are.

    Raises:
        TrainingError: if a model cannot be trained, or one stack's process died twice.
    """
    with freed_memory_kept():
        if workers == 1 or len(jobs) < 2:
            for job in jobs:
                done(workshop.do(job))
        elif hands == "threads":
            _train_in_threads(workshop, jobs, workers, done)
        else:
            _train_in_processes(workshop, jobs, workers, done, hands == "processes and this one")


def _train_in_threads(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done) -> None:
    """Train in threads; a mistake or Ctrl-C waits for the stacks that are being trained, and they are saved."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # products share one setting between threads: it may not change while any trains
    crew = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    try:
        for future in as_completed([crew.submit(workshop.do, job) for job in jobs]):
            done(future.result())
    finally:
        crew.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(threads)


def _train_in_processes(workshop: Workshop, jobs: Sequence[Job], workers: int, done: Done, takes_part: bool) -> None:
    crew = _Crew(workshop, min(workers, len(jobs)) - takes_part, jobs)
    try:
        crew.train(done, takes_part)
    finally:
        crew.stop()


class _Process:
    """A training process, and the jobs that it was given and that nobody has taken note of yet.

    Args:
        workshop: what it needs.
    """

    def __init__(self, workshop: Workshop) -> None:
        context = multiprocessing.get_context("spawn")
        self.given: deque[tuple[Job, Future[Trained]]] = deque()
        self.lost = False
        self._executor = ProcessPoolExecutor(1, mp_context=context, initializer=_settle)
        # As a task and not as an argument of the process: starting one waits until all its arguments are read.
        self._awake = self._executor.submit(_equip, workshop)

    @property
    def next_event(self) -> Future[Any]:
        """What it ends next: a job, or waking up."""
        return self.given[0][1] if self.given else self._awake

    def whenever_free(self, feed: Callable[[_Process], None]) -> None:
        """Call with this process when it has woken up, and whenever it has ended a job.

        Args:
            feed: called by a thread of the executor, while this process may be training itself.
        """
        self._feed = feed
        self._awake.add_done_callback(self._ended)

    def give(self, job: Job) -> None:
        """Let it train a job.

        Raises:
            BrokenProcessPool: if it died while it had nothing to do.
        """
        future = self._executor.submit(_work, job)
        self.given.append((job, future))
        future.add_done_callback(self._ended)

    def stop(self) -> None:
        """Stop without waiting for what is being trained: it is not on disk yet and will be trained again."""
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def _ended(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        if future.exception() is None:
            self._feed(self)
        else:
            self.lost = future is self._awake


class _Crew:
    """Processes of which each trains one job at a time, so that a death is the fault of a known stack.

    A process takes its next job when it has ended one, whatever this process is doing: who is free never waits.

    Args:
        workshop: what every process needs.
        size: number of processes besides this one.
        jobs: what is to be trained.
    """

    def __init__(self, workshop: Workshop, size: int, jobs: Sequence[Job]) -> None:
        self._workshop = workshop
        self._left, self._lock = deque(jobs), threading.RLock()
        self._deaths: Counter[Job] = Counter()
        self._idle_deaths = 0
        self._processes = [self._new() for _ in range(size)]

    def train(self, done: Done, takes_part: bool) -> None:
        """Train until all is done; a job that was a process's death is never trained here."""
        while self._busy():
            own = self._own() if takes_part else None
            if own is not None:
                done(self._workshop.do(own))
            self._collect(done, patient=own is None)

    def stop(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.stop()

    def _new(self) -> _Process:
        process = _Process(self._workshop)
        process.whenever_free(self._feed)
        return process

    def _busy(self) -> bool:
        with self._lock:  # or a job on its way from the one to the other would not be seen
            return bool(self._left) or any(process.given for process in self._processes)

    def _own(self) -> Job | None:
        """A job for this process, taken from what is left."""
        with self._lock:
            job = next((job for job in self._left if not self._deaths[job]), None)
            if job is not None:
                self._left.remove(job)
            return job

    def _feed(self, process: _Process) -> None:
        with self._lock:
            if self._left:
                job = self._left.popleft()
                try:
                    process.give(job)
                except (BrokenProcessPool, RuntimeError):  # it died, or was stopped, while it had nothing to do
                    self._left.appendleft(job)
                    process.lost = True

    def _collect(self, done: Done, patient: bool) -> None:
        """Take what has ended; wait for something to end if there is nothing else to do."""
        wait([process.next_event for process in self._processes], _MOMENT if patient else 0, FIRST_COMPLETED)
        for place, process in enumerate(self._processes):
            while process.given and process.given[0][1].done():
                job, future = process.given.popleft()
                try:
                    trained = future.result()
                except BrokenProcessPool as death:
                    self._replace(place, job)
                    self._count(job, death)
                    break
                done(trained)
            if process.lost:
                self._replace(place)
                self._count_idle()

    def _replace(self, place: int, *undone: Job) -> None:
        with self._lock:
            self._left.extendleft(undone)
        self._processes[place].stop()
        self._processes[place] = self._new()

    def _count_idle(self) -> None:
        """Count a death without a stack.

        Raises:
            TrainingError: if there were some before.
        """
        self._idle_deaths += 1
        if self._idle_deaths >= DEATHS_ALLOWED:
            raise TrainingError(
                f"{self._idle_deaths} training processes died before they trained anything",
                "train in this process alone, with --workers 1; what was finished is kept",
            )

    def _count(self, job: Job, death: BrokenProcessPool) -> None:
        """Count a stack's death.

        Raises:
            TrainingError: if it was a process's death before.
        """
        self._deaths[job] += 1
        if self._deaths[job] >= DEATHS_ALLOWED:
            raise TrainingError(
                f"arm {job.arm}, models {job.models[0]} to {job.models[-1]}: "
                f"the process that trained this stack died {self._deaths[job]} times",
                "this is most often a lack of memory: use a smaller --stack or fewer --workers; "
                "what was finished is kept, and the same command goes on",
            ) from death


_workshop: Workshop


def _settle() -> None:
    """Set a worker up: one thread, deaf to Ctrl-C (the parent answers it), gone when the parent is gone."""
    import torch

    torch.set_num_threads(1)
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _equip(workshop: Workshop) -> None:
    """The first task of a process: when it is done, so are the imports."""
    global _workshop
    _workshop = workshop


def _work(job: Job) -> Trained:
    return _workshop.do(job)
