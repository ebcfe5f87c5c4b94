"""The seam between an optimizer step and the ways of getting a whole stack's gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from audit.training.losses import record_losses

_OPACUS_ROUNDING = 1e-6  # Opacus adds it to a norm before it divides


class CannotStackError(ValueError):
    """A model that this way of stacking cannot train; the message says why."""


@dataclass(frozen=True, slots=True)
class StackBatch:
    """One batch a model.

    Attributes:
        x: [models, batch, ...].
        y: Int [models, batch], or [models, batch, positions] (see `record_losses`).
        kept: Float [models, batch]; 0 where a row only fills up a smaller batch, else 1; None where all are kept.
    """

    x: Tensor
    y: Tensor
    kept: Tensor | None = None

    def losses(self, logits: Tensor) -> Tensor:
        """Cross-entropy of every record, Float [models, batch]; 0 for rows that are not kept.

        Args:
            logits: Float [models, batch, classes], or [models, batch, positions, classes].
        """
        each = record_losses(logits.flatten(0, 1), self.y.flatten(0, 1)).view(self.y.shape[:2])
        return each if self.kept is None else each * self.kept

    def split(self, size: int) -> list[StackBatch]:
        """The batch in parts of about equal size.

        Args:
            size: the most records of a model in a part.
        """
        parts = max(1, -(-self.y.shape[1] // size))
        kept = [None] * parts if self.kept is None else self.kept.tensor_split(parts, dim=1)
        pieces = zip(self.x.tensor_split(parts, dim=1), self.y.tensor_split(parts, dim=1), kept, strict=True)
        return [StackBatch(*piece) for piece in pieces]


class StackGradients(ABC):
    """A way of getting the gradients of several models, each on its own batch.

    Attributes:
        version: name of the way, part of every shard's key.
        description: how it does it, for the plan.
        drops_out: whether models with dropout layers can be trained in this way.
    """

    version: ClassVar[str]
    drops_out: ClassVar[bool]
    description: ClassVar[str]

    @abstractmethod
    def __init__(self, models: Sequence[nn.Module], seeds: Sequence[int]) -> None:
        """Stack the models.

        Args:
            models: alike but for their weights, on the device.
            seeds: one a model, for its dropout masks.

        Raises:
            CannotStackError: if they cannot be stacked in this way.
        """

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """Name -> what is trained, Float [models, ...], in the order of the models' own parameters."""

    @abstractmethod
    def add(self, batch: StackBatch, clip: float | None) -> Tensor:
        """Add every model's sum over its batch of the records' gradients to `parameter.grad`.

        Args:
            batch: one batch a model, not empty.
            clip: norm to which each record's gradient is scaled down where it is larger; None leaves all as they are.

        Returns:
            Float [models]; the sum of the losses.
        """

    @abstractmethod
    def norms(self, batch: StackBatch) -> Tensor:
        """Norm of every record's gradient with respect to all that is trained, without dropout and without a step.

        Args:
            batch: one batch a model, not empty.

        Returns:
            Float [models, batch]; 0 for rows that are not kept.
        """

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """What the models say, without dropout: Float [models, batch, classes].

        Args:
            x: [models, batch, ...].
        """

    @abstractmethod
    def begin(self, step: int) -> None:
        """Start what is random in a step.

        Args:
            step: number of the step.
        """


def factors_of(squared_norms: Tensor, clip: float) -> Tensor:
    """What every record's gradient is multiplied by, as Opacus does it: at most one, and its norm at most `clip`.

    Args:
        squared_norms: Float, any shape.
        clip: the clipping norm.
    """
    return (clip / (squared_norms.sqrt() + _OPACUS_ROUNDING)).clamp(max=1.0)


def accumulate(parameter: nn.Parameter, gradient: Tensor) -> None:
    """Add to `parameter.grad`.

    Args:
        parameter: Float [models, ...].
        gradient: of the same shape.
    """
    if parameter.grad is None:
        parameter.grad = gradient.contiguous()  # torch's fused optimizers take it that strides are the parameter's
    else:
        parameter.grad.add_(gradient)


def stack_of(tensors: Sequence[Tensor], requires_grad: bool) -> nn.Parameter:
    """One parameter of several models, [models, ...].

    Args:
        tensors: one a model.
        requires_grad: whether it is trained.
    """
    return nn.Parameter(torch.stack([tensor.detach() for tensor in tensors]), requires_grad=requires_grad)
