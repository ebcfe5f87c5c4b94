"""Trainers that draw signals instead of training: the flow around them is real, and fast to test."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audit.config import AuditConfig, PoolConfig
from audit.data.base import Dataset
from audit.store import ShardStore, key_of, shaping
from audit.training.base import Arm, Schedule, Signals, Task
from audit.training.workshop import Workshop


def small_dataset(records: int = 40, tests: int = 12, classes: int = 4) -> Dataset:
    rng = np.random.default_rng(5)
    ids = np.array([f"r{i}" for i in range(records)])
    names = tuple("abcdefgh"[:classes])
    x, x_test = rng.normal(size=(records, 3)), rng.normal(size=(tests, 3))
    y, y_test = np.arange(records) % classes, np.arange(tests) % classes
    return Dataset("small", x.astype(np.float32), y, x_test.astype(np.float32), y_test, ids, names)


def small_task(name: str = "standard", seed: int = 0, dataset: Dataset | None = None) -> Task:
    held = dataset or small_dataset()
    recipe = AuditConfig().standard
    schedule = Schedule.of(recipe, held.records, 0.5)
    return Task(held, "mlp", Arm(name, "standard", "simulated", recipe, schedule), seed)


@dataclass(frozen=True)
class SimulatedTrainer:
    """Every tenth record is wrong while OUT and right while IN; the others never move."""

    version: str = "simulated-1"
    shift: float = 8.0
    alone: float = 0.0
    each: float = 1e-4
    description: str = "simulated: signals are drawn"

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: np.ndarray, steps: int) -> float:
        """A cost curve in closed form: so much a stack, and so much for each of its models."""
        return self.alone + self.each * len(models)

    def train(self, task: Task, models: Sequence[int], membership: np.ndarray) -> Signals:
        records, tests = task.dataset.records, len(task.dataset.y_test)
        planted = np.arange(records) % 10 == 0
        phi, test_phi = np.empty((len(models), records, 1)), np.empty((len(models), tests, 1))
        for k, model in enumerate(models):
            rng = np.random.default_rng([task.seed, model])
            mean = np.where(planted, self.shift * (membership[k] - 0.5), 3.0)
            phi[k, :, 0], test_phi[k, :, 0] = rng.normal(mean, 1.0), rng.normal(2.0, 1.0, tests)
        absent = np.full(len(models), np.nan)
        return Signals(phi, phi[..., 0] > 0, test_phi, test_phi[..., 0] > 0, absent, np.full(len(models), 0.01))


@dataclass(frozen=True)
class DyingTrainer(SimulatedTrainer):
    """Kills its process on certain models, each so many times; what was counted lies in a folder."""

    ledger: str = ""
    deaths: int = 1
    deadly: tuple[int, ...] = (2,)

    def train(self, task: Task, models: Sequence[int], membership: np.ndarray) -> Signals:
        for model in set(models) & set(self.deadly):
            counted = Path(self.ledger) / str(model)
            if not counted.exists() or len(counted.read_text()) < self.deaths:
                counted.parent.mkdir(exist_ok=True)
                with counted.open("a") as file:
                    file.write("x")
                os._exit(9)
        return super().train(task, models, membership)


@dataclass(frozen=True)
class TellingTrainer(DyingTrainer):
    """Notes which process trained what."""

    here: int = 0

    def train(self, task: Task, models: Sequence[int], membership: np.ndarray) -> Signals:
        Path(self.ledger).mkdir(exist_ok=True)
        with (Path(self.ledger) / "who").open("a") as file:
            file.write(f"{models[0]} {'here' if os.getpid() == self.here else 'there'}\n")
        return super().train(task, models, membership)


@dataclass(frozen=True)
class LateTrainer(TellingTrainer):
    """In one process it only ends when so many stacks were begun in others; or after a minute, to no avail."""

    others: int = 0

    def train(self, task: Task, models: Sequence[int], membership: np.ndarray) -> Signals:
        said, until = super().train(task, models, membership), time.monotonic() + 60
        ledger = Path(self.ledger) / "who"
        while os.getpid() == self.here and ledger.read_text().count("there") < self.others:
            assert time.monotonic() < until, "the others waited"
            time.sleep(0.01)
        return said


@dataclass(frozen=True)
class NarrowTrainer(SimulatedTrainer):
    """Has memory for so many models at once."""

    most: int = 4
    error: type[Exception] = MemoryError
    message: str = ""

    def train(self, task: Task, models: Sequence[int], membership: np.ndarray) -> Signals:
        self._allocate(models)
        return super().train(task, models, membership)

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: np.ndarray, steps: int) -> float:
        self._allocate(models)
        return super().seconds_a_step(task, models, membership, steps)

    def _allocate(self, models: Sequence[int]) -> None:
        if len(models) > self.most:
            raise self.error(self.message)


def small_workshop(folder: Path, trainer: SimulatedTrainer | None = None, seed: int = 0) -> Workshop:
    chosen, task = trainer or SimulatedTrainer(), small_task(seed=seed)
    shaped_by = shaping(task, PoolConfig().inclusion, chosen.version)
    store = ShardStore(folder, key_of(shaped_by), shaped_by)
    return Workshop({"standard": task}, {"standard": store}, PoolConfig().inclusion, {"standard": chosen})
