"""What an audit will do, resolved before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from audit.arms import arms
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import ConfigError
from audit.folder import RunFolder
from audit.leakage import chosen_attacks
from audit.models import ModelCard, build, inspect_model
from audit.store import ShardStore, key_of, shaping
from audit.training.base import Arm, Task
from audit.training.choice import trainer_for
from audit.training.workers import Job, Workshop


@dataclass(frozen=True)
class Plan:
    """An audit that is ready to train.

    Attributes:
        config: the resolved config.
        dataset: the records.
        card: what is known of the architecture.
        arms: the training regimes, the standard one first.
        device: `cpu` or `cuda`.
        workers: training processes.
        workshop: what a worker needs.
    """

    config: AuditConfig
    dataset: Dataset
    card: ModelCard
    arms: tuple[Arm, ...]
    device: str
    workers: int
    workshop: Workshop

    def missing(self) -> dict[str, list[Job]]:
        """The shards still to be trained, arm by arm."""
        return {arm.name: self._missing(arm.name) for arm in self.arms}

    def _missing(self, arm: str) -> list[Job]:
        store, pool = self.workshop.stores[arm], self.config.pool
        return [Job(arm, tuple(models)) for models in store.missing(store.cuts(pool.models, pool.shard))]

    def lines(self) -> list[str]:
        """The plan for a person."""
        pool, data = self.config.pool, self.dataset
        expected = data.records * pool.inclusion
        return [
            f"Audit of {self.config.model} on {data.name}: {data.records:,} records, "
            f"{len(data.y_test):,} test records, {data.classes} classes",
            f"{len(self.arms)} arm(s) x {pool.models} models, each trained on about {expected:,.0f} records, "
            f"{self.workers} worker(s) on {self.device}",
            *(f"  {arm.name}: {_arm_line(arm)}" for arm in self.arms),
        ]


def plan_of(config: AuditConfig, dataset: Dataset, folder: RunFolder) -> Plan:
    """Resolve everything that can fail before training: arms, privacy, architecture, device.

    Args:
        config: the checked config, whole pairs.
        dataset: the records.
        folder: where shards go.

    Raises:
        AuditError: a subclass of it, for whatever cannot be done as asked.
    """
    chosen_attacks(config.analysis)
    card = inspect_model(config.model, dataset.in_shape, dataset.classes)
    device = device_of(config)
    all_arms = arms(config, dataset.records)
    if any(arm.recipe.max_grad_norm for arm in all_arms):
        _check_clipping(config, dataset)
    tasks = {arm.name: Task(dataset, config.model, arm, config.pool.seed, device) for arm in all_arms}
    trainer = trainer_for(next(iter(tasks.values())))
    stores = {name: _store(task, config, folder, trainer.version) for name, task in tasks.items()}
    workshop = Workshop(tasks, stores, config.pool.inclusion, trainer)
    return Plan(config, dataset, card, all_arms, device, workers_of(config, device), workshop)


def device_of(config: AuditConfig) -> str:
    """The device to train on.

    Raises:
        ConfigError: if a GPU is asked for and there is none.
    """
    import torch

    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: this PyTorch sees no GPU", "use --device cpu, or install a CUDA build")
    return "cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu"


def workers_of(config: AuditConfig, device: str) -> int:
    """Training processes: one a usable core on a CPU, one on a GPU, or as asked."""
    if config.workers != "auto":
        return config.workers
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable if device == "cpu" else 1


def _check_clipping(config: AuditConfig, dataset: Dataset) -> None:
    """Take two records' gradients once, so that a model that cannot be clipped is refused before any training.

    Raises:
        ModelError: if the gradients of single records do not add up to that of their batch.
    """
    import torch

    from audit.training.per_example import per_example

    model = build(config.model, dataset.in_shape, dataset.classes, seed=0)
    per_example(model, torch.from_numpy(dataset.x[:2]), torch.from_numpy(dataset.y[:2]))


def _store(task: Task, config: AuditConfig, folder: RunFolder, trainer_version: str) -> ShardStore:
    shaped_by: Mapping[str, object] = shaping(task, config.pool.inclusion, trainer_version)
    return ShardStore(folder.arm_folder(task.arm.name), key_of(shaped_by), shaped_by)


def _arm_line(arm: Arm) -> str:
    schedule, clip = arm.schedule, arm.recipe.max_grad_norm
    parts = [f"{schedule.steps} steps of {schedule.expected_batch:.0f} records ({arm.recipe.sampling})"]
    parts += [f"gradients clipped at {clip:g}"] if clip else []
    parts += [f"noise multiplier {arm.noise_multiplier:.3f}"] if arm.noise_multiplier else []
    parts += [f"epsilon {arm.target_epsilon:g} at delta {arm.delta:.2g}"] if arm.target_epsilon and arm.delta else []
    return ", ".join(parts)
