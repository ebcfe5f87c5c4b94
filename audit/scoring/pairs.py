"""Which models of a file drew their coins together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def complements(membership: Bools) -> Ints:
    """Number models that are complements of each other alike, wherever they stand; all others by themselves.

    A target's complement among its references would tell who was in the target.

    Args:
        membership: Bool [models, records].

    Returns:
        Int [models], numbered from 0 on in the order of the first model of each number.
    """
    number, waiting, found = 0, dict[bytes, list[int]](), np.empty(len(membership), np.int64)
    for model, row in enumerate(membership):
        partners = waiting.get((~row).tobytes(), [])
        if partners:
            found[model] = partners.pop()
        else:
            found[model] = number
            waiting.setdefault(row.tobytes(), []).append(number)
            number += 1
    return found


def torn_apart(membership: Bools, pair: Ints) -> int:
    """How many models have a complement that is not of their own number.

    Args:
        membership: Bool [models, records].
        pair: Int [models].
    """
    found = complements(membership)
    couples = [np.flatnonzero(found == number) for number in np.unique(found)]
    return sum(len(couple) for couple in couples if len(np.unique(pair[couple])) > 1)
