"""Several models folded into one network, whose batch axis holds every model's batch in turn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from audit.training.stacked.any_layer import StackedAnyLayer
from audit.training.stacked.convolutions import StackedConvolution
from audit.training.stacked.dropouts import StackedDropout
from audit.training.stacked.embeddings import StackedEmbedding
from audit.training.stacked.gradients import CannotStackError
from audit.training.stacked.layers import StackedLayer
from audit.training.stacked.norms import StackedGroupNorm, StackedLayerNorm
from audit.training.stacked.pooling import StackedPooling
from audit.training.stacked.products import StackedLinear

Stacker = Callable[[Any], StackedLayer]


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
            Float [models, batch, classes], or whatever the models return of a record.
        """
        for dropout in self._dropouts:
            dropout.next_part()
        logits: Tensor = self._template(x.flatten(0, 1))
        return logits.reshape(self.models, -1, *logits.shape[1:])

    def begin(self, step: int) -> None:
        """Start the random streams of a step.

        Args:
            step: its number.
        """
        for dropout in self._dropouts:
            dropout.begin(step)

    def set_training(self, training: bool) -> None:
        """Drop out and keep ledgers in the passes to come, or do neither.

        Args:
            training: whether gradients will be asked for.
        """
        if training != self.training or training != self.layers[0].recording:
            self.train(training)
            for layer in self.layers:
                layer.recording = training

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
    if StackedPooling.handles(layer):
        return StackedPooling(layer)
    if not any(True for _ in layer.parameters(recurse=False)):
        return None
    return stacker_of(layer)([model.get_submodule(path) for model in models])


def stacker_of(layer: nn.Module) -> Stacker:
    """The kind of stacked layer that takes a layer's place.

    Args:
        layer: one with parameters of its own.
    """
    known, handles = STACKERS.get(type(layer), (StackedAnyLayer, _always))
    return known if handles(layer) else StackedAnyLayer


def _always(_: nn.Module) -> bool:
    return True


STACKERS: dict[type[nn.Module], tuple[Stacker, Callable[[Any], bool]]] = {
    nn.Linear: (StackedLinear, _always),
    nn.Conv1d: (StackedConvolution, StackedConvolution.handles),
    nn.Conv2d: (StackedConvolution, StackedConvolution.handles),
    nn.GroupNorm: (StackedGroupNorm, _always),
    nn.LayerNorm: (StackedLayerNorm, _always),
    nn.Embedding: (StackedEmbedding, StackedEmbedding.handles),
}
"""Layer type -> its stacked layer, and which layers of the type that can take the place of."""


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
