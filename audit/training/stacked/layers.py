"""What every layer of a stack is: the weights of all its models, and a ledger of what went in and what came back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from audit.training.stacked.gradients import stack_of


class StackedLayer(nn.Module):
    """One layer of several models at once; its input and output carry the models in front: [models * batch, ...].

    The forward pass sees the weights as constants. What the weights' gradients are made of, the layer's input `a`
    and the gradient `g` at its output, is entered into a ledger while the backward pass runs. From the ledger
    follow each record's squared gradient norm and any weighted sum of the records' gradients, without a second
    backward pass: book-keeping (Bu et al. 2023, arXiv 2210.00038) with ghost norms (Li et al. 2022, arXiv
    2110.05679). Training as usual is the weighted sum with all weights one.

    Args:
        layers: the same layer of every model.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.models = len(layers)
        self.recording = False
        self._ledger: list[tuple[Tensor, Tensor]] = []
        for name, parameter in layers[0].named_parameters(recurse=False):
            each = [layer.get_parameter(name) for layer in layers]
            self.register_parameter(name, stack_of(each, parameter.requires_grad))

    @cached_property
    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that training moves, each [models, ...]."""
        return {name: p for name, p in self.named_parameters(recurse=False) if p.requires_grad}

    @abstractmethod
    def squared_norms(self) -> Tensor:
        """Squared norm of every record's gradient in this layer, Float [models * batch].

        A layer that was used several times in a pass has one gradient: the uses are added up before they are squared.
        """

    @abstractmethod
    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """The gradients of a batch, each record's times its factor.

        Args:
            factors: Float [models * batch]; None counts every record once.

        Returns:
            Name of a trained parameter -> Float [models, ...].
        """

    def forget(self) -> None:
        """Empty the ledger."""
        self._ledger.clear()

    @property
    def used(self) -> bool:
        """Whether the last pass came through here."""
        return bool(self._ledger)

    def _watch(self, a: Tensor, output: Tensor) -> Tensor:
        """Enter what comes back at an output into the ledger, beside what went in.

        Args:
            a: what the weights were applied to, in the shape that the layer's sums expect.
            output: the layer's output.
        """
        if not (self.recording and self.trained):
            return output
        given = a.detach()

        def enter(g: Tensor) -> None:
            self._ledger.append((given, g))

        if not output.requires_grad:
            return _begun(output, enter)
        output.register_hook(enter)
        return output

    def _by_model(self, x: Tensor) -> Tensor:
        """[models * batch, ...] as [models, batch, ...]."""
        return x.reshape(self.models, -1, *x.shape[1:])

    def extra_repr(self) -> str:
        """For `print(network)`."""
        return f"models={self.models}"


class _Begin(torch.autograd.Function):
    """Where the graph begins: the output of the first layer, no leaf, so that an in-place ReLU may change it."""

    @staticmethod
    def forward(ctx: Any, output: Tensor, gate: Tensor, enter: Callable[[Tensor], None]) -> Tensor:
        """The output as it is; the gate alone needs a gradient, and gets none."""
        ctx.enter = enter
        ctx.mark_dirty(output)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[None, None, None]:
        """Enter what comes back."""
        ctx.enter(g)
        return None, None, None


def _begun(output: Tensor, enter: Callable[[Tensor], None]) -> Tensor:
    begun: Tensor = _Begin.apply(output, torch.zeros((), requires_grad=True), enter)
    return begun


class WrittenOutLayer(StackedLayer):
    """A layer whose gradients a record are written out: they are small, or there is no rule to do without.

    Args:
        layers: the same layer of every model.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(layers)
        self._written: dict[str, Tensor] = {}

    @abstractmethod
    def _of_use(self, a: Tensor, g: Tensor) -> dict[str, Tensor]:
        """Name of a parameter -> every record's gradient in one use of the layer, Float [models * batch, ...]."""

    def squared_norms(self) -> Tensor:
        """See `StackedLayer`."""
        return torch.stack([squared(each) for each in self._gradients().values()]).sum(0)

    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """See `StackedLayer`."""
        return {name: self._by_model(weighed(each, factors)).sum(1) for name, each in self._gradients().items()}

    def forget(self) -> None:
        """See `StackedLayer`."""
        super().forget()
        self._written = {}

    def _gradients(self) -> dict[str, Tensor]:
        if not self._written:
            uses = [self._of_use(a, g) for a, g in self._ledger]
            self._written = {name: torch.stack([use[name] for use in uses]).sum(0) for name in self.trained}
        return self._written


def weighed(g: Tensor, factors: Tensor | None) -> Tensor:
    """Every record's part of a gradient times its factor.

    Args:
        g: Float [models * batch, ...].
        factors: Float [models * batch]; None leaves it as it is.
    """
    return g if factors is None else g * factors.view(-1, *[1] * (g.dim() - 1))


def squared(x: Tensor) -> Tensor:
    """Squared norm of every record's part, Float [records], in one pass over memory.

    Args:
        x: Float [records, ...].
    """
    norms: Tensor = torch.linalg.vector_norm(x.flatten(1), dim=1)
    return norms.square()
