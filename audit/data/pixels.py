"""Images as the models take them: [records, channels, height, width], one byte a pixel scaled to 0..1."""

from __future__ import annotations

import numpy as np

from audit.data.draft import Array

BRIGHTEST = 255.0
CHANNELS = (1, 3, 4)


def channels_first(x: Array) -> Array:
    """Images with the channels as the second axis.

    Three axes are images without a channel axis. Of four axes, the last is the channels if it is 1, 3
    or 4 long and the second is not; where both are, the second is the channels if the last two axes are
    of one length (square images), the last otherwise.

    Args:
        x: [records, height, width], [records, height, width, channels] or [records, channels, height, width];
            anything else is returned as it is.
    """
    if x.ndim == 3:
        return x[:, None]
    return np.moveaxis(x, 3, 1) if x.ndim == 4 and _channels_last(x.shape) else x


def _channels_last(shape: tuple[int, ...]) -> bool:
    if shape[3] not in CHANNELS:
        return False
    return shape[1] not in CHANNELS or shape[2] != shape[3]


def pixel_note(x: Array) -> str:
    """The sentence that says how an array of numbers was understood.

    Args:
        x: the array as it was found.
    """
    if x.ndim not in (3, 4):
        span = f", values from {x.min():g} to {x.max():g}" if x.size else ""
        return f"Features are used as they are: {list(x.shape[1:])} a record{span}."
    channels, height, width = channels_first(x[:1]).shape[1:]
    scaled = "pixels scaled from 0..255 to 0..1" if x.dtype == np.uint8 else "values used as they are"
    last = " (found with the channels last)" if x.ndim == 4 and _channels_last(x.shape) else ""
    return f"Images of {height} x {width} pixels, channels: {channels}{last}; {scaled}."
