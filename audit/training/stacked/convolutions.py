"""Convolutions of several models at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from audit.training.stacked.patches import Window, images, patches
from audit.training.stacked.products import ProductLayer, joined


class StackedConvolution(ProductLayer):
    """`nn.Conv1d` or `nn.Conv2d`, without groups, of several models; channels lie innermost (channels last).

    On a GPU, and for images of one channel, the whole stack is one product of written-out patches and weights. On
    a CPU torch's own convolution, a model at a time, is faster: it writes no patches and its products fit the cache.

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
        self._written: Tensor | None = None
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
        image = (x.unsqueeze(2) if self._flat else x).contiguous(memory_format=torch.channels_last)
        if self._by_patches(image):
            y, given = _ByPatches.apply(image, self._weight(), self.window)
            y = y.view(len(x), *self.window.positions(*image.shape[2:]), -1).permute(0, 3, 1, 2)
        else:
            y, given = _ByModel.apply(image, self._weight(), self.window), image
        if self.bias is not None:
            y = y + self.bias.detach().repeat_interleave(len(x) // self.models, dim=0)[:, :, None, None]
        return self._watch(given, y.squeeze(2) if self._flat else y)

    def forget(self) -> None:
        """See `StackedLayer`."""
        super().forget()
        self._written = None

    def _by_patches(self, image: Tensor) -> bool:
        return image.device.type != "cpu" or image.shape[1] == 1

    def _weight(self) -> Tensor:
        """The weights as [models, outputs, channels, down, across]."""
        weight = self.weight.detach()
        return weight.unsqueeze(3) if self._flat else weight

    def _matrices(self) -> tuple[Tensor, Tensor]:
        if self._written is None:
            self._written = joined([_as_patches(a, self.window) for a, _ in self._ledger])
        return self._written, joined([self._at_output(g).flatten(1, 2) for _, g in self._ledger])

    def _at_output(self, g: Tensor) -> Tensor:
        """A gradient as [models * batch, down, across, outputs]."""
        return _pixels(g.unsqueeze(2) if self._flat else g)

    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """See `StackedLayer`; where nothing is weighed, torch's own way needs no patches."""
        if factors is not None or any(a.dim() == 3 for a, _ in self._ledger):
            return super().summed(factors)
        uses = [(a, self._at_output(g)) for a, g in self._ledger]
        weights = torch.stack([_weights_back(g, a, self._weight(), self.window) for a, g in uses]).sum(0)
        found = {"weight": weights.view(self.weight.shape)}
        if self.bias is not None:
            found["bias"] = torch.stack([self._by_model(g.flatten(1, 2)).sum((1, 2)) for _, g in uses]).sum(0)
        return {name: found[name] for name in self.trained}

    def _as_weight(self, product: Tensor) -> Tensor:
        outputs, channels = self.weight.shape[1:3]
        by_pixel = product.view(self.models, outputs, *self.window.size, channels)
        return by_pixel.permute(0, 1, 4, 2, 3).reshape(self.weight.shape)


def _pixels(x: Tensor) -> Tensor:
    """[records, channels, height, width] as [records, height, width, channels], contiguous."""
    return x.permute(0, 2, 3, 1).contiguous()


def _as_patches(a: Tensor, window: Window) -> Tensor:
    return a if a.dim() == 3 else patches(a.permute(0, 2, 3, 1), window)


class _ByModel(torch.autograd.Function):
    """Torch's own convolution, a model at a time."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, window: Window) -> Tensor:
        """Convolve x [models * batch, channels, height, width] with weight [models, outputs, channels, ...]."""
        ctx.save_for_backward(x, weight)
        ctx.window = window
        each = zip(x.chunk(len(weight)), weight, strict=True)
        return _stacked(
            [functional.conv2d(own, w, None, window.stride, window.padding, window.dilation) for own, w in each]
        )

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, None, None]:
        """The gradient at the input."""
        x, weight = ctx.saved_tensors
        g = g.contiguous(memory_format=torch.channels_last)
        each = zip(g.chunk(len(weight)), x.chunk(len(weight)), weight, strict=True)
        back = [_convolution_back(*one, ctx.window, (True, False))[0] for one in each]
        return _stacked(back), None, None


def _stacked(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _weights_back(g: Tensor, x: Tensor, weight: Tensor, window: Window) -> Tensor:
    """Every model's gradient of its weights, [models, outputs, channels, down, across]."""
    each = zip(g.permute(0, 3, 1, 2).chunk(len(weight)), x.chunk(len(weight)), weight, strict=True)
    return torch.stack([_convolution_back(*one, window, (False, True))[1] for one in each])


def _convolution_back(g: Tensor, x: Tensor, weight: Tensor, window: Window, wanted: tuple[bool, bool]) -> list[Tensor]:
    w = window
    found: list[Tensor] = torch.ops.aten.convolution_backward(
        g, x, weight, None, w.stride, w.padding, w.dilation, False, (0, 0), 1, (*wanted, False)
    )
    return found


class _ByPatches(torch.autograd.Function):
    """Patches times weights, [models, batch * positions, outputs], for all models at once; returns the patches too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, window: Window) -> tuple[Tensor, Tensor]:
        """Convolve x [models * batch, channels, height, width] with weight [models, outputs, channels, ...]."""
        written = patches(x.permute(0, 2, 3, 1), window)
        matrix = weight.permute(0, 3, 4, 2, 1).reshape(len(weight), -1, weight.shape[1])
        y = torch.bmm(written.view(len(weight), -1, written.shape[2]), matrix)
        ctx.save_for_backward(matrix)
        ctx.window, ctx.size = window, x.shape[2:]
        ctx.mark_non_differentiable(written)
        ctx.set_materialize_grads(False)
        return y, written

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor, _: Tensor | None) -> tuple[Tensor | None, None, None]:
        """The gradient at the input."""
        (matrix,) = ctx.saved_tensors
        written = torch.bmm(g, matrix.transpose(1, 2))
        positions = math.prod(ctx.window.positions(*ctx.size))
        back = images(written.view(-1, positions, matrix.shape[1]), ctx.window, *ctx.size)
        return back.permute(0, 3, 1, 2), None, None
