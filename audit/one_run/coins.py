"""Who is IN the one run: every natural record, and the canaries whose coins say so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.config import AuditConfig
from audit.data.base import Dataset

Bools = NDArray[np.bool_]

COINS = 0x0C01
"""Key of the coins' stream, apart from all of a pool's."""


def coins(dataset: Dataset, seed: int) -> Bools:
    """Membership of the one model: a fair coin a canary, every natural record IN.

    Args:
        dataset: the records, canaries last.
        seed: the run's seed; it is a secret until the guesses are made, and the report names it afterwards.

    Returns:
        Bool [records].
    """
    fair = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(COINS,))).random(dataset.canaries) < 0.5
    return np.append(np.ones(dataset.natural_records, bool), fair)


def with_inclusion(config: AuditConfig, dataset: Dataset) -> AuditConfig:
    """The config with the expected share of records that are IN, from which the public constants of training follow.

    Args:
        config: the config.
        dataset: the records, canaries last.
    """
    share = (dataset.natural_records + dataset.canaries / 2) / dataset.records
    pool = config.pool.model_copy(update={"inclusion": share})
    return config.model_copy(update={"pool": pool})
