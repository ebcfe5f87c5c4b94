"""Layers without a rule of their own: every record's gradient by the layer's own vector-Jacobian product."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from torch import Tensor, nn
from torch.func import functional_call, vjp, vmap

from audit.training.stacked.layers import WrittenOutLayer


class StackedAnyLayer(WrittenOutLayer):
    """Any layer with one tensor in and one out whose records do not meet, mapped over models (`torch.func.vmap`).

    Args:
        layers: the same layer of every model.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(layers)
        self._plain = copy.deepcopy(layers[0])
        self._plain.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Apply every model's own layer.

        Args:
            x: Float [models * batch, ...].
        """
        y: Tensor = vmap(self._called)(self._weights(), self._by_model(x)).flatten(0, 1)
        return self._watch(x, y)

    def _of_use(self, a: Tensor, g: Tensor) -> dict[str, Tensor]:
        each = vmap(vmap(self._of_record, (None, 0, 0)))(self._weights(), self._by_model(a), self._by_model(g))
        return {name: gradient.flatten(0, 1) for name, gradient in each.items()}

    def _of_record(self, weights: dict[str, Tensor], x: Tensor, g: Tensor) -> dict[str, Tensor]:
        back = vjp(lambda w: self._called(w, x[None]), weights)[1]
        (gradients,) = back(g[None])
        return gradients

    def _called(self, weights: dict[str, Tensor], x: Tensor) -> Tensor:
        y: Tensor = functional_call(self._plain, weights, (x,))
        return y

    def _weights(self) -> dict[str, Tensor]:
        return {name: parameter.detach() for name, parameter in self.named_parameters(recurse=False)}
