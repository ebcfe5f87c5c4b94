"""Layers without a rule of their own: every record's gradient by the layer's own vector-Jacobian product."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.func import functional_call, vjp, vmap

from audit.training.stacked.layers import StackedLayer, squared, weighed


class StackedAnyLayer(StackedLayer):
    """Any layer with one tensor in and one out whose records do not meet, mapped over models (`torch.func.vmap`).

    Args:
        layers: the same layer of every model.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(layers)
        self._plain = copy.deepcopy(layers[0])
        self._plain.requires_grad_(False)
        self._names = [name for name, _ in layers[0].named_parameters(recurse=False)]
        self._gradients: dict[str, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        """Apply every model's own layer.

        Args:
            x: Float [models * batch, ...].
        """
        y: Tensor = vmap(self._called)(self._weights(), self._by_model(x)).flatten(0, 1)
        return self._watch(x, y)

    @cached_property
    def trained(self) -> dict[str, nn.Parameter]:
        """See `StackedLayer`; the layer that is mapped is a pattern, its weights are not used."""
        return {name: self.get_parameter(name) for name in self._names if self.get_parameter(name).requires_grad}

    def squared_norms(self) -> Tensor:
        """See `StackedLayer`."""
        return torch.stack([squared(each) for each in self._each().values()]).sum(0)

    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """See `StackedLayer`."""
        return {name: self._by_model(weighed(each, factors)).sum(1) for name, each in self._each().items()}

    def forget(self) -> None:
        """See `StackedLayer`."""
        super().forget()
        self._gradients = {}

    def _each(self) -> dict[str, Tensor]:
        """Name -> every record's gradient, Float [models * batch, ...]."""
        if not self._gradients:
            each = vmap(vmap(self._of_record, (None, 0, 0)))
            uses = [each(self._weights(), self._by_model(a), self._by_model(g)) for a, g in self._ledger]
            totals = {name: torch.stack([use[name] for use in uses]).sum(0) for name in self.trained}
            self._gradients = {name: total.flatten(0, 1) for name, total in totals.items()}
        return self._gradients

    def _of_record(self, weights: dict[str, Tensor], x: Tensor, g: Tensor) -> dict[str, Tensor]:
        back = vjp(lambda w: self._called(w, x[None]), weights)[1]
        (gradients,) = back(g[None])
        return gradients

    def _called(self, weights: dict[str, Tensor], x: Tensor) -> Tensor:
        y: Tensor = functional_call(self._plain, weights, (x,))
        return y

    def _weights(self) -> dict[str, Tensor]:
        return {name: self.get_parameter(name).detach() for name in self._names}
