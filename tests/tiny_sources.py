"""Data sources and models for tests, named on the command line as `tiny_sources:...`."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from audit.data.base import Dataset


def made(records: int, tests: int, classes: int, wrong: float, seed: int = 3) -> Dataset:
    """Gaussian classes; the first `wrong` share of the records has random labels."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, 20)) * 2
    y, y_test = np.arange(records) % classes, np.arange(tests) % classes
    x = centres[y] + rng.normal(size=(records, 20))
    x_test = centres[y_test] + rng.normal(size=(tests, 20))
    planted = np.arange(records) < round(wrong * records)
    labels = np.where(planted, (y + rng.integers(1, classes, records)) % classes, y)
    ids = np.array([f"r{i:04d}" for i in range(records)])
    names = tuple(f"class {c}" for c in range(classes))
    groups = {"planted": np.where(planted, "yes", "no")}
    return Dataset(
        "made",
        x.astype(np.float32),
        labels,
        x_test.astype(np.float32),
        y_test,
        ids,
        names,
        groups,
        {"planted": np.full(tests, "no")},
    )


def easy() -> Dataset:
    """120 records, all labels right."""
    return made(120, 60, 4, 0.0)


def planted() -> Dataset:
    """400 records, 5 % of them with random labels."""
    return made(400, 100, 4, 0.05)


def random_labels() -> Dataset:
    """100 records, half of them with random labels."""
    return made(100, 40, 4, 0.5)


def script_in_class_name() -> Dataset:
    """A class name that would run in a browser if it were not escaped."""
    held = easy()
    names = ("<script>alert(1)</script>", *held.class_names[1:])
    return Dataset(held.name, held.x, held.y, held.x_test, held.y_test, held.ids, names)


def not_a_dataset() -> int:
    return 3


def wide_mlp(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return nn.Sequential(nn.Linear(in_shape[0], 64), nn.ReLU(), nn.Linear(64, classes))


def with_batch_norm(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return nn.Sequential(nn.Linear(in_shape[0], 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, classes))


def no_module(in_shape: tuple[int, ...], classes: int) -> int:
    return 3


class Tied(nn.Module):
    """Uses a layer's weight outside of the layer: its per-record gradient cannot be seen there."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) * self.layer.weight.sum()


class Branching(Tied):
    """The same with control flow on data, which no stack can follow."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([super(Branching, self).forward(row[None] if row.sum() > 0 else -row[None]) for row in x])


def branching_weights(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return Branching(in_shape[0], classes)


def weights_outside_a_layer(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return Tied(in_shape[0], classes)
