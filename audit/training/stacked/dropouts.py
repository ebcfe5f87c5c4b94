"""Dropout of several models at once, each from a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
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
        self.begin(0)

    @staticmethod
    def handles(layer: nn.Module) -> bool:
        """Whether a layer drops single numbers or whole channels."""
        return isinstance(layer, nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d)

    def begin(self, step: int) -> None:
        """Start the streams of a step anew; the padding of an earlier batch then leaves no trace.

        Args:
            step: number of the step.
        """
        self._step, self._use, self._streams = step, 0, dict[int, list[torch.Generator]]()

    def next_part(self) -> None:
        """A further part of the step's batch begins; every use of the layer goes on with its own streams."""
        self._use = 0

    def forward(self, x: Tensor) -> Tensor:
        """Drop and scale up, in training alone.

        Args:
            x: Float [models * batch, ...].
        """
        return x * self._mask(x) if self.training and self.p > 0 else x

    def _mask(self, x: Tensor) -> Tensor:
        shape = (x.shape[1], *[1] * (x.dim() - 2)) if self._whole_channels else x.shape[1:]
        batch, keep = len(x) // len(self._seeds), 1 - self.p
        streams = self._streams.setdefault(self._use, []) or self._begun(x.device)
        self._use += 1
        each = [torch.rand(batch, *shape, generator=stream, device=x.device) < keep for stream in streams]
        return torch.cat(each).to(x.dtype) / max(keep, 1e-12)

    def _begun(self, device: torch.device) -> list[torch.Generator]:
        """One stream a model for this step and use; hashed, as a CPU's generator sees 32 bits of a seed alone."""
        keys = [np.random.SeedSequence([seed, self._step, self._use]) for seed in self._seeds]
        seeds = [int(key.generate_state(1, np.uint32)[0]) for key in keys]
        self._streams[self._use] = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        return self._streams[self._use]
