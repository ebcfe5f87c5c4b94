"""A data set on the device on which its models are trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from audit.training.base import Task


@dataclass(frozen=True, slots=True)
class Tensors:
    """A data set on the device; `x [records, ...]`, `y [records]`, and the same of the test records."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor

    @classmethod
    def of(cls, task: Task) -> Tensors:
        """Copy a task's records to its device."""
        names = ("x", "y", "x_test", "y_test")
        return cls(*(torch.tensor(getattr(task.dataset, name), device=task.device) for name in names))

    @property
    def audited(self) -> tuple[Tensor, Tensor]:
        """The records under audit and their labels."""
        return self.x, self.y

    @property
    def tests(self) -> tuple[Tensor, Tensor]:
        """The test records and their labels."""
        return self.x_test, self.y_test
