"""Trainers that watch their models: between the steps, and after the last."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from audit.training.base import Bools, Running, Signals, Task, Trainer
from audit.training.one_by_one import OneByOne

Arrays = Mapping[str, NDArray[Any]]


class Watch(Protocol):
    """What is asked of models in training; picklable, since processes train.

    Attributes:
        version: changes whenever the same models would be read otherwise; part of every shard's key.
    """

    @property
    def version(self) -> str: ...  # noqa: D102 - see the class

    def __call__(self, run: Running) -> Arrays:
        """Make all of the models' steps, ask what is wanted, and return it.

        What is read of a model depends on it alone, not on the models beside it.

        Args:
            run: the models with their initial weights.

        Returns:
            Name -> array [models, ...].

        Raises:
            TrainingError: if a loss is not finite.
        """
        ...


@dataclass(frozen=True)
class Watching:
    """A trainer whose signals also hold what was watched; see `Trainer`.

    Attributes:
        trainer: trains.
        watch: asks.
        signals: whether the models are also asked about every record, as an audit does; not of sequences.
    """

    trainer: Trainer
    watch: Watch
    signals: bool = True

    @property
    def version(self) -> str:
        """The trainer's version, and the watch's."""
        return f"{self.trainer.version}; {self.watch.version}"

    @property
    def description(self) -> str:
        """See `Trainer`."""
        return self.trainer.description

    def train(self, task: Task, models: Sequence[int], membership: Bools) -> Signals:
        """Train the models, watch them, and return their signals; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if a model's loss is not finite.
        """
        size = 1 if isinstance(self.trainer, OneByOne) else len(models)
        parts = [slice(start, start + size) for start in range(0, len(models), size)]
        return Signals.joined([self._together(task, models[part], membership[part]) for part in parts])

    def running(self, task: Task, models: Sequence[int], membership: Bools) -> Any:
        """See `Trainer`."""
        return self.trainer.running(task, models, membership)

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: Bools, steps: int) -> float:
        """Wall time of a step without what is asked beside it, in seconds; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records].
            steps: number of steps to time.
        """
        return self.trainer.seconds_a_step(task, models, membership, steps)

    def _together(self, task: Task, models: Sequence[int], membership: Bools) -> Signals:
        started = time.perf_counter()
        with self.trainer.running(task, models, membership) as run:
            extra = self.watch(run)
            seconds = (time.perf_counter() - started) / len(models)
            each = np.ones(len(models))
            said = run.signals(seconds) if self.signals else Signals.none(each * run.spent, each * seconds)
        return replace(said, extra=extra)
