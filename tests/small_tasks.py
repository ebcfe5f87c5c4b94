"""A task that trains in a blink: three classes of small images, and one recipe of every kind."""

from __future__ import annotations

import numpy as np

from audit.config import Recipe
from audit.data.base import Dataset
from audit.training.base import Arm, Schedule, Task

RECORDS = 60
RECIPES = {
    "standard": Recipe(epochs=3, batch_size=8, learning_rate=0.1),
    "adam": Recipe(epochs=3, batch_size=8, learning_rate=0.01, optimizer="adam"),
    "dp-recipe": Recipe(epochs=3, batch_size=10, learning_rate=0.3, sampling="poisson"),
    "dp": Recipe(epochs=3, batch_size=10, learning_rate=0.3, sampling="poisson", max_grad_norm=1.0),
}


def images(seed=0) -> Dataset:
    """Three classes of 8x8 images: a bright patch in one of three places, and noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(RECORDS + 20) % 3
    x = rng.normal(0, 0.5, (RECORDS + 20, 1, 8, 8)).astype(np.float32)
    for row, label in enumerate(y):
        x[row, 0, 2 * label : 2 * label + 3, 2:6] += 1
    ids = np.array([str(i) for i in range(RECORDS)])
    return Dataset("images", x[:RECORDS], y[:RECORDS], x[RECORDS:], y[RECORDS:], ids, ("a", "b", "c"))


def task_of(kind: str, model="resnet", dataset: Dataset | None = None, **recipe) -> Task:
    chosen = RECIPES[kind].model_copy(update=recipe)
    schedule = Schedule.of(chosen, RECORDS, 0.5)
    private = {"noise_multiplier": 3.0, "target_epsilon": 1.0, "delta": 1e-3} if kind == "dp" else {}
    return Task(dataset or images(), model, Arm(kind, "standard", "", chosen, schedule, **private), seed=11)


def rows(models: int) -> np.ndarray:
    return np.random.default_rng(1).random((models, RECORDS)) < 0.5
