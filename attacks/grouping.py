"""Groups of model pairs that are left out together."""

from __future__ import annotations

import numpy as np

from attacks.base import Ints

MOST_GROUPS = 20
"""More groups cost more attacks and hardly shorten the interval: t at 19 degrees is 7 % above the normal."""


def pair_groups(pair: Ints) -> list[Ints]:
    """Pair numbers in at most 20 groups, as equal as can be.

    Args:
        pair: Int [models].
    """
    numbers = np.unique(pair)
    a_group = -(-len(numbers) // MOST_GROUPS)
    return np.array_split(numbers, -(-len(numbers) // a_group))


def group_labels(pair: Ints) -> Ints:
    """Int [models]: the number of each model's group, 0, 1, 2, ...

    Args:
        pair: Int [models].
    """
    groups = pair_groups(pair)
    label = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return label[np.searchsorted(np.concatenate(groups), pair)]
