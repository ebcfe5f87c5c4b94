"""Characters as numbers; a public constant, as one that is read off the texts would itself give them away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.training.losses import PADDING

Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

PRINTABLE = "".join(map(chr, range(32, 127)))
BOUNDARY, OTHER = 0, 1
"""Entries before the printable ones: where a text begins and ends, and any character beyond printable ASCII."""
CLASS_NAMES = ("(end)", "(other)", *PRINTABLE)
SIZE = len(CLASS_NAMES)

_ENTRY = {sign: number for number, sign in enumerate(PRINTABLE, start=2)}


def entries(text: str) -> list[int]:
    """The entries of a text's characters, without boundaries.

    Args:
        text: any string; white space other than blanks counts as a blank.
    """
    return [_ENTRY.get(" " if sign.isspace() else sign, OTHER) for sign in text]


def sequences(texts: Sequence[str], length: int) -> tuple[Floats32, Ints]:
    """Texts as records of a model that says the next character at every position.

    Args:
        texts: longer ones are cut.
        length: positions.

    Returns:
        Float32 [texts, length], what the model is given, the boundary first; and Int64 [texts, length], what comes
        next, the boundary last where the text is not cut and `PADDING` behind it.
    """
    x = np.full((len(texts), length), BOUNDARY, np.float32)
    y = np.full((len(texts), length), PADDING, np.int64)
    for row, text in enumerate(texts):
        ended = [*entries(text), BOUNDARY][:length]
        y[row, : len(ended)] = ended
        x[row, 1 : len(ended)] = ended[:-1]
    return x, y
