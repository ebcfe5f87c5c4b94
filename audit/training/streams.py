"""Random streams: one a model and purpose, so that nothing depends on what else is trained beside it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; the number is part of its key and never changes."""

    WEIGHTS = 0
    BATCHES = 1
    NOISE = 2
    DROPOUT = 3


def stream(seed: int, model: int, purpose: Purpose) -> np.random.SeedSequence:
    """The seed sequence of one model and purpose; the same in every arm, so that arms are paired.

    Args:
        seed: the pool's seed.
        model: the model's number in the pool.
        purpose: what is drawn from it.
    """
    return np.random.SeedSequence(seed, spawn_key=(model, int(purpose)))


def torch_seed(seed: int, model: int, purpose: Purpose) -> int:
    """The same stream as a seed for torch, in 0 .. 2**64-1."""
    return int(stream(seed, model, purpose).generate_state(1, np.uint64)[0])
