"""Normalisation layers of several models at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from audit.training.stacked.layers import WrittenOutLayer

Enter = Callable[[Tensor, Tensor], None]


class ScalingLayer(WrittenOutLayer):
    """A layer that scales and shifts what it has normalised: its gradients a record are small and written out.

    With `a` the normalised input and `g` the gradient at the output, both [models * batch, ...], a record's gradient
    is the sum over positions of `a g` for the weight, and of `g` for the bias.

    Args:
        layers: the same layer of every model.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(layers)
        if getattr(layers[0], "bias", None) is None:
            self.register_parameter("bias", None)


class StackedLayerNorm(ScalingLayer):
    """`nn.LayerNorm` of several models (Ba et al. 2016, arXiv 1607.06450)."""

    def __init__(self, layers: Sequence[nn.LayerNorm]) -> None:
        super().__init__(layers)
        self._shape, self._eps = layers[0].normalized_shape, layers[0].eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise, then scale and shift by every model's own weights.

        Args:
            x: Float [models * batch, ..., *normalized_shape].
        """
        normal = functional.layer_norm(x, self._shape, eps=self._eps)
        batch, between = len(x) // self.models, x.dim() - 1 - len(self._shape)
        y = normal * self._spread(self.weight, batch, between)
        if self.bias is not None:
            y = y + self._spread(self.bias, batch, between)
        return self._watch(normal, y)

    def _spread(self, parameter: nn.Parameter, batch: int, between: int) -> Tensor:
        """[models, ...] as [models * batch, 1, ..., 1, ...]."""
        each = parameter.detach().repeat_interleave(batch, dim=0)
        return each.view(len(each), *[1] * between, *parameter.shape[1:])

    def _of_use(self, a: Tensor, g: Tensor) -> dict[str, Tensor]:
        between = tuple(range(1, g.dim() - len(self._shape)))
        return {"weight": (a * g).sum(between), "bias": g.sum(between)} if between else {"weight": a * g, "bias": g}


class StackedGroupNorm(ScalingLayer):
    """`nn.GroupNorm` of several models (Wu & He 2018, arXiv 1803.08494), channels last.

    torch's own kernel is several times slower on channels that lie innermost, where the convolutions put them.

    Args:
        layers: the same layer of every model, with weight and bias.
    """

    bias: nn.Parameter

    def __init__(self, layers: Sequence[nn.GroupNorm]) -> None:
        super().__init__(layers)
        self._groups, self._eps = layers[0].num_groups, layers[0].eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise over groups of channels, then scale and shift by every model's own weights.

        Args:
            x: Float [models * batch, channels, ...].
        """
        enter = self._enter if self.recording and self.trained else None
        if enter is not None and not x.requires_grad:
            x = x.detach().requires_grad_()  # or nothing would come back through here
        y = _Normalise.apply(_pixels(x), self.weight.detach(), self.bias.detach(), self._groups, self._eps, enter)
        return _as_images(y, x.shape)

    def _enter(self, weights: Tensor, biases: Tensor) -> None:
        self._ledger.append((weights, biases))

    def _of_use(self, a: Tensor, g: Tensor) -> dict[str, Tensor]:
        return {"weight": a, "bias": g}


def _pixels(x: Tensor) -> Tensor:
    """[records, channels, ...] as [records, positions, channels], contiguous; a vector has one position."""
    return (x.unsqueeze(2) if x.dim() == 2 else x).movedim(1, -1).contiguous().flatten(1, -2)


class _Normalise(torch.autograd.Function):
    """Group normalisation with weights a model; the backward pass has the weights' gradients a record at hand."""

    @staticmethod
    def forward(
        ctx: Any, pixels: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float, enter: Enter | None
    ) -> Tensor:
        """Normalise pixels [records, positions, channels] in groups; weight and bias are [models, channels]."""
        centred = pixels - _over_groups(pixels.mean(1), groups)[:, None]
        deviation = (_over_groups(centred.square().mean(1), groups) + eps).rsqrt()
        batch = len(pixels) // len(weight)
        scale = weight.repeat_interleave(batch, dim=0) * deviation
        y = torch.addcmul(bias.repeat_interleave(batch, dim=0)[:, None], centred, scale[:, None])
        ctx.save_for_backward(centred, deviation, scale)
        ctx.groups, ctx.enter = groups, enter
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient at the input: less its mean and its part along the normalised input, group by group."""
        centred, deviation, scale = ctx.saved_tensors
        g, positions = g.contiguous(), centred.shape[1]
        of_weight, of_bias = (g * centred).sum(1) * deviation, g.sum(1)
        if ctx.enter is not None:
            ctx.enter(of_weight, of_bias)
        mean = _over_groups(of_bias * scale, ctx.groups) / -positions
        along = _over_groups(of_weight * scale, ctx.groups) / -positions
        back = torch.addcmul(mean[:, None], g, scale[:, None])
        back.addcmul_(centred, (along * deviation)[:, None])
        return back, None, None, None, None, None


def _over_groups(x: Tensor, groups: int) -> Tensor:
    """[records, channels]: every channel gets the mean of its group."""
    return x @ _means(x.shape[1], groups, x.dtype, x.device)


@cache
def _means(channels: int, groups: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """[channels, channels]: a product with this is quicker than so short means."""
    size = channels // groups
    return torch.block_diag(*[torch.full((size, size), 1 / size, dtype=dtype, device=device)] * groups)


def _as_images(pixels: Tensor, shape: torch.Size) -> Tensor:
    """[records, positions, channels] as [records, channels, ...], without moving a number."""
    return pixels.view(shape[0], *shape[2:], shape[1]).movedim(-1, 1)
