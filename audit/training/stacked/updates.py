"""One optimizer step of a whole stack: plain, or with every record's gradient clipped and noise added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from opacus.accountants import IAccountant, create_accountant
from opacus.optimizers import DPOptimizerFastGradientClipping
from torch import Tensor

from audit.training.base import Arm
from audit.training.stacked.gradients import StackBatch, StackGradients
from audit.training.updates import normaliser, optimizer_over, set_rate


class StackUpdate(Protocol):
    """A way of turning one batch a model into a step of all models."""

    def __call__(self, parts: Sequence[StackBatch], learning_rate: float) -> Tensor:
        """Make one step.

        Args:
            parts: the batch of every model, in parts that are small enough for memory; all may be empty.
            learning_rate: the rate of this step.

        Returns:
            Float [models]; the sums of the records' losses before the step.
        """
        ...


class PlainStackUpdate:
    """The gradient of every model's summed loss, divided by the arm's normaliser.

    Args:
        gradients: the stack.
        arm: the training regime.
    """

    def __init__(self, gradients: StackGradients, arm: Arm) -> None:
        self._gradients = gradients
        self._normaliser = normaliser(arm)
        self._optimizer = optimizer_over(arm.recipe, gradients.parameters.values())

    def __call__(self, parts: Sequence[StackBatch], learning_rate: float) -> Tensor:
        """See `StackUpdate`."""
        set_rate(self._optimizer, learning_rate)
        losses = _summed(self._gradients, parts, None)
        for parameter in self._gradients.parameters.values():
            assert parameter.grad is not None
            parameter.grad.div_(self._normaliser)
        self._optimizer.step()
        return losses


class ClippedStackUpdate:
    """DP-SGD (Abadi et al. 2016, arXiv 1607.00133, algorithm 1) for all models of a stack.

    The clipped sums are ours; Opacus's optimizer for sums that are clipped already adds the noise, divides by the
    constant normaliser and tells its accountant of every step. All models take the same steps at the same rate, so
    one accountant speaks for each of them. With a noise multiplier of 0 nothing is accounted.

    Args:
        gradients: the stack.
        arm: the training regime; its recipe has a clipping norm.
        noise: every model's own stream of noise, on the models' device.
    """

    def __init__(self, gradients: StackGradients, arm: Arm, noise: Sequence[torch.Generator]) -> None:
        assert arm.recipe.max_grad_norm is not None
        self._gradients, self._clip = gradients, arm.recipe.max_grad_norm
        self._optimizer = StackedDPOptimizer(
            optimizer_over(arm.recipe, gradients.parameters.values()),
            streams=noise,
            noise_multiplier=arm.noise_multiplier,
            max_grad_norm=self._clip,
            expected_batch_size=normaliser(arm),
        )
        self.accountant: IAccountant = create_accountant(arm.accountant)
        if arm.noise_multiplier > 0:
            self._optimizer.attach_step_hook(self.accountant.get_optimizer_hook_fn(arm.schedule.sample_rate))

    def __call__(self, parts: Sequence[StackBatch], learning_rate: float) -> Tensor:
        """See `StackUpdate`."""
        set_rate(self._optimizer, learning_rate)
        losses = _summed(self._gradients, parts, self._clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return losses


class StackedDPOptimizer(DPOptimizerFastGradientClipping):
    """Opacus's optimizer, with noise for each model from a stream of its own.

    A single stream over stacked parameters would make a model's noise depend on what is trained beside it.

    Args:
        optimizer: over parameters [models, ...].
        streams: one a model.
        settings: what Opacus's optimizer takes.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, *, streams: Sequence[torch.Generator], **settings: Any
    ) -> None:
        super().__init__(optimizer, **settings)
        self._streams = streams

    def accumulate(self) -> None:
        """Take the sums over: they are whole, and nobody changes them any more."""
        for p in self.params:
            p.summed_grad = p.grad

    def add_noise(self) -> None:
        """Opacus's noise, bit for bit, for every model's part of every parameter, in the parameters' order."""
        deviation = self.noise_multiplier * self.max_grad_norm
        for p in self.params:
            p.grad = p.summed_grad
            if deviation > 0:
                noise = torch.empty_like(p.summed_grad)
                for place, stream in zip(noise, self._streams, strict=True):
                    place.normal_(0.0, deviation, generator=stream)
                p.grad = noise.add_(p.summed_grad)


def _summed(gradients: StackGradients, parts: Sequence[StackBatch], clip: float | None) -> Tensor:
    """Leave the sums over all parts in the parameters' gradients; return the summed losses, Float [models]."""
    for parameter in gradients.parameters.values():
        parameter.grad = None
    losses = [gradients.add(part, clip) for part in parts if part.y.shape[1]]
    first = next(iter(gradients.parameters.values()))
    for parameter in gradients.parameters.values():  # an empty batch, or a layer that the pass did not touch
        parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return torch.stack(losses).sum(0) if losses else first.new_zeros(len(first))
