"""Which models of a file drew their coins together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BY_CHANCE = 1e-6
"""Models of the very same records drew their coins together, unless coins of their own would be as likely to agree."""


def drawn_together(membership: Bools) -> Ints:
    """Number complements of each other alike, and models of the very same records; all others by themselves.

    A target's complement among its references would tell who was in the target, and so would its twin: the same split
    trained once more from another seed. With few records models agree by chance; then only complements are paired,
    two by two.

    Args:
        membership: Bool [models, records].

    Returns:
        Int [models], numbered from 0 on in the order of the first model of each number.
    """
    models, records = membership.shape
    twins = models**2 * 0.5**records < BY_CHANCE
    number, waiting, found = 0, dict[bytes, list[int]](), np.empty(models, np.int64)
    for model, row in enumerate(membership):
        own, other = row.tobytes(), (~row).tobytes()
        if twins and (known := waiting.get(own) or waiting.get(other)):
            found[model] = known[0]
        elif partners := waiting.get(other):
            found[model] = partners.pop()
        else:
            found[model] = number
            waiting.setdefault(own, []).append(number)
            number += 1
    return found


def torn_apart(membership: Bools, pair: Ints) -> int:
    """How many models have a complement, or one of the very same records, that is not of their own number.

    Args:
        membership: Bool [models, records].
        pair: Int [models].
    """
    found = drawn_together(membership)
    units = [np.flatnonzero(found == number) for number in np.unique(found)]
    return sum(len(unit) for unit in units if len(np.unique(pair[unit])) > 1)
