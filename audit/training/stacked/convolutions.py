"""Convolutions of several models at once, as batched products over patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from audit.training.stacked.patches import Window, images, patches
from audit.training.stacked.products import ProductLayer, joined


class StackedConvolution(ProductLayer):
    """`nn.Conv1d` or `nn.Conv2d`, without groups, of several models.

    Channels lie innermost (channels last): a patch is then copied in runs of a window's row, and the product of
    all models' patches with all models' weights is one call.

    Args:
        layers: the same layer of every model; one that `handles`.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, layers: Sequence[nn.Conv1d | nn.Conv2d]) -> None:
        super().__init__(layers)
        if layers[0].bias is None:
            self.register_parameter("bias", None)
        self._flat = isinstance(layers[0], nn.Conv1d)
        self.window = Window.of(layers[0])

    @staticmethod
    def handles(layer: nn.Conv1d | nn.Conv2d) -> bool:
        """Whether a convolution is of this kind: no groups, zeros around the image, as many on both sides."""
        return layer.groups == 1 and layer.padding_mode == "zeros" and not isinstance(layer.padding, str)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve every model's images with its own weights.

        Args:
            x: Float [models * batch, channels, height, width], or without the height.
        """
        image = x.unsqueeze(2) if self._flat else x
        y, written = _Convolve.apply(image, self._matrix(), self.window, self.models)
        if self.bias is not None:
            y = y + self.bias.detach().repeat_interleave(len(x) // self.models, dim=0)[:, :, None, None]
        return self._watch(written, y.squeeze(2) if self._flat else y)

    def _matrix(self) -> Tensor:
        """The weights as [models, window * channels, outputs]."""
        weight = self.weight.detach()
        weight = weight.unsqueeze(3) if self._flat else weight
        return weight.permute(0, 3, 4, 2, 1).reshape(self.models, -1, weight.shape[1])

    def _matrices(self) -> tuple[Tensor, Tensor]:
        a, g = zip(*((a, _channels_last(g).flatten(1, -2)) for a, g in self._ledger), strict=True)
        return joined(a), joined(g)

    def _as_weight(self, product: Tensor) -> Tensor:
        outputs, channels = self.weight.shape[1:3]
        by_pixel = product.view(self.models, outputs, *self.window.size, channels)
        return by_pixel.permute(0, 1, 4, 2, 3).reshape(self.weight.shape)


def _channels_last(g: Tensor) -> Tensor:
    return g.movedim(1, -1).contiguous()


class _Convolve(torch.autograd.Function):
    """Patches times weights; returns the patches too, from which the weights' gradients follow."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, matrix: Tensor, window: Window, models: int) -> tuple[Tensor, Tensor]:
        """Convolve x [models * batch, channels, height, width] with matrix [models, window * channels, outputs]."""
        written = patches(x.permute(0, 2, 3, 1), window)
        down, across = window.positions(*x.shape[2:])
        y = torch.bmm(written.view(models, -1, written.shape[2]), matrix)
        ctx.save_for_backward(matrix)
        ctx.window, ctx.size = window, x.shape[2:]
        ctx.mark_non_differentiable(written)
        return y.view(len(x), down, across, -1).permute(0, 3, 1, 2), written

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor, _: Tensor) -> tuple[Tensor | None, None, None, None]:
        """The gradient at the input."""
        if not ctx.needs_input_grad[0]:
            return None, None, None, None
        (matrix,) = ctx.saved_tensors
        back = _back(_channels_last(g), matrix, ctx.window, ctx.size)
        return back.permute(0, 3, 1, 2), None, None, None


def _back(g: Tensor, matrix: Tensor, window: Window, size: torch.Size) -> Tensor:
    """From the gradient at a convolution's output to the one at its input, both [records, height, width, channels].

    At stride one this is a convolution with the mirrored window, which reads where the other way adds.
    """
    models, _, outputs = matrix.shape
    if window.mirrored is not None:
        pixels = matrix.view(models, *window.size, -1, outputs)
        turned = pixels.flip(1, 2).transpose(3, 4).reshape(models, window.size[0] * window.size[1] * outputs, -1)
        written = patches(g, window.mirrored)
        return torch.bmm(written.view(models, -1, written.shape[2]), turned).view(len(g), *size, -1)
    written = torch.bmm(g.reshape(models, -1, outputs), matrix.transpose(1, 2))
    return images(written.view(len(g), -1, matrix.shape[1]), window, *size)
