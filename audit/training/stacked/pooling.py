"""Pooling layers of a stack: they have no weights, only a better way for what comes back."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class StackedPooling(nn.Module):
    """A pooling layer as it is, but what comes back lies channels last, as what went in did.

    A `Flatten` behind it hands back channels first, and torch's kernels then take up to five times as long on the way
    to the convolutions: measured on a small CNN, a twentieth of a step.

    Args:
        layer: any pooling layer over images.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self._layer = layer

    @staticmethod
    def handles(layer: nn.Module) -> bool:
        """Whether a layer pools images."""
        return type(layer) in (nn.AdaptiveAvgPool2d, nn.AvgPool2d, nn.MaxPool2d, nn.AdaptiveMaxPool2d)

    def forward(self, x: Tensor) -> Tensor:
        """Pool.

        Args:
            x: Float [models * batch, channels, height, width].
        """
        y: Tensor = self._layer(x)
        if isinstance(y, Tensor) and y.requires_grad and x.dim() == 4:
            y.register_hook(_channels_last)
        return y


def _channels_last(g: Tensor) -> Tensor:
    return g.contiguous(memory_format=torch.channels_last)
