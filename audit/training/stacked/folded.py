"""Gradients of a stack from a folded network: one forward and one backward pass, then sums from the ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from audit.training.stacked.gradients import StackBatch, StackGradients, accumulate, factors_of
from audit.training.stacked.network import FoldedNetwork


class FoldedGradients(StackGradients):
    """Book-keeping (Bu et al. 2023, arXiv 2210.00038) for a whole stack; clipping costs the norms and nothing else.

    Args:
        models: alike but for their weights, on the device.
        seeds: one a model, for its dropout masks.

    Raises:
        CannotStackError: if weights are shared between layers or lie outside of layers, or buffers differ.
    """

    version = "folded"
    drops_out = True
    description = "one network for all models, clipped by book-keeping"

    def __init__(self, models: Sequence[nn.Module], seeds: Sequence[int]) -> None:
        self._network = FoldedNetwork(models, seeds)
        self._layers = [layer for layer in self._network.layers if layer.trained]
        owned = {id(p): p for layer in self._layers for p in layer.trained.values()}
        self._parameters = {name: p for name, p in self._network.named_parameters() if id(p) in owned}

    @property
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """See `StackGradients`."""
        return self._parameters

    def begin(self, step: int) -> None:
        """See `StackGradients`."""
        self._network.begin(step)

    def add(self, batch: StackBatch, clip: float | None) -> Tensor:
        """See `StackGradients`."""
        self._network.set_training(True)
        losses = batch.losses(self._network(batch.x))
        torch.autograd.backward(losses.sum())
        self._add_from_ledgers(batch, clip)
        return losses.detach().sum(1)

    def logits(self, x: Tensor) -> Tensor:
        """See `StackGradients`."""
        self._network.set_training(False)
        logits: Tensor = self._network(x)
        return logits

    def _add_from_ledgers(self, batch: StackBatch, clip: float | None) -> None:
        used = [layer for layer in self._layers if layer.used]
        factors = None
        if clip is not None:
            factors = factors_of(torch.stack([layer.squared_norms() for layer in used]).sum(0), clip)
        for layer in used:
            for name, gradient in layer.summed(factors).items():
                accumulate(layer.trained[name], gradient)
            layer.forget()
