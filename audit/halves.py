"""Parts of a pool that share no training run: pairs, halves, and the pool with some pairs left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def independent_units(pair: Ints) -> Ints:
    """Number the independent units of a pool 0, 1, 2, ...; a unit is a complementary pair, or a single model.

    Args:
        pair: Int [models]; models of one number drew their coins together.

    Returns:
        Int [models].
    """
    return np.unique(pair, return_inverse=True)[1].astype(np.int64)


def is_paired(membership: NDArray[np.bool_], pair: Ints) -> bool:
    """Whether models 2j and 2j+1 are complements of each other throughout.

    Args:
        membership: Bool [models, records].
        pair: Int [models].
    """
    even = len(pair) % 2 == 0 and bool((pair[0::2] == pair[1::2]).all()) and len(np.unique(pair)) * 2 == len(pair)
    return even and bool((membership[0::2] != membership[1::2]).all())


def halves(pair: Ints) -> tuple[Ints, Ints]:
    """Models of the even-numbered and of the odd-numbered units: two disjoint halves, partners kept together.

    Alternating rather than first against second: a pool that is extended keeps every old model in its half.

    Args:
        pair: Int [models].

    Returns:
        Two Int arrays of indices into the models axis.
    """
    odd = independent_units(pair) % 2 == 1
    return np.flatnonzero(~odd), np.flatnonzero(odd)
