"""What an audit will do, resolved before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from audit.arms import arms
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import ConfigError
from audit.folder import RunFolder
from audit.leakage import chosen_attacks
from audit.models import ModelCard, build, inspect_model
from audit.privacy import expected_spending
from audit.store import ShardStore, cut, cut_along, key_of, shaping, tapered
from audit.training.base import Arm, Task
from audit.training.choice import trainer_for
from audit.training.layout import Layout, layout_of, wall_seconds
from audit.training.memory import freed_memory_kept
from audit.training.one_by_one import OneByOne
from audit.training.workers import Hands
from audit.training.workshop import Job, Workshop

IMAGE_AXES = 3
WITHOUT_CANARIES = "-without-canaries"
"""Ends the name of what is trained beside an arm to say what canaries cost."""


@dataclass(frozen=True)
class Plan:
    """An audit that is ready to train.

    Attributes:
        config: the resolved config.
        dataset: the records.
        card: what is known of the architecture.
        arms: the training regimes, the standard one first.
        device: `cpu` or `cuda`.
        workshop: what a worker needs.
        layout: stacks and processes; None until `laid_out` has measured them.
    """

    config: AuditConfig
    dataset: Dataset
    card: ModelCard
    arms: tuple[Arm, ...]
    device: str
    workshop: Workshop
    layout: Layout | None = None

    @property
    def workers(self) -> int:
        """Training processes."""
        return self.layout.workers if self.layout else 1

    @property
    def hands(self) -> Hands:
        """Who trains."""
        if self.layout is not None and self.layout.threads:
            return "threads"
        return "processes and this one" if self.device == "cpu" else "processes"

    def models_of(self, name: str) -> int:
        """How many models an arm has, or what is trained beside it without canaries."""
        pool, few = self.config.pool.models, self.config.canaries.cost_models
        return pool if self.workshop.tasks[name].canaries else min(few - few % 2, pool)

    def missing(self) -> dict[str, list[int]]:
        """The models still to be trained, arm by arm."""
        return {name: store.absent(range(self.models_of(name))) for name, store in self.workshop.stores.items()}

    def jobs(self) -> list[Job]:
        """The stacks still to be trained, the longest first."""
        cuts = [(arm, cut_along(models, self._stacks(arm))) for arm, models in self.missing().items() if models]
        jobs = [Job(arm, tuple(models)) for arm, stacks in cuts for models in stacks]
        return sorted(jobs, key=self._seconds, reverse=True)

    def _stacks(self, arm: str) -> list[list[int]]:
        """The stacks of an arm's whole pool; the last ones are smaller where processes would wait for them."""
        assert self.layout is not None
        pace = self.layout.arms[arm]
        whole = cut(range(self.models_of(arm)), pace.stack)
        return tapered(whole, self.workers, pace.least) if self.workers > 1 and not self.layout.threads else whole

    def seconds(self) -> float:
        """Wall time that training is expected to take."""
        threads = self.layout is not None and self.layout.threads
        return wall_seconds([self._seconds(job) for job in self.jobs()], self.workers, threads)

    def _seconds(self, job: Job) -> float:
        return len(job.models) * self._seconds_a_model(job.arm)

    def _seconds_a_model(self, arm: str) -> float:
        assert self.layout is not None
        pace = self.layout.arms[arm]
        return self.workshop.tasks[arm].arm.schedule.steps * pace.seconds_a_step / pace.stack

    def lines(self) -> list[str]:
        """The plan for a person."""
        pool, data = self.config.pool, self.dataset
        expected = data.records * pool.inclusion
        return [
            f"Audit of {self.config.model} on {data.name}: {data.natural_records:,} records, "
            f"{len(data.y_test):,} test records, {data.classes} classes",
            f"{len(self.arms)} arm(s) x {pool.models} models, each trained on about {expected:,.0f} records, "
            f"{self.workers} worker(s) on {self.device}",
            *self._views_line(),
            *self._canaries_line(),
            *(line for arm in self.arms for line in self.arm_lines(arm)),
            self._total_line(),
        ]

    def arm_lines(self, arm: Arm) -> list[str]:
        """How an arm is trained, for a person."""
        return [f"  {arm.name}: {_arm_line(arm)}", *self._pace_lines(arm.name)]

    def _views_line(self) -> list[str]:
        views = next(iter(self.workshop.tasks.values())).views
        return [f"every record is asked about in {len(views)} views: {', '.join(views)}"] if len(views) > 1 else []

    def _canaries_line(self) -> list[str]:
        data, extra = self.dataset, [name for name, task in self.workshop.tasks.items() if not task.canaries]
        if not data.canaries:
            return []
        cost = f"; {self.models_of(extra[0])} models an arm without them, to say what they cost" if extra else ""
        return [f"{data.canaries:,} canaries ({self.config.canaries.kind}), IN by fair coins as the records are{cost}"]

    def _pace_lines(self, arm: str) -> list[str]:
        """How an arm is trained; nothing where nothing of it is left to train."""
        if self.layout is None or not self.workshop.stores[arm].absent(range(self.models_of(arm))):
            return []
        stack, each = self.layout.arms[arm].stack, self._seconds_a_model(arm)
        return [
            f"    {self.workshop.trainers[arm].description}",
            f"    {stack} model(s) a stack, measured: {each:.2g} s a model",
        ]

    def _total_line(self) -> str:
        left = sum(map(len, self.missing().values()))
        if not left:
            return "every model is on disk: nothing is left to train"
        return f"about {self.seconds():,.0f} s to train {left} model(s) with {self.workers} worker(s)"


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
    for arm in all_arms:
        if arm.target_epsilon is not None:
            expected_spending(arm)  # an accountant that fails on it does so now and not after training
    views = views_for(config, dataset)
    tasks = {arm.name: Task(dataset, config.model, arm, config.pool.seed, device, views) for arm in all_arms}
    if dataset.canaries and config.canaries.cost_models > 1:
        tasks |= {f"{name}{WITHOUT_CANARIES}": replace(task, canaries=False) for name, task in tasks.items()}
    trainers = {name: trainer_for(task) for name, task in tasks.items()}
    if any(isinstance(trainers[arm.name], OneByOne) and arm.recipe.max_grad_norm for arm in all_arms):
        _check_clipping(config, dataset)
    stores = {name: _store(name, task, config, folder, trainers[name].version) for name, task in tasks.items()}
    workshop = Workshop(tasks, stores, config.pool.inclusion, trainers)
    return Plan(config, dataset, card, all_arms, device, workshop)


def laid_out(plan: Plan, kept: Layout | None) -> Plan:
    """The plan with stacks and processes: as asked, as the run began, or by measuring a few steps of each arm.

    Args:
        plan: what is to be done.
        kept: how the run was trained so far.

    Raises:
        TrainingError: if an arm cannot even make its first steps.
    """
    stack = None if plan.config.stack == "auto" else plan.config.stack
    workers = workers_of(plan.config, plan.device)
    with freed_memory_kept():  # as it is while training
        return replace(plan, layout=layout_of(plan.workshop, plan.missing(), stack, workers, kept))


def device_of(config: AuditConfig) -> str:
    """The device to train on.

    Raises:
        ConfigError: if a GPU is asked for and there is none.
    """
    import torch

    if config.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda: this PyTorch sees no GPU", "use --device cpu, or install a CUDA build")
    return "cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu"


def views_for(config: AuditConfig, dataset: Dataset) -> tuple[str, ...]:
    """What trained models are asked of every record.

    Raises:
        ConfigError: if other views than the record itself are asked for and it is no image.
    """
    asked = config.pool.views
    if len(asked) > 1 and len(dataset.in_shape) != IMAGE_AXES:
        raise ConfigError(
            f"pool.views: {', '.join(asked[1:])}: records of {dataset.name} are no images",
            "leave --views and pool.views out",
        )
    return asked


def workers_of(config: AuditConfig, device: str) -> tuple[int, ...]:
    """Numbers of training processes to choose from: on a CPU this one, or one a usable core; on a GPU one; or as set.

    One process on a CPU trains at once; more have to be started first.
    """
    if config.workers != "auto":
        return (config.workers,)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (1, usable) if device == "cpu" and usable > 1 else (1,)


def _check_clipping(config: AuditConfig, dataset: Dataset) -> None:
    """Take two records' gradients once, so that a model that cannot be clipped is refused before any training.

    Stacks have passed a trial; this is for models that are trained one at a time.

    Raises:
        ModelError: if the gradients of single records do not add up to that of their batch.
    """
    import torch

    from audit.training.per_example import per_example

    model = build(config.model, dataset.in_shape, dataset.classes, seed=0)
    per_example(model, torch.from_numpy(dataset.x[:2]), torch.from_numpy(dataset.y[:2]))


def _store(name: str, task: Task, config: AuditConfig, folder: RunFolder, trainer_version: str) -> ShardStore:
    shaped_by: Mapping[str, object] = shaping(task, config.pool.inclusion, trainer_version)
    return ShardStore(folder.arm_folder(name), key_of(shaped_by), shaped_by)


def _arm_line(arm: Arm) -> str:
    schedule, clip = arm.schedule, arm.recipe.max_grad_norm
    parts = [f"{schedule.steps} steps of {schedule.expected_batch:.0f} records ({arm.recipe.sampling})"]
    parts += [f"gradients clipped at {clip:g}"] if clip else []
    parts += [f"noise multiplier {arm.noise_multiplier:.3f}"] if arm.noise_multiplier else []
    if arm.target_epsilon and arm.delta:
        parts += [f"epsilon {expected_spending(arm):.3g} of {arm.target_epsilon:g} at delta {arm.delta:.2g}"]
    return ", ".join(parts)
