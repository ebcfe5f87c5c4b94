"""Models that say what they are told to: stand-ins for trained ones, for whoever asks trained models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from small_tasks import task_of

from audit.data.base import Dataset
from audit.data.clusters import Law, law
from audit.training.base import Task


@dataclass
class Planted:
    """Models whose logits are a bias and the similarity with a stored record of each class; see `Running`.

    Attributes:
        task: names the records and the device.
        membership: Bool [models, records].
        stored: Float [models, classes, bits].
        bias: Float [classes]; None is 0.
        trained: how many steps were made.
    """

    task: Task
    membership: np.ndarray
    stored: np.ndarray
    bias: np.ndarray | None = None
    trained: int = field(default=0)

    @property
    def models(self) -> Sequence[int]:
        return range(len(self.membership))

    def steps(self) -> Iterator[None]:
        for _ in range(3):
            self.trained += 1
            yield

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        stored = torch.as_tensor(self.stored, dtype=x.dtype)
        said = torch.einsum("mrd,mkd->mrk", x, stored) / 10
        return said if self.bias is None else said + torch.as_tensor(self.bias, dtype=x.dtype)


def cubes(seed: int, classes: int = 20, bits: int = 32, size: int = 4, tests: int = 2) -> tuple[Dataset, Law]:
    """A small data set of clusters, as many records in each, and its law."""
    drawn, rng = law(seed, classes, bits), np.random.default_rng(seed)
    y, y_test = np.arange(classes * size) % classes, np.arange(classes * tests) % classes
    x, x_test = (drawn.draw(of, rng).astype(np.float32) for of in (y, y_test))
    ids, names = np.arange(len(y)).astype(str), tuple(str(k) for k in range(classes))
    return Dataset("cubes", x, y, x_test, y_test, ids, names), drawn


def cube_task(dataset: Dataset, kind: str = "standard", model: str = "mlp", **recipe: Any) -> Task:
    """A task on them."""
    return task_of(kind, model, dataset, **recipe)
