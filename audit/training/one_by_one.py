"""Training one model after the other, each from streams of its own: slow, plain, and the reference for the rest."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from audit.errors import TrainingError
from audit.models import build, seeded
from audit.privacy import spent_epsilon
from audit.signals import Outputs
from audit.training.base import Arm, Bools, Running, Signals, Task
from audit.training.batches import batches
from audit.training.losses import summed_loss
from audit.training.per_example import trainable
from audit.training.streams import Purpose, stream, torch_seed
from audit.training.tensors import Tensors
from audit.training.timing import median_seconds, shortened
from audit.training.updates import ClippedUpdate, PlainUpdate, Update, rate_at
from audit.training.views import views_of

_RECORDS_AT_ONCE = 512


class OneByOne:
    """A trainer that trains one model at a time, on one thread.

    Args:
        reason: why models are not trained together; empty where nothing keeps them from it.
    """

    version = "one-by-one 3"

    def __init__(self, reason: str = "") -> None:
        self.description = f"one at a time: {reason}" if reason else "one at a time"

    def train(self, task: Task, models: Sequence[int], membership: Bools) -> Signals:
        """Train the models and return their signals; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if a model's loss is not finite, or no record is IN.
        """
        tensors = Tensors.of(task)
        with repeatable(task.device), multiplied_in(tf32=False):
            rows = zip(models, membership, strict=True)
            return Signals.joined([signals_of(task, tensors, model, is_in) for model, is_in in rows])

    @contextmanager
    def running(self, task: Task, models: Sequence[int], membership: Bools) -> Iterator[Running]:
        """A model with its initial weights, to be trained and watched; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the model's number in the pool, and no other.
            membership: Bool [1, records]; True where a record is IN.

        Raises:
            TrainingError: if no record is IN.
        """
        tensors = Tensors.of(task)
        (model,), (is_in,) = models, membership
        with repeatable(task.device), multiplied_in(tf32=False):
            network, update = _begun(task, tensors, model, is_in)
            yield _Single(task, tensors, models, membership, network, update)

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: Bools, steps: int) -> float:
        """Sum over the models of the median wall time of a step, in seconds; see `Trainer`.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.
            steps: number of steps to time, of each model.

        Raises:
            TrainingError: if a model's loss is not finite, or no record is IN.
        """
        few = shortened(task, steps)
        tensors = Tensors.of(few)
        with repeatable(task.device), multiplied_in(tf32=False):
            rows = zip(models, membership, strict=True)
            return sum(_seconds_a_step(few, tensors, model, is_in, steps) for model, is_in in rows)


@contextmanager
def repeatable(device: str) -> Iterator[None]:
    """One thread and deterministic algorithms for a while: the same bytes whatever runs beside it."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    if device != "cpu":  # on one thread of a CPU every algorithm is; the switch would cost filling all memory
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


@contextmanager
def multiplied_in(tf32: bool) -> Iterator[None]:
    """TensorFloat-32 or full float32 products on a GPU for a while; torch's own default mixes the two.

    Args:
        tf32: whether ten bits of mantissa are enough.
    """
    matmul, convolution = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, convolution.allow_tf32
    matmul.allow_tf32 = convolution.allow_tf32 = tf32
    try:
        yield
    finally:
        matmul.allow_tf32, convolution.allow_tf32 = before


def signals_of(task: Task, tensors: Tensors, model: int, is_in: Bools) -> Signals:
    """Train one model and ask it about every record.

    Args:
        task: what is trained and how.
        tensors: the task's records on its device.
        model: the model's number in the pool.
        is_in: Bool [records]; the model's membership row.

    Raises:
        TrainingError: if what it says is not finite.
    """
    started = time.perf_counter()
    network, spent = trained(task, tensors, model, is_in)
    return _said(task, tensors, model, network, (spent, time.perf_counter() - started))


def _said(
    task: Task, tensors: Tensors, model: int, network: nn.Module, spent_and_seconds: tuple[float, float]
) -> Signals:
    network.eval()
    said, of_tests = (_asked(network, *held, task.views) for held in (tensors.audited, tensors.tests))
    if not (np.isfinite(said.phi).all() and np.isfinite(of_tests.phi).all()):
        raise diverged(task.arm, model, task.arm.schedule.steps)
    spent, seconds = (np.array([each]) for each in spent_and_seconds)
    return Signals.of(said, of_tests, spent, seconds)


def trained(task: Task, tensors: Tensors, model: int, is_in: Bools) -> tuple[nn.Module, float]:
    """Train one model.

    Args:
        task: what is trained and how.
        tensors: the task's records on its device.
        model: the model's number in the pool.
        is_in: Bool [records]; the model's membership row.

    Returns:
        The model, and the epsilon that its accountant says was spent; NaN without DP.

    Raises:
        TrainingError: if the loss is not finite, or no record is IN.
    """
    network, update = _begun(task, tensors, model, is_in)
    with seeded(torch_seed(task.seed, model, Purpose.DROPOUT)):
        for _ in _steps(task, tensors, model, is_in, update):
            pass
    return network, _spent(task.arm, update)


@dataclass(frozen=True, slots=True)
class _Single:
    """One model in training; see `Running`."""

    task: Task
    tensors: Tensors
    models: Sequence[int]
    membership: Bools
    network: nn.Module
    update: Update

    @property
    def spent(self) -> float:
        """See `Running`."""
        return _spent(self.task.arm, self.update)

    def steps(self) -> Iterator[None]:
        """See `Running`."""
        with seeded(torch_seed(self.task.seed, self.models[0], Purpose.DROPOUT)):
            yield from _steps(self.task, self.tensors, self.models[0], self.membership[0], self.update)

    def logits(self, x: Tensor) -> Tensor:
        """See `Running`."""
        self.network.eval()
        own = x[0] if x.dim() > 1 + len(self.task.dataset.in_shape) else x
        said: Tensor = self.network(own)[None]
        self.network.train()
        return said

    @property
    def at_once(self) -> int:
        """See `Running`."""
        return _RECORDS_AT_ONCE

    def norms(self, x: Tensor, y: Tensor) -> Tensor:
        """See `Running`; a backward pass a record, through a copy that no hook of a clipping engine watches."""
        held, task = self.network.state_dict(), self.task
        plain = build(task.model, task.dataset.in_shape, task.dataset.classes, seed=0).to(task.device).eval()
        plain.load_state_dict(held)
        return torch.stack([_norm(plain, x[row : row + 1], y[row : row + 1]) for row in range(len(x))])[None]

    def signals(self, seconds: float) -> Signals:
        """See `Running`."""
        return _said(self.task, self.tensors, self.models[0], self.network, (self.spent, seconds))


def _norm(network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Norm of the gradient of one record's loss."""
    loss = summed_loss(network(x), y)
    gradients = torch.autograd.grad(loss, trainable(network), materialize_grads=True)
    return torch.stack([torch.linalg.vector_norm(each) for each in gradients]).norm()


def _seconds_a_step(task: Task, tensors: Tensors, model: int, is_in: Bools, steps: int) -> float:
    _, update = _begun(task, tensors, model, is_in)
    with seeded(torch_seed(task.seed, model, Purpose.DROPOUT)):
        return median_seconds(_steps(task, tensors, model, is_in, update), steps)


def _begun(task: Task, tensors: Tensors, model: int, is_in: Bools) -> tuple[nn.Module, Update]:
    """A model with its initial weights, and what makes its steps.

    Raises:
        TrainingError: if no record is IN.
    """
    if not is_in.any():
        raise none_is_in(task.arm, model)
    network = build(
        task.model, task.dataset.in_shape, task.dataset.classes, torch_seed(task.seed, model, Purpose.WEIGHTS)
    ).to(task.device)
    return network, _update(task, tensors, model, is_in, network)


def _update(task: Task, tensors: Tensors, model: int, is_in: Bools, network: nn.Module) -> Update:
    if task.arm.recipe.max_grad_norm is None:
        return PlainUpdate(network, task.arm)
    noise = torch.Generator(task.device).manual_seed(torch_seed(task.seed, model, Purpose.NOISE))
    few = torch.from_numpy(np.flatnonzero(is_in)[:2]).to(task.device)
    return ClippedUpdate(network, task.arm, noise, (tensors.x[few], tensors.y[few]))


def _steps(task: Task, tensors: Tensors, model: int, is_in: Bools, update: Update) -> Iterator[None]:
    """Make every step of the schedule, one each time that the next is asked for.

    Raises:
        TrainingError: at the first loss that is not finite.
    """
    recipe, schedule = task.arm.recipe, task.arm.schedule
    rng = np.random.default_rng(stream(task.seed, model, Purpose.BATCHES))
    for step, batch in enumerate(batches(recipe, schedule, is_in, rng)):
        rows = torch.from_numpy(batch).to(task.device)
        loss = update(tensors.x[rows], tensors.y[rows], rate_at(recipe, step, schedule.steps))
        if not math.isfinite(loss):
            raise diverged(task.arm, model, step)
        yield


def none_is_in(arm: Arm, model: int) -> TrainingError:
    """The error when a model has nothing to be trained on."""
    return TrainingError(f"arm {arm.name}, model {model}: no record is IN", "raise pool.inclusion")


def diverged(arm: Arm, model: int, step: int) -> TrainingError:
    """The error when a model's loss is not finite at a step."""
    return TrainingError(
        f"arm {arm.name}, model {model}: the loss is not finite at step {step} of {arm.schedule.steps}",
        f"lower the arm's learning_rate, which is {arm.recipe.learning_rate:g}",
    )


def _spent(arm: Arm, update: Update) -> float:
    if arm.target_epsilon is None or arm.delta is None:
        return math.nan
    assert isinstance(update, ClippedUpdate)
    return spent_epsilon(update.accountant, arm.delta, arm.target_epsilon)


def _asked(network: nn.Module, x: Tensor, y: Tensor, views: Sequence[str]) -> Outputs:
    """What a model says of records, view by view."""
    return asked(lambda part: network(part)[None], x, y, views, _RECORDS_AT_ONCE)


def asked(logits: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, views: Sequence[str], at_once: int) -> Outputs:
    """What models say of records, view by view, some records at a time.

    Args:
        logits: from Float [records, ...] to Float [models, records, classes].
        x: Float [records, ...].
        y: Int [records].
        views: keys of `VIEWS`.
        at_once: the most records at a time.
    """
    parts = max(1, -(-len(x) // at_once))
    labels = np.array_split(y.cpu().numpy(), parts)
    with torch.inference_mode():
        of_views = [
            [
                Outputs.of(logits(part).cpu().numpy(), own)
                for part, own in zip(seen.tensor_split(parts), labels, strict=True)
            ]
            for seen in views_of(x, views)
        ]
    return Outputs.joined([Outputs.joined(of_view, axis=1) for of_view in of_views], axis=2)
