"""The built-in architectures: no dropout, no BatchNorm, nothing in which one record sees another."""

from __future__ import annotations

import math

from torch import Tensor, nn

from audit.errors import ModelError

_TINY_IMAGE = 12


class Residual(nn.Module):
    """Convolutions beside an identity (He et al. 2016, arXiv 1512.03385), with GroupNorm."""

    def __init__(self, width: int, convolutions: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(*(part for _ in range(convolutions) for part in _convolution(width, width)))

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch to the input.

        Args:
            x: Float [records, channels, height, width].
        """
        added: Tensor = x + self.branch(x)
        return added


def linear(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """Softmax regression on the flattened record."""
    return nn.Sequential(*_flat(in_shape), nn.Linear(math.prod(in_shape), classes))


def mlp(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """One hidden layer of 128 units on the flattened record."""
    hidden = (nn.Linear(math.prod(in_shape), 128), nn.ReLU())
    return nn.Sequential(*_flat(in_shape), *hidden, nn.Linear(128, classes))


def cnn(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """Two 3x3 convolutions with GroupNorm, 2x2 pooled features, a linear head."""
    channels, *_ = _image("cnn", in_shape)
    body = (*_convolution(channels, 16), *_convolution(16, 24, stride=2))
    return nn.Sequential(_even(channels), *body, *_head(24, 2, classes))


def resnet(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """A residual network as deep as the image is large; its head knows where a feature was.

    A ResNet usually averages over the whole image before its head; features pooled to 2x2 instead cost no
    time and give DP-SGD much accuracy.
    """
    channels, height, width = _image("resnet", in_shape)
    return (_small_resnet if min(height, width) <= _TINY_IMAGE else _resnet9)(channels, classes)


def _small_resnet(channels: int, classes: int) -> nn.Module:
    body = (*_convolution(channels, 16), *_convolution(16, 24, stride=2), Residual(24, 1))
    return nn.Sequential(_even(channels), *body, *_head(24, 2, classes))


def _resnet9(channels: int, classes: int) -> nn.Module:
    """The depth of a ResNet-9 at a quarter of its width: every record's gradient has to fit into memory."""
    body = (
        *_convolution(channels, 16),
        *_convolution(16, 32, stride=2),
        Residual(32, 2),
        *_convolution(32, 64, stride=2),
        *_convolution(64, 64, stride=2),
        Residual(64, 2),
    )
    return nn.Sequential(_even(channels), *body, *_head(64, 2, classes))


def _convolution(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    """A 3x3 convolution, GroupNorm with four channels a group, ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return convolution, nn.GroupNorm(outputs // 4, outputs), nn.ReLU()


def _head(channels: int, side: int, classes: int) -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(side), nn.Flatten(), nn.Linear(channels * side * side, classes)


def _even(channels: int) -> nn.Module:
    """Every image to mean 0 and variance 1 by itself: no statistic of other records, so nothing to protect."""
    return nn.GroupNorm(1, channels, affine=False)


def _flat(in_shape: tuple[int, ...]) -> tuple[nn.Module, ...]:
    """A record as a vector; images are evened out first, columns of a table are left as they are."""
    return (_even(in_shape[0]), nn.Flatten()) if len(in_shape) == 3 else (nn.Flatten(),)


def _image(name: str, in_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """The shape as (channels, height, width).

    Raises:
        ModelError: if a record is no image.
    """
    if len(in_shape) != 3 or min(in_shape[1:]) < 4:
        shape = "x".join(map(str, in_shape))
        raise ModelError(
            f"model {name!r} takes images [channels, height, width] of at least 4x4; a record here is {shape}",
            "use --model mlp or --model linear",
        )
    channels, height, width = in_shape
    return channels, height, width
