"""Several models folded into one network, whose batch axis holds every model's batch in turn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from audit.training.stacked.any_layer import StackedAnyLayer
from audit.training.stacked.convolutions import StackedConvolution
from audit.training.stacked.dropouts import StackedDropout
from audit.training.stacked.embeddings import StackedEmbedding
from audit.training.stacked.layers import StackedLayer
from audit.training.stacked.norms import StackedGroupNorm, StackedLayerNorm
from audit.training.stacked.products import StackedLinear

Stacker = Callable[[Sequence[nn.Module]], StackedLayer]


class CannotStackError(ValueError):
    """A model that this way of stacking cannot train; the message says why."""


class FoldedNetwork(nn.Module):
    """The models' own forward pass, once for all of them, on [models * batch, ...].

    A model treats the records of a batch apart, so it may as well be given the batches of several models at once,
    provided that the layers with weights apply to each model's part that model's weights. Those layers are replaced
    by stacked ones; everything else (activations, pooling, reshapes, residual sums) runs as it was written.

    Args:
        models: alike but for their weights.
        seeds: one a model, for its dropout masks.

    Raises:
        CannotStackError: if weights are shared between layers or lie outside of layers, or buffers differ.
    """

    def __init__(self, models: Sequence[nn.Module], seeds: Sequence[int]) -> None:
        super().__init__()
        _check_foldable(models)
        self.models = len(models)
        self._template = copy.deepcopy(models[0])
        self._replace(models, seeds)
        self.layers = [layer for layer in self._template.modules() if isinstance(layer, StackedLayer)]
        self._dropouts = [layer for layer in self._template.modules() if isinstance(layer, StackedDropout)]

    def forward(self, x: Tensor) -> Tensor:
        """Logits of every model on its own batch.

        Args:
            x: [models, batch, ...].

        Returns:
            Float [models, batch, classes].
        """
        logits: Tensor = self._template(x.flatten(0, 1))
        return logits.reshape(self.models, -1, logits.shape[-1])

    def begin(self, step: int, device: torch.device | str) -> None:
        """Start the random streams of a step."""
        for dropout in self._dropouts:
            dropout.begin(step, device)

    def _replace(self, models: Sequence[nn.Module], seeds: Sequence[int]) -> None:
        places: dict[nn.Module, nn.Module] = {}
        for path, layer in list(self._template.named_modules(remove_duplicate=False)):
            if layer not in places:
                place = _replacement(path, layer, models, [seed + len(places) * 2**40 for seed in seeds])
                if place is None:
                    continue
                places[layer] = place
            self._template = _with(self._template, path, places[layer])


def _replacement(path: str, layer: nn.Module, models: Sequence[nn.Module], seeds: Sequence[int]) -> nn.Module | None:
    """What takes a layer's place in the stack; None where the layer stays."""
    if StackedDropout.handles(layer):
        return StackedDropout(layer, seeds)
    if not any(True for _ in layer.parameters(recurse=False)):
        return None
    return stacker_of(layer)([model.get_submodule(path) for model in models])


def stacker_of(layer: nn.Module) -> Callable[[Sequence[nn.Module]], StackedLayer]:
    """The kind of stacked layer that takes a layer's place.

    Args:
        layer: one with parameters of its own.
    """
    kind = type(layer)
    if kind is nn.Linear:
        return StackedLinear
    if kind in (nn.Conv1d, nn.Conv2d) and StackedConvolution.handles(layer):
        return StackedConvolution
    if kind is nn.GroupNorm:
        return StackedGroupNorm
    if kind is nn.LayerNorm:
        return StackedLayerNorm
    if kind is nn.Embedding and StackedEmbedding.handles(layer):
        return StackedEmbedding
    return StackedAnyLayer


def _with(root: nn.Module, path: str, layer: nn.Module) -> nn.Module:
    """The network with a layer put in place; at the root it is the network."""
    if not path:
        return layer
    parent, _, name = path.rpartition(".")
    setattr(root.get_submodule(parent), name, layer)
    return root


def _check_foldable(models: Sequence[nn.Module]) -> None:
    """Refuse what the replacement of layers would get wrong.

    Raises:
        CannotStackError: as said.
    """
    first = models[0]
    owners: dict[nn.Parameter, nn.Module] = {}
    for layer in first.modules():
        for parameter in layer.parameters(recurse=False):
            if owners.setdefault(parameter, layer) is not layer:
                raise CannotStackError("two layers share a weight")
            if any(True for _ in layer.children()):
                raise CannotStackError(f"{type(layer).__name__} has weights outside of its layers")
    for name, buffer in first.named_buffers():
        if any(not torch.equal(buffer, model.get_buffer(name)) for model in models[1:]):
            raise CannotStackError(f"the buffer {name} differs from model to model")


def parametrised(network: FoldedNetwork) -> Iterator[tuple[StackedLayer, dict[str, nn.Parameter]]]:
    """The layers that training moves, each with its trained parameters."""
    return ((layer, layer.trained) for layer in network.layers if layer.trained)
