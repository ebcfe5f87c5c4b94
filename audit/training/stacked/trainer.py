"""Training several models as one stack: the streams, batches and steps of each are those it has alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from audit.models import build
from audit.privacy import spent_epsilon
from audit.signals import Outputs
from audit.training.base import Bools, Running, Signals, Task
from audit.training.one_by_one import asked, diverged, multiplied_in, none_is_in, repeatable
from audit.training.stacked.gradients import StackBatch, StackGradients
from audit.training.stacked.rows import Rows, rows_of
from audit.training.stacked.updates import ClippedStackUpdate, PlainStackUpdate, StackUpdate
from audit.training.streams import Purpose, torch_seed
from audit.training.tensors import Tensors
from audit.training.timing import median_seconds, shortened
from audit.training.updates import rate_at

_RECORDS_AT_ONCE = 16384
"""The most records of all models together that pass through the networks at once."""

_GRADIENTS_AT_ONCE = 2048
"""The most records of all models together whose gradients may be written out at once, as some layers do."""

_NUMBERS_AT_ONCE, _NUMBERS_A_NUMBER = 2**28, 200
"""A gigabyte; and what a pass holds for each number of a record, convolutions' patches above all: a generous guess."""

_LOOK_EVERY = 50
"""Steps between looks at the losses: looking makes a GPU wait."""


class Stacked:
    """A trainer that trains all models of a call as one stack, on one thread.

    Args:
        way: how it gets a stack's gradients.
        reason: why not in a faster way; empty where there is none.
        tf32: multiply in TensorFloat-32 on a GPU; never where gradients are clipped.
    """

    def __init__(self, way: type[StackGradients], reason: str = "", tf32: bool = False) -> None:
        self._way, self._tf32 = way, tf32
        precision = ", tf32" if tf32 else ""
        self.version = f"{way.version} 4{precision}"
        self.description = f"stacked: {way.description}{precision}" + (f"; {reason}" if reason else "")

    def train(self, task: Task, models: Sequence[int], membership: Bools) -> Signals:
        """Train the models and return their signals; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if a model's loss is not finite, or no record is IN.
        """
        started = time.perf_counter()
        with self.running(task, models, membership) as run:
            for _ in run.steps():
                pass
            return run.signals((time.perf_counter() - started) / len(models))

    @contextmanager
    def running(self, task: Task, models: Sequence[int], membership: Bools) -> Iterator[Running]:
        """The models with their initial weights, to be trained and watched; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if no record is IN.
        """
        with repeatable(task.device), multiplied_in(self._tf32):
            yield _Run.begun(self._way, task, models, membership)

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: Bools, steps: int) -> float:
        """Median wall time of a step of the whole stack, in seconds; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.
            steps: number of steps to time.

        Raises:
            TrainingError: if a model's loss is not finite, or no record is IN.
        """
        few = shortened(task, steps)
        with repeatable(task.device), multiplied_in(self._tf32):
            return median_seconds(_Run.begun(self._way, few, models, membership).steps(), steps)


@dataclass(frozen=True, slots=True)
class _Run:
    """One stack in training.

    Attributes:
        task: what is trained and how.
        models: the models' numbers in the pool.
        membership: Bool [models, records].
        tensors: the records on the device.
        gradients: the stack.
        update: what makes its steps.
    """

    task: Task
    models: Sequence[int]
    membership: Bools
    tensors: Tensors
    gradients: StackGradients
    update: StackUpdate

    @classmethod
    def begun(cls, way: type[StackGradients], task: Task, models: Sequence[int], membership: Bools) -> _Run:
        """A stack with its initial weights.

        Raises:
            TrainingError: if no record is IN one of the models.
        """
        for model, is_in in zip(models, membership, strict=True):
            if not is_in.any():
                raise none_is_in(task.arm, model)
        seeds = [torch_seed(task.seed, model, Purpose.DROPOUT) for model in models]
        gradients = way(initial_models(task, models), seeds)
        return cls(task, models, membership, Tensors.of(task), gradients, _update(task, models, gradients))

    def steps(self) -> Iterator[None]:
        """Make every step of the schedule, one each time that the next is asked for.

        Raises:
            TrainingError: soon after the first loss that is not finite.
        """
        recipe, count = self.task.arm.recipe, self.task.arm.schedule.steps
        losses = torch.zeros(count, len(self.models), device=self.task.device)
        for step, rows in enumerate(rows_of(self.task, self.models, self.membership)):
            self.gradients.begin(step)
            losses[step] = self.update(self._parts(rows), rate_at(recipe, step, count))
            if step % _LOOK_EVERY == 0 or step == count - 1:
                self._check_finite(losses)
            yield

    def signals(self, seconds: float) -> Signals:
        """What the trained models say of every record.

        Args:
            seconds: training time of a model.

        Raises:
            TrainingError: if it is not finite.
        """
        held = self.tensors
        said, of_tests = self._asked(*held.audited), self._asked(*held.tests)
        for model, of_model, of_test in zip(self.models, said.phi, of_tests.phi, strict=True):
            if not (np.isfinite(of_model).all() and np.isfinite(of_test).all()):
                raise diverged(self.task.arm, model, self.task.arm.schedule.steps)
        each = np.ones(len(self.models))
        return Signals.of(said, of_tests, each * self.spent, each * seconds)

    def logits(self, x: Tensor) -> Tensor:
        """See `Running`."""
        own = x if x.dim() > 1 + len(self.task.dataset.in_shape) else x.expand(len(self.models), *x.shape)
        return self.gradients.logits(own)

    @property
    def at_once(self) -> int:
        """See `Running`."""
        return max(1, self._records_at_once // len(self.models))

    def norms(self, x: Tensor, y: Tensor) -> Tensor:
        """See `Running`."""
        models = len(self.models)
        whole = StackBatch(x.expand(models, *x.shape), y.expand(models, *y.shape))
        parts = whole.split(max(1, min(_GRADIENTS_AT_ONCE, self._records_at_once) // models))
        return torch.cat([self.gradients.norms(part) for part in parts], dim=1)

    @property
    def spent(self) -> float:
        """See `Running`."""
        arm = self.task.arm
        if arm.target_epsilon is None or arm.delta is None:
            return math.nan
        assert isinstance(self.update, ClippedStackUpdate)
        return spent_epsilon(self.update.accountant, arm.delta, arm.target_epsilon)

    def _parts(self, rows: Rows) -> list[StackBatch]:
        models, batch = rows.index.shape
        picked = rows.index.flatten()
        x, y = (held.index_select(0, picked) for held in (self.tensors.x, self.tensors.y))
        whole = StackBatch(x.view(models, batch, *x.shape[1:]), y.view(models, batch, *y.shape[1:]), rows.kept)
        return whole.split(max(1, self._records_at_once // models))

    @property
    def _records_at_once(self) -> int:
        of_record = _NUMBERS_A_NUMBER * math.prod(self.task.dataset.in_shape)
        return min(_RECORDS_AT_ONCE, _NUMBERS_AT_ONCE // of_record)

    def _check_finite(self, losses: Tensor) -> None:
        bad = ~torch.isfinite(losses)
        if bad.any():
            step, place = (int(n) for n in bad.nonzero()[0])
            raise diverged(self.task.arm, self.models[place], step)

    def _asked(self, x: Tensor, y: Tensor) -> Outputs:
        """What every model says of records, view by view."""
        return asked(self.logits, x, y, self.task.views, self.at_once)


def initial_models(task: Task, models: Sequence[int]) -> list[nn.Module]:
    """Models with their initial weights, the same as if each were trained alone.

    Args:
        task: names the architecture and the device.
        models: the models' numbers in the pool.
    """
    seeds = [torch_seed(task.seed, model, Purpose.WEIGHTS) for model in models]
    shape, classes = task.dataset.in_shape, task.dataset.classes
    return [build(task.model, shape, classes, seed).to(task.device) for seed in seeds]


def _update(task: Task, models: Sequence[int], gradients: StackGradients) -> StackUpdate:
    if task.arm.recipe.max_grad_norm is None:
        return PlainStackUpdate(gradients, task.arm)
    seeds = [torch_seed(task.seed, model, Purpose.NOISE) for model in models]
    noise = [torch.Generator(task.device).manual_seed(seed) for seed in seeds]
    return ClippedStackUpdate(gradients, task.arm, noise)
