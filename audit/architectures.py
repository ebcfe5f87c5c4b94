"""The built-in architectures: no dropout, no BatchNorm, nothing in which one record sees another."""

from __future__ import annotations

import math

from torch import Tensor, nn

from audit.errors import ModelError

_TINY_IMAGE = 12


class Residual(nn.Module):
    """Two 3x3 convolutions beside an identity (He et al. 2016, arXiv 1512.03385), with GroupNorm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(*_convolution(width, width), *_convolution(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch to the input.

        Args:
            x: Float [records, channels, height, width].
        """
        added: Tensor = x + self.branch(x)
        return added


def linear(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """Softmax regression on the flattened record."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), classes))


def mlp(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """One hidden layer of 128 units on the flattened record."""
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), 128), nn.ReLU(), nn.Linear(128, classes))


def cnn(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """Two 3x3 convolutions with GroupNorm, 2x2 pooled features, a linear head."""
    channels, *_ = _image("cnn", in_shape)
    return nn.Sequential(*_convolution(channels, 16), *_convolution(16, 32, stride=2), *_head(32, 2, classes))


def resnet(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """A residual network as deep as the image is large; its head knows where a feature was.

    A ResNet usually averages over the whole image before its head; features pooled to 2x2 instead cost no
    time and give DP-SGD much accuracy.
    """
    channels, height, width = _image("resnet", in_shape)
    return (_small_resnet if min(height, width) <= _TINY_IMAGE else _resnet9)(channels, classes)


def _small_resnet(channels: int, classes: int) -> nn.Module:
    body = (*_convolution(channels, 16), *_convolution(16, 32, stride=2), Residual(32))
    return nn.Sequential(*body, *_head(32, 2, classes))


def _resnet9(channels: int, classes: int) -> nn.Module:
    """The depth of a ResNet-9 at a third of its width: every record's gradient has to fit into memory."""
    body = (
        *_convolution(channels, 32),
        *_convolution(32, 64, stride=2),
        Residual(64),
        *_convolution(64, 128, stride=2),
        *_convolution(128, 128, stride=2),
        Residual(128),
    )
    return nn.Sequential(*body, *_head(128, 2, classes))


def _convolution(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    """A 3x3 convolution, GroupNorm with eight channels a group, ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return convolution, nn.GroupNorm(outputs // 8, outputs), nn.ReLU()


def _head(channels: int, side: int, classes: int) -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(side), nn.Flatten(), nn.Linear(channels * side * side, classes)


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
