"""Worlds with a known long tail: subpopulations drawn from a prior, fair coins, and learners in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.data.base import Dataset
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.census import Census


def zipf(number: int) -> np.ndarray:
    weights = 1 / np.arange(1, number + 1)
    return weights / weights.sum()


def uniform(number: int) -> np.ndarray:
    return np.full(number, 1 / number)


def two_point(number: int) -> np.ndarray:
    """A tenth of the subpopulations has half of the weight."""
    weights = np.where(np.arange(number) < number // 10, 9.0, 1.0)
    return weights / weights.sum()


@dataclass(frozen=True)
class Drawn:
    """Records and coins; which subpopulation each record is of."""

    weights: np.ndarray
    census: Census

    @classmethod
    def of(cls, weights: np.ndarray, records: int, tests: int, models: int, seed: int) -> Drawn:
        rng = np.random.default_rng(seed)
        train, test = (rng.choice(len(weights), size, p=weights) for size in (records, tests))
        coins = rng.random((models // 2, records)) < 0.5
        membership = np.stack([coins, ~coins], axis=1).reshape(models, records)
        return cls(weights, Census(membership, np.arange(models) // 2, train, test, len(weights)))

    def lookup(self, needed: int = 1, guess: float = 0.0, seed: int = 0, arm: str = "standard") -> Answers:
        """Right about a subpopulation that occurs often enough in training; else a guess, record by record."""
        rng, census = np.random.default_rng([seed, 7]), self.census
        fitted = census.count >= needed
        correct, test = (fitted[:, place] | (rng.random((len(fitted), len(place))) < guess) for place in self._places)
        return Answers(arm, census, correct, test)

    def indifferent(self, easy: float, seed: int = 0, arm: str = "standard") -> Answers:
        """Right about a record as often whether it, or its like, was IN or not."""
        rng = np.random.default_rng([seed, 8])
        correct, test = (rng.random((len(self.census.count), len(place))) < easy for place in self._places)
        return Answers(arm, self.census, correct, test)

    @property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        return self.census.of_record, self.census.of_test


def rare() -> Dataset:
    """240 records of 60 subpopulations with Zipf frequencies in three classes; `kind` names them."""
    rng = np.random.default_rng(11)
    centres, label = rng.normal(size=(60, 16)), rng.permuted(np.arange(60) % 3)
    parts = [rng.choice(60, size, p=zipf(60)) for size in (240, 120)]
    x, x_test = ((centres[part] + 0.2 * rng.normal(size=(len(part), 16))).astype(np.float32) for part in parts)
    kind, kind_test = (np.array([f"k{place:02d}" for place in part]) for part in parts)
    ids = np.array([f"r{i:03d}" for i in range(240)])
    y, y_test = (label[part] for part in parts)
    return Dataset("rare", x, y, x_test, y_test, ids, ("a", "b", "c"), {"kind": kind}, {"kind": kind_test})


def untested() -> Dataset:
    """Records without columns and without test records, as they can be made by hand."""
    held = rare()
    return Dataset("untested", held.x, held.y, held.x_test[:0], held.y_test[:0], held.ids, held.class_names)
