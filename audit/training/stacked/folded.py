"""Gradients of a stack from a folded network: one forward and one backward pass, then sums from the ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from audit.training.stacked.gradients import StackBatch, StackGradients, accumulate, factors_of
from audit.training.stacked.layers import StackedLayer
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
        losses = self._entered(batch)
        self._add_from_ledgers(clip)
        return losses.sum(1)

    def norms(self, batch: StackBatch) -> Tensor:
        """See `StackGradients`."""
        self._network.set_training(True)
        self._network.eval()  # ledgers are kept, and nothing is dropped
        self._entered(batch)
        squared = self._squared_norms()
        for layer in self._layers:
            layer.forget()
        return squared.sqrt().view(batch.y.shape[:2])

    def logits(self, x: Tensor) -> Tensor:
        """See `StackGradients`."""
        self._network.set_training(False)
        logits: Tensor = self._network(x)
        return logits

    def _entered(self, batch: StackBatch) -> Tensor:
        """Fill the ledgers in one pass there and back; return the losses, Float [models, batch]."""
        losses = batch.losses(self._network(batch.x))
        torch.autograd.backward(losses.sum())
        return losses.detach()

    @property
    def _used(self) -> list[StackedLayer]:
        return [layer for layer in self._layers if layer.used]

    def _squared_norms(self) -> Tensor:
        """Float [models * batch], from the ledgers."""
        return torch.stack([layer.squared_norms() for layer in self._used]).sum(0)

    def _add_from_ledgers(self, clip: float | None) -> None:
        factors = None if clip is None else factors_of(self._squared_norms(), clip)
        for layer in self._used:
            for name, gradient in layer.summed(factors).items():
                accumulate(layer.trained[name], gradient)
            layer.forget()
