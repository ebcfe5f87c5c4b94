"""The gradient of every single record, layer by layer, where Opacus's optimizer looks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from opacus import GradSampleModule
from torch import Tensor, nn
from torch.nn import functional

from audit.errors import ModelError

LAYERS = (nn.Conv2d, nn.Linear, nn.GroupNorm, nn.LayerNorm, nn.Embedding)
_AGREEMENT = 1e-3


class PerExample(Protocol):
    """A way of getting one gradient a record."""

    def __call__(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """Leave each record's gradient in `parameter.grad_sample`, Float [batch, ...] each.

        Args:
            x: Float [batch, ...].
            y: Int [batch].
            weight: Float [batch]; factor of each record's loss, 0 for padding.

        Returns:
            Float [batch]; the loss of each record, unweighted.
        """
        ...


class LayerGradients:
    """One gradient a record from each layer's input and the gradient at its output.

    Uses Opacus's rule of each layer type (a faster one for plain convolutions), without its bookkeeping and
    without the batch gradient of the weights, which nobody needs here.

    Args:
        model: all its parameters belong to layers of the types in `LAYERS`.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._passes: list[tuple[nn.Module, Tensor, Tensor]] = []
        for layer in _parametrised(model):
            layer.register_forward_hook(self._watch)

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether every layer that holds parameters has a rule here."""
        return all(type(layer) in LAYERS for layer in _parametrised(model))

    def __call__(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """See `PerExample`."""
        self._passes.clear()
        with _frozen(self._parameters):
            losses = functional.cross_entropy(self._model(x), y, reduction="none")
            (losses * weight).sum().backward()
        for parameter in self._parameters:
            parameter.grad_sample = None
        self._collect()
        _fill_unused(self._parameters, len(x))
        return losses.detach()

    def _watch(self, layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        if not (torch.is_grad_enabled() and self._watching):
            return None
        given = inputs[0].detach()
        first = not output.requires_grad
        watched = output.requires_grad_()
        watched.register_hook(lambda gradient: self._passes.append((layer, given, gradient)))
        return watched.clone() if first else None  # a leaf may not be changed in place, as an in-place ReLU would

    @property
    def _watching(self) -> bool:
        return not self._parameters[0].requires_grad

    def _collect(self) -> None:
        with torch.no_grad():
            for layer, given, gradient in self._passes:
                for parameter, each in _rule(layer)(layer, [given], gradient).items():
                    seen = parameter.grad_sample
                    parameter.grad_sample = each if seen is None else seen + each
        self._passes.clear()


class OpacusGradients:
    """Opacus's GradSampleModule, for models with layers that `LayerGradients` does not know.

    Args:
        model: any model that Opacus supports.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = GradSampleModule(model, loss_reduction="sum", strict=False)
        self._parameters = [p for p in model.parameters() if p.requires_grad]

    def __call__(self, x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """See `PerExample`."""
        self._model.zero_grad(set_to_none=True)
        losses = functional.cross_entropy(self._model(x), y, reduction="none")
        (losses * weight).sum().backward()
        _fill_unused(self._parameters, len(x))
        return losses.detach()
