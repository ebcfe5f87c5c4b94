"""The gradient of every single record, layer by layer, where Opacus's optimizer looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from opacus import GradSampleModule
from torch import Tensor, nn
from torch.nn import functional

from audit.errors import ModelError
from audit.models import seeded
from audit.training.losses import summed_loss

LAYERS = (nn.Conv2d, nn.Linear, nn.GroupNorm, nn.LayerNorm, nn.Embedding)
_AGREEMENT = 1e-3

Trainable = Any  # an nn.Parameter, on which Opacus hangs attributes that torch's types do not know
Rule = Callable[[Any, list[Tensor], Tensor], dict[Trainable, Tensor]]


class PerExample(Protocol):
    """A way of getting one gradient a record."""

    def __call__(self, x: Tensor, y: Tensor) -> float:
        """Leave each record's gradient in `parameter.grad_sample`, Float [batch, ...] each.

        Args:
            x: Float [batch, ...]; not empty.
            y: Int [batch].

        Returns:
            The sum of the losses.
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
        self._parameters = trainable(model)
        self._passes: list[tuple[nn.Module, Tensor, Tensor]] = []
        self._hooks = [layer.register_forward_hook(self._watch) for layer in _parametrised(model)]

    def detach(self) -> None:
        """Take the hooks off the model again."""
        for hook in self._hooks:
            hook.remove()

    @staticmethod
    def supports(model: nn.Module) -> bool:
        """Whether every layer that holds parameters has a rule here."""
        return all(type(layer) in LAYERS for layer in _parametrised(model))

    def __call__(self, x: Tensor, y: Tensor) -> float:
        """See `PerExample`."""
        self._passes.clear()
        with _frozen(self._parameters):
            loss = summed_loss(self._model(x), y)
            torch.autograd.backward(loss)
        for parameter in self._parameters:
            parameter.grad_sample = None
        self._collect()
        _fill_unused(self._parameters, len(x))
        return loss.item()

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
        self._parameters = trainable(model)

    def __call__(self, x: Tensor, y: Tensor) -> float:
        """See `PerExample`."""
        self._model.zero_grad(set_to_none=True)
        loss = summed_loss(self._model(x), y)
        torch.autograd.backward(loss)
        _fill_unused(self._parameters, len(x))
        return loss.item()


def trainable(model: nn.Module) -> list[Trainable]:
    """The parameters that are trained, in the model's order."""
    return [p for p in model.parameters() if p.requires_grad]


def _parametrised(model: nn.Module) -> Iterator[nn.Module]:
    return (layer for layer in model.modules() if any(p.requires_grad for p in layer.parameters(recurse=False)))


@contextmanager
def _frozen(parameters: list[Trainable]) -> Iterator[None]:
    """Keep autograd from computing the batch gradient of the weights."""
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def _rule(layer: nn.Module) -> Rule:
    """How a layer's gradients a record follow from its inputs and the gradients at its output."""
    if isinstance(layer, nn.Conv2d) and layer.groups == 1 and not isinstance(layer.padding, str):
        return _convolution_rule
    rule: Rule = GradSampleModule.GRAD_SAMPLERS[type(layer)]
    return rule


def _convolution_rule(layer: Any, inputs: list[Tensor], gradient: Tensor) -> dict[Trainable, Tensor]:
    """One product a record of output gradients and unfolded inputs (Rochette et al. 2019, arXiv 1912.06015)."""
    unfolded = functional.unfold(inputs[0], layer.kernel_size, layer.dilation, layer.padding, layer.stride)
    weight = torch.bmm(gradient.flatten(2), unfolded.transpose(1, 2))
    found = {layer.weight: weight.view(len(gradient), *layer.weight.shape)}
    if layer.bias is not None:
        found[layer.bias] = gradient.flatten(2).sum(2)
    return found


def _fill_unused(parameters: list[Trainable], records: int) -> None:
    """Parameters that the forward pass did not touch have a gradient of zero for every record."""
    for parameter in parameters:
        if getattr(parameter, "grad_sample", None) is None:
            parameter.grad_sample = parameter.new_zeros(records, *parameter.shape)


def per_example(model: nn.Module, x: Tensor, y: Tensor) -> PerExample:
    """The fastest way of getting a model's gradients a record that is right for this model.

    Args:
        model: what is trained.
        x: Float [records, ...]; a few records to check the gradients on.
        y: Int [records].

    Raises:
        ModelError: if the gradients a record do not add up to the gradient of the batch.
    """
    expected = _batch_gradient(model, x, y)
    if LayerGradients.supports(model):
        layered = LayerGradients(model)
        if _adds_up(layered, model, x, y, expected):
            return layered
        layered.detach()
    opacus = OpacusGradients(model)
    if _adds_up(opacus, model, x, y, expected):
        return opacus
    raise ModelError(
        "the gradients of single records do not add up to the gradient of their batch: "
        "the model uses a parameter outside its layer's forward pass",
        "call a layer instead of using its weight; DP-SGD cannot train this model as it is",
    )


def _batch_gradient(model: nn.Module, x: Tensor, y: Tensor) -> list[Tensor]:
    parameters = trainable(model)
    with seeded(0):
        loss = summed_loss(model(x), y)
    return list(torch.autograd.grad(loss, parameters, materialize_grads=True))


def _adds_up(gradients: PerExample, model: nn.Module, x: Tensor, y: Tensor, expected: list[Tensor]) -> bool:
    """Whether there is one gradient a record, and their sum is the batch's.

    A model that folds a record's positions into the batch has one a position: their sum is right, but each would be
    clipped as if it were a record, and a record could move the model by many times the clipping norm.
    """
    with seeded(0):  # the same dropout masks as in the batch's gradient
        gradients(x, y)
    parameters = trainable(model)
    one_a_record = all(len(p.grad_sample) == len(x) for p in parameters)
    gap = torch.stack([(p.grad_sample.sum(0) - e).norm() for p, e in zip(parameters, expected, strict=True)]).norm()
    size = torch.stack([e.norm() for e in expected]).norm()
    for parameter in parameters:
        parameter.grad_sample = None
    return one_a_record and bool(gap <= _AGREEMENT * size + _AGREEMENT**2)
