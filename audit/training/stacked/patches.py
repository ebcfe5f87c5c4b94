"""Images as patches, channels last, so that a convolution of a whole stack is one batched matrix product."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """How a convolution's window moves; every field is (vertical, horizontal).

    Attributes:
        size: of the window.
        stride: its steps.
        padding: zeros around the image.
        dilation: distance between the pixels it sees.
    """

    size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    @classmethod
    def of(cls, layer: nn.Conv1d | nn.Conv2d) -> Window:
        """The window of a layer; a one-dimensional one moves along a single row."""
        assert not isinstance(layer.padding, str)
        sizes = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        fill = (1, 1, 0, 1)  # across a single row: size 1, stride 1, no padding, no dilation
        each = zip(sizes, fill, strict=True)
        return cls(*((given[0], given[1]) if len(given) == 2 else (f, given[0]) for given, f in each))

    def positions(self, height: int, width: int) -> Pair:
        """Positions of the window in an image."""
        extents = zip((height, width), self.size, self.stride, self.padding, self.dilation, strict=True)
        down, across = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in extents)
        return down, across


def patches(x: Tensor, window: Window) -> Tensor:
    """Every window of every image, written out.

    Args:
        x: Float [records, height, width, channels], any strides.
        window: how the window moves.

    Returns:
        Float [records, positions, window * channels], contiguous; the columns run over (down, across, channel).
    """
    records, height, width, channels = x.shape
    down, across = window.positions(height, width)
    (kh, kw), (sh, sw), (dh, dw) = window.size, window.stride, window.dilation
    framed = _framed(x, window.padding)
    if channels == 1:  # runs of a single row are too short to be copied one by one
        taps = [framed[:, i * dh :: sh, j * dw :: sw][:, :down, :across] for i in range(kh) for j in range(kw)]
        return torch.stack(taps, dim=3).view(records, down * across, kh * kw)
    step = framed.stride()
    strides = (step[0], step[1] * sh, step[2] * sw, step[1] * dh, step[2] * dw, step[3])
    view = framed.as_strided((records, down, across, kh, kw, channels), strides, framed.storage_offset())
    return view.reshape(records, down * across, kh * kw * channels)


def images(written: Tensor, window: Window, height: int, width: int) -> Tensor:
    """The adjoint of `patches`: every pixel gets the sum of what its windows say of it.

    Args:
        written: Float [records, positions, window * channels].
        window: how the window moves.
        height: height of the images.
        width: width of the images.

    Returns:
        Float [records, height, width, channels].
    """
    down, across = window.positions(height, width)
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = window.size, window.stride, window.padding, window.dilation
    each = written.view(len(written), down, across, kh, kw, -1)
    framed = written.new_zeros(len(written), height + 2 * ph, width + 2 * pw, each.shape[-1])
    for i in range(kh):
        for j in range(kw):
            rows = slice(i * dh, i * dh + sh * (down - 1) + 1, sh)
            columns = slice(j * dw, j * dw + sw * (across - 1) + 1, sw)
            framed[:, rows, columns] += each[:, :, :, i, j]
    return framed[:, ph : ph + height, pw : pw + width]


def _framed(x: Tensor, padding: Pair) -> Tensor:
    (ph, pw), (records, height, width, channels) = padding, x.shape
    if not ph and not pw:
        return x
    framed = x.new_zeros(records, height + 2 * ph, width + 2 * pw, channels)
    framed[:, ph : ph + height, pw : pw + width] = x
    return framed
