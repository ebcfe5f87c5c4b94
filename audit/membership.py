"""Who is in which model's training set: fair coins, in complementary pairs, growing without changing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def membership_row(model: int, records: int, inclusion: float, seed: int) -> Bools:
    """Membership of one model; depends on nothing but its arguments, so a pool can grow.

    At inclusion 0.5 model `2j` draws one fair coin a record from `SeedSequence(seed, spawn_key=(j,))` and
    model `2j+1` takes the complement: every record is IN exactly half of the models. At another inclusion
    rate every model draws its own coins (Feldman & Zhang 2020, arXiv 2008.03703, used 0.7).

    Args:
        model: the model's number in the pool.
        records: number of records under audit.
        inclusion: probability of a record to be IN, in (0, 1).
        seed: the pool's seed.

    Returns:
        Bool [records].
    """
    paired = inclusion == 0.5
    stream = np.random.SeedSequence(seed, spawn_key=(model // 2 if paired else model,))
    coins = np.random.default_rng(stream).random(records) < inclusion
    return ~coins if paired and model % 2 else coins


def membership_matrix(models: int, records: int, inclusion: float, seed: int) -> Bools:
    """Membership of a whole pool.

    Args:
        models: number of models; even at inclusion 0.5.
        records: number of records under audit.
        inclusion: probability of a record to be IN, in (0, 1).
        seed: the pool's seed.

    Returns:
        Bool [models, records].
    """
    return np.stack([membership_row(model, records, inclusion, seed) for model in range(models)])
