"""Single training runs on all records, watched."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audit.arms import arms
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.experiments.proxies.traces import TraceWatch, epoch_ends
from audit.experiments.training import Crew, Training, Wanted
from audit.experiments.watching import Watching
from audit.training.base import Arm, Task
from audit.training.choice import trainer_for

STREAM = 0x0B0E
"""Key of the runs' streams, apart from all of a pool's: no run begins with the weights of one of its models."""


def arm_on_all(config: AuditConfig, dataset: Dataset, name: str) -> Arm:
    """A training regime on all records: its schedule, and the noise that its epsilon needs, are resolved anew.

    Args:
        config: the audit's.
        dataset: the records.
        name: one of its arms.

    Raises:
        PrivacyError: if its epsilon cannot be had.
    """
    whole = config.model_copy(update={"pool": config.pool.model_copy(update={"inclusion": 1.0})})
    return next(arm for arm in arms(whole, dataset.records) if arm.name == name)


def task_of(config: AuditConfig, dataset: Dataset, device: str, arm: Arm) -> Task:
    """The task of runs that are trained on all records.

    Args:
        config: the audit's.
        dataset: the records.
        device: `cpu` or `cuda`.
        arm: the training regime on all records.
    """
    seed = int(np.random.SeedSequence(config.pool.seed, spawn_key=(STREAM,)).generate_state(1)[0])
    return Task(dataset, config.model, arm, seed, device, all_in=True)


def training_of(task: Task, folder: Path, runs: int, between: float, crew: Crew) -> Training:
    """The runs, laid out.

    Args:
        task: what is trained and how.
        folder: where the shards go.
        runs: how many.
        between: epochs between two looks at all records.
        crew: how to train.

    Raises:
        TrainingError: if a model cannot even make its first steps.
        PoolError: if what lies on disk was made by other settings or is damaged.
    """
    watch = TraceWatch(epoch_ends(task.arm.schedule, between))
    trainer = Watching(trainer_for(task), watch)
    name = f"{task.arm.name}-every-{between:g}"
    return Training.of("proxies", folder, {name: Wanted(task, range(runs), trainer)}, 1.0, crew)
