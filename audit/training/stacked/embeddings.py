"""Embeddings of several models at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from audit.training.stacked.layers import StackedLayer, weighed


class StackedEmbedding(StackedLayer):
    """`nn.Embedding` of several models: one table, in which every model has rows of its own.

    A record's gradient has a row for each distinct entry that it looks up, the sum of the gradients at its places;
    so its squared norm is the sum of `g g^T` over all pairs of places that look up the same entry.

    Args:
        layers: the same layer of every model; one that `handles`.
    """

    weight: nn.Parameter

    def __init__(self, layers: Sequence[nn.Embedding]) -> None:
        super().__init__(layers)
        self._padding = layers[0].padding_idx

    @staticmethod
    def handles(layer: nn.Embedding) -> bool:
        """Whether an embedding is of this kind: its gradient is not scaled by frequency, nor its rows renormalised."""
        return layer.max_norm is None and not layer.scale_grad_by_freq

    def forward(self, entries: Tensor) -> Tensor:
        """Look up every model's entries in its own table.

        Args:
            entries: Int [models * batch, ...].
        """
        table = self.weight.detach().flatten(0, 1)
        return self._watch(entries, functional.embedding(entries + self._offsets(entries), table))

    def squared_norms(self) -> Tensor:
        """See `StackedLayer`."""
        entries, g = self._places()
        same = entries[:, :, None] == entries[:, None, :]
        return (torch.bmm(g, g.transpose(1, 2)) * same).sum((1, 2))

    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """See `StackedLayer`."""
        entries, g = self._places()
        rows = (entries + self._offsets(entries)).flatten()
        total = torch.zeros_like(self.weight).flatten(0, 1).index_add_(0, rows, weighed(g, factors).flatten(0, 1))
        return {"weight": total.view(self.weight.shape)}

    def _places(self) -> tuple[Tensor, Tensor]:
        """The ledger as entries [models * batch, places] and g [models * batch, places, features]."""
        entries = torch.cat([a.flatten(1) for a, _ in self._ledger], dim=1)
        g = torch.cat([g.reshape(len(g), -1, g.shape[-1]) for _, g in self._ledger], dim=1)
        if self._padding is not None:
            g = g * (entries != self._padding % self.weight.shape[1])[:, :, None]
        return entries, g

    def _offsets(self, entries: Tensor) -> Tensor:
        first = torch.arange(self.models, device=entries.device) * self.weight.shape[1]
        each = first.repeat_interleave(len(entries) // self.models)
        return each.view(-1, *[1] * (entries.dim() - 1))
