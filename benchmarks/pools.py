"""The project's side: a pool of one arm, trained as an audit trains it."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audit.config import AuditConfig, DataConfig, DPConfig, PoolConfig
from audit.data import load
from audit.folder import RunFolder
from audit.membership import membership_matrix
from audit.models import build
from audit.pipeline import train_missing
from audit.plan import Plan, laid_out, plan_of
from audit.progress import Silent
from audit.training.base import Task
from audit.training.streams import Purpose, torch_seed
from benchmarks.cases import Case
from benchmarks.loops import Loop
from benchmarks.sources import source_of

EPSILON, INCLUSION = 8.0, 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """How a pool is laid out.

    Attributes:
        stack: models a stack; `auto` leaves the choice to the audit.
        workers: training processes; likewise.
    """

    stack: int | Literal["auto"] = "auto"
    workers: int | Literal["auto"] = "auto"


AUTO = Layout()


@dataclass(frozen=True, slots=True)
class PoolTime:
    """How long a pool took.

    Attributes:
        measuring: seconds in which the audit tries a few steps and chooses its stacks.
        training: seconds from then to the last signal saved, the start of processes included.
    """

    measuring: float
    training: float

    @property
    def whole(self) -> float:
        """All of it, in seconds: what a person waits for."""
        return self.measuring + self.training


def config_of(case: Case, layout: Layout = AUTO) -> AuditConfig:
    """The audit that trains a case's pool; a private one has a standard arm beside it, which is never trained here.

    Args:
        case: what is trained.
        layout: processes and stacks.
    """
    return AuditConfig(
        data=DataConfig(source=source_of(case.data)),
        model=case.model,
        pool=PoolConfig(models=case.models, inclusion=INCLUSION),
        standard=case.recipe.model_copy(update={"sampling": "shuffle", "max_grad_norm": None}),
        dp=DPConfig(epsilons=(EPSILON,), recipe=case.recipe) if case.private else DPConfig(),
        device="cpu",
        stack=layout.stack,
        workers=layout.workers,
    )


def one_arm(case: Case, out: Path, layout: Layout = AUTO) -> Plan:
    """The plan of a case's arm alone, not yet laid out.

    Args:
        case: what is trained.
        out: an empty folder for its shards.
        layout: processes and stacks.
    """
    config = config_of(case, layout)
    plan = plan_of(config, load(config.data), RunFolder(out))
    arms = tuple(arm for arm in plan.arms if (arm.kind == "dp") == case.private)
    shop, names = plan.workshop, [arm.name for arm in arms]
    alone = replace(
        shop,
        tasks={name: shop.tasks[name] for name in names},
        stores={name: shop.stores[name] for name in names},
        trainers={name: shop.trainers[name] for name in names},
    )
    return replace(plan, arms=arms, workshop=alone)


def pool_time(case: Case, layout: Layout = AUTO) -> PoolTime:
    """Train a pool into an empty folder.

    What is done once for any number of models (reading the data, calibrating the noise) is not in the time.

    Args:
        case: what is trained.
        layout: processes and stacks.
    """
    with tempfile.TemporaryDirectory() as folder:
        plan = one_arm(case, Path(folder), layout)
        started = time.perf_counter()
        plan = laid_out(plan, None)
        measured = time.perf_counter()
        train_missing(plan, Silent())
        return PoolTime(measured - started, time.perf_counter() - measured)


def whole_seconds(case: Case) -> float:
    """Seconds of a whole pool, laid out as the audit chooses; see `PoolTime`.

    Args:
        case: what is trained.
    """
    return pool_time(case).whole


def task_of(case: Case) -> Task:
    """What the models of a pool are trained on and how.

    Args:
        case: what is trained.
    """
    with tempfile.TemporaryDirectory() as folder:
        (task,) = one_arm(case, Path(folder)).workshop.tasks.values()
        return task


def loop_of(task: Task, is_in: NDArray[np.bool_]) -> Loop:
    """The first models of a pool for training by hand: same initial weights, records, recipe and noise.

    Args:
        task: what is trained and how; its recipe is SGD at a constant rate.
        is_in: Bool [models, records]; the models' membership rows.
    """
    dataset, arm = task.dataset, task.arm
    assert (arm.recipe.optimizer, arm.recipe.schedule, arm.recipe.weight_decay) == ("sgd", "constant", 0.0)
    seeds = [torch_seed(task.seed, model, Purpose.WEIGHTS) for model in range(len(is_in))]
    return Loop(
        networks=[build(task.model, dataset.in_shape, dataset.classes, seed) for seed in seeds],
        is_in=is_in,
        x=dataset.x,
        y=dataset.y,
        x_test=dataset.x_test,
        steps=arm.schedule.steps,
        batch=arm.schedule.expected_batch,
        learning_rate=arm.recipe.learning_rate,
        momentum=arm.recipe.momentum,
        sample_rate=arm.schedule.sample_rate,
        max_grad_norm=arm.recipe.max_grad_norm,
        noise_multiplier=arm.noise_multiplier,
        accountant=arm.accountant,
    )


def loop_beside(case: Case) -> Loop:
    """The loop that a case is compared with, over as many models as are timed.

    Args:
        case: what is trained.
    """
    task = task_of(case)
    return loop_of(task, membership_matrix(case.timed, task.dataset.records, INCLUSION, task.seed))
