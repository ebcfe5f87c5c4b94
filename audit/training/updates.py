"""One optimizer step from one batch: plain, or with every record's gradient clipped and noise added."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

import torch
from opacus.accountants import IAccountant, create_accountant
from opacus.optimizers import DPOptimizer
from torch import Tensor, nn

from audit.config import Recipe
from audit.training.base import Arm
from audit.training.batches import shuffled_batch_size
from audit.training.losses import summed_loss
from audit.training.per_example import Trainable, per_example, trainable

_FLOATS_AT_ONCE = 2**22
_MOST_AT_ONCE = 256


class Update(Protocol):
    """A way of turning a batch into a step."""

    def __call__(self, x: Tensor, y: Tensor, learning_rate: float) -> float:
        """Make one step.

        Args:
            x: Float [batch, ...]; may be empty.
            y: Int [batch].
            learning_rate: the rate of this step.

        Returns:
            The sum of the records' losses before the step.
        """
        ...


def optimizer_over(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer that a recipe asks for; one kernel a parameter (`fused`), or it would cost more than small models.

    Args:
        recipe: how a model is trained.
        parameters: what is trained, of one model or of a stack.
    """
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adam":
        return torch.optim.Adam(list(parameters), lr=rate, weight_decay=decay, fused=True)
    return torch.optim.SGD(list(parameters), lr=rate, momentum=recipe.momentum, weight_decay=decay, fused=True)


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """Learning rate of a step; `cosine` falls from the full rate towards 0 (Loshchilov & Hutter 2017, eq. 5).

    Args:
        recipe: gives the full rate and the schedule's name.
        step: number of the step, from 0.
        steps: number of all steps.
    """
    share = 0.5 * (1 + math.cos(math.pi * step / steps)) if recipe.schedule == "cosine" else 1.0
    return recipe.learning_rate * share


def normaliser(arm: Arm) -> float:
    """What the sum of a batch's gradients is divided by: a public constant of the arm."""
    return shuffled_batch_size(arm.schedule) if arm.recipe.sampling == "shuffle" else arm.schedule.expected_batch


class PlainUpdate:
    """The gradient of the batch's summed loss, divided by the arm's normaliser.

    Args:
        model: what is trained.
        arm: the training regime.
    """

    def __init__(self, model: nn.Module, arm: Arm) -> None:
        self._model = model
        self._normaliser = normaliser(arm)
        self._optimizer = optimizer_over(arm.recipe, trainable(model))

    def __call__(self, x: Tensor, y: Tensor, learning_rate: float) -> float:
        """See `Update`."""
        set_rate(self._optimizer, learning_rate)
        for parameter in trainable(self._model):  # zeros, not None: a step without records is a step all the same
            parameter.grad = torch.zeros_like(parameter)
        total = 0.0
        if len(x):
            loss = summed_loss(self._model(x), y)
            torch.autograd.backward(loss / self._normaliser)
            total = loss.item()
        self._optimizer.step()
        return total


class ClippedUpdate:
    """DP-SGD (Abadi et al. 2016, arXiv 1607.00133, algorithm 1) by Opacus's own optimizer and accountant.

    Opacus clips each record's gradient, sums, adds the noise, divides by the constant normaliser and tells
    its accountant of every step. With a noise multiplier of 0 it is clipping alone, and nothing is accounted.

    Args:
        model: what is trained.
        arm: the training regime; its recipe has a clipping norm.
        noise: the model's own stream of noise, on the model's device.
        sample: a few of its records, on which the gradients are checked once.
    """

    def __init__(self, model: nn.Module, arm: Arm, noise: torch.Generator, sample: tuple[Tensor, Tensor]) -> None:
        assert arm.recipe.max_grad_norm is not None
        self._parameters = trainable(model)
        self._gradients = per_example(model, *sample)
        self._chunk = _records_at_once(self._parameters)
        self._optimizer = DPOptimizer(
            optimizer_over(arm.recipe, trainable(model)),
            noise_multiplier=arm.noise_multiplier,
            max_grad_norm=arm.recipe.max_grad_norm,
            expected_batch_size=normaliser(arm),
            generator=noise,
        )
        self.accountant: IAccountant = create_accountant(arm.accountant)
        if arm.noise_multiplier > 0:
            self._optimizer.attach_step_hook(self.accountant.get_optimizer_hook_fn(arm.schedule.sample_rate))

    def __call__(self, x: Tensor, y: Tensor, learning_rate: float) -> float:
        """See `Update`."""
        set_rate(self._optimizer, learning_rate)
        parts = list(zip(*(whole.tensor_split(-(-len(x) // self._chunk) or 1) for whole in (x, y)), strict=True))
        total = 0.0
        for number, (part_x, part_y) in enumerate(parts, start=1):
            total += self._gradients(part_x, part_y) if len(part_x) else self._no_gradients()
            self._optimizer.signal_skip_step(number < len(parts))
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)
        return total

    def _no_gradients(self) -> float:
        """An empty Poisson batch takes its step on noise alone."""
        for parameter in self._parameters:
            parameter.grad_sample = parameter.new_zeros(0, *parameter.shape)
        return 0.0


def set_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Set the learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def _records_at_once(parameters: list[Trainable]) -> int:
    """Records whose gradients are held together: few enough to stay in a processor's cache."""
    return max(1, min(_MOST_AT_ONCE, _FLOATS_AT_ONCE // sum(p.numel() for p in parameters)))
