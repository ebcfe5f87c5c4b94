"""Dropout of several models at once, each from a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class StackedDropout(nn.Module):
    """Dropout whose masks depend on the model, the step and the place in the batch: not on what is trained beside it.

    Args:
        layer: the dropout of one model; one that `handles`.
        seeds: one a model; different for every dropout layer of the model.
    """

    def __init__(self, layer: Any, seeds: Sequence[int]) -> None:
        super().__init__()
        self.p, self._seeds = float(layer.p), tuple(seeds)
        self._whole_channels = not isinstance(layer, nn.Dropout)
        self._step, self._streams = 0, list[torch.Generator]()

    @staticmethod
    def handles(layer: nn.Module) -> bool:
        """Whether a layer drops single numbers or whole channels."""
        return isinstance(layer, nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d)

    def begin(self, step: int) -> None:
        """Start the streams of a step anew; the padding of an earlier batch then leaves no trace.

        Args:
            step: number of the step.
        """
        self._step, self._streams = step, []

    def forward(self, x: Tensor) -> Tensor:
        """Drop and scale up, in training alone.

        Args:
            x: Float [models * batch, ...].
        """
        return x * self._mask(x) if self.training and self.p > 0 else x

    def _mask(self, x: Tensor) -> Tensor:
        shape = (x.shape[1], *[1] * (x.dim() - 2)) if self._whole_channels else x.shape[1:]
        if not self._streams:
            begun = [(seed + self._step) % 2**63 for seed in self._seeds]
            self._streams = [torch.Generator(x.device).manual_seed(seed) for seed in begun]
        batch, keep = len(x) // len(self._seeds), 1 - self.p
        each = [torch.rand(batch, *shape, generator=stream, device=x.device) < keep for stream in self._streams]
        return torch.cat(each).to(x.dtype) / max(keep, 1e-12)
