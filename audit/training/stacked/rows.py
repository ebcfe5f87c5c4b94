"""Which rows of the data set are in which model's batch, as index tensors for a whole stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.training.base import Bools, Task
from audit.training.batches import batches
from audit.training.streams import Purpose, stream

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one batch a model.

    Attributes:
        index: Int [models, batch]; shorter batches are filled up with row 0.
        kept: Float [models, batch]; 0 where a row only fills up; None where none does.
    """

    index: Tensor
    kept: Tensor | None

    @classmethod
    def of(cls, each: Sequence[Ints], device: str) -> Rows:
        """Put the batches of several models side by side.

        Args:
            each: Int arrays of row numbers, one a model; of any lengths.
            device: where the tensors go.
        """
        sizes = np.array([len(rows) for rows in each])
        real = np.arange(sizes.max(initial=0)) < sizes[:, None]
        index = np.zeros(real.shape, np.int64)
        index[real] = np.concatenate(each)
        kept = None if real.all() else torch.from_numpy(real.astype(np.float32)).to(device)
        return cls(torch.from_numpy(index).to(device), kept)


def rows_of(task: Task, models: Sequence[int], membership: Bools) -> Iterator[Rows]:
    """The batches of a stack, one a step; each model's from its own stream, as if it were trained alone.

    Args:
        task: what is trained and how.
        models: the models' numbers in the pool.
        membership: Bool [len(models), records]; True where a record is IN.
    """
    recipe, schedule = task.arm.recipe, task.arm.schedule
    streams = [np.random.default_rng(stream(task.seed, model, Purpose.BATCHES)) for model in models]
    each = [batches(recipe, schedule, is_in, rng) for is_in, rng in zip(membership, streams, strict=True)]
    return (Rows.of(of_step, task.device) for of_step in zip(*each, strict=True))
