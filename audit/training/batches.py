"""Which records are in which batch; the number and the size of batches never depend on who is IN."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.config import Recipe
from audit.training.base import Schedule

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def batches(recipe: Recipe, schedule: Schedule, is_in: Bools, rng: np.random.Generator) -> Iterator[Ints]:
    """The batches of one model, one a step.

    Args:
        recipe: says how records are sampled.
        schedule: the public constants.
        is_in: Bool [records]; True where the record is IN the training set.
        rng: the model's own stream.

    Returns:
        Int arrays of row numbers; a Poisson batch may be empty.
    """
    if recipe.sampling == "poisson":
        return poisson_batches(is_in, schedule.sample_rate, schedule.steps, rng)
    return shuffled_batches(is_in, shuffled_batch_size(schedule), schedule.steps, rng)


def shuffled_batch_size(schedule: Schedule) -> int:
    """Records in each shuffled batch."""
    return max(1, round(schedule.expected_batch))


def shuffled_batches(is_in: Bools, size: int, steps: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Cut one stream of shuffled epochs into batches of equal size; a batch may span two epochs.

    Args:
        is_in: Bool [records]; not all False.
        size: records a batch.
        steps: number of batches.
        rng: the model's own stream.
    """
    rows = np.flatnonzero(is_in)
    epochs = -(-size * steps // len(rows))
    order = np.concatenate([rng.permutation(rows) for _ in range(epochs)])
    return (order[step * size : (step + 1) * size] for step in range(steps))


def poisson_batches(is_in: Bools, sample_rate: float, steps: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Every IN record is in a batch by its own coin (Abadi et al. 2016, arXiv 1607.00133, algorithm 1).

    A coin is drawn for OUT records too and then not used: so a record's coins are the same whoever else is IN.

    Args:
        is_in: Bool [records].
        sample_rate: probability of the coin, in (0, 1].
        steps: number of batches.
        rng: the model's own stream.
    """
    return (np.flatnonzero((rng.random(len(is_in)) < sample_rate) & is_in) for _ in range(steps))
