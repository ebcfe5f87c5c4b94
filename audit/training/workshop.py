"""One stack after the other: trained, halved where memory does not suffice, and saved as a shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from audit.membership import membership_row
from audit.store import ShardStore, cut
from audit.training.base import Bools, Signals, Task, Trainer
from audit.training.out_of_memory import give_back, half, is_out_of_memory, too_large


@dataclass(frozen=True, slots=True)
class Job:
    """One stack to train: an arm's name and the models of the stack."""

    arm: str
    models: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """A job that is done: its models lie on disk.

    Attributes:
        job: what was asked.
        seconds: mean training time of a model; NaN where all of them lay on disk before.
        halved_to: the size of stack that memory sufficed for, where this job found the size before too large.
    """

    job: Job
    seconds: float
    halved_to: int | None = None

    @property
    def note(self) -> str:
        """What a person should know of it; mostly nothing."""
        if self.halved_to is None:
            return ""
        return (
            f"arm {self.job.arm}: memory did not suffice for a stack of {len(self.job.models)} models; "
            f"it goes on with stacks of {self.halved_to}"
        )


@dataclass(frozen=True, slots=True)
class Workshop:
    """What is needed to turn a job into shards on disk.

    Attributes:
        tasks: arm name -> task.
        stores: arm name -> where its shards go.
        inclusion: probability of a record to be IN.
        trainers: arm name -> the way of training.
        fits: arm name -> the most models that this process tries at once, since memory did not suffice for more.
    """

    tasks: Mapping[str, Task]
    stores: Mapping[str, ShardStore]
    inclusion: float
    trainers: Mapping[str, Trainer]
    fits: dict[str, int] = field(default_factory=dict)

    def do(self, job: Job) -> Trained:
        """Train a stack and save it, as one shard if memory suffices.

        Raises:
            TrainingError: if a model cannot be trained, or not even one fits into memory.
        """
        store, before, seconds = self.stores[job.arm], self.fits.get(job.arm), list[float]()
        while left := store.absent(job.models):  # of a stack whose process died, halves may lie on disk
            models = cut(left, self.fits.get(job.arm, left[-1] + 1))[0]
            signals = self._signals(job.arm, models)
            if signals is not None:
                store.write(models, signals)
                seconds.extend(signals.seconds)
        after = self.fits.get(job.arm)
        return Trained(job, float(np.mean(seconds)) if seconds else np.nan, after if after != before else None)

    def memberships(self, arm: str, models: Sequence[int]) -> Bools:
        """Who is IN: Bool [models, records]."""
        task = self.tasks[arm]
        rows = np.stack([membership_row(k, task.dataset.records, self.inclusion, task.seed) for k in models])
        rows |= task.all_in
        if not task.canaries:
            rows[:, task.dataset.natural_records :] = False
        if task.left_out is not None:
            rows &= ~(task.left_out[list(models)] if task.left_out.ndim > 1 else task.left_out)
        return rows

    def _signals(self, arm: str, models: Sequence[int]) -> Signals | None:
        """Train models together; None if memory did not suffice, and then fewer fit."""
        try:
            return self.trainers[arm].train(self.tasks[arm], models, self.memberships(arm, models))
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if len(models) == 1:
                raise too_large(arm, models[0]) from error
        self.fits[arm] = half(len(models))
        give_back()  # only here: the error, and all that it holds, is gone
        return None
