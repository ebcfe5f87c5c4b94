"""Pools and data sets for tests that need no training."""

from __future__ import annotations

import numpy as np

from audit.data.base import Dataset
from audit.pool import Pool

Groups = dict[str, np.ndarray] | None


def pool_of(
    membership: np.ndarray, correct: np.ndarray, test_correct: np.ndarray, paired: bool = True, arm: str = "standard"
) -> Pool:
    """A pool whose signals say no more than who is right."""
    phi, test_phi = (np.where(right, 2.0, -2.0)[:, :, None] for right in (correct, test_correct))
    return Pool(arm, membership.copy(), phi, correct.copy(), test_phi, test_correct.copy(), paired)


def dataset_of(y: np.ndarray, y_test: np.ndarray, groups: Groups = None, test_groups: Groups = None) -> Dataset:
    """A data set of blank records with the given labels."""
    return Dataset(
        "blank",
        np.zeros((len(y), 1), np.float32),
        y.astype(np.int64),
        np.zeros((len(y_test), 1), np.float32),
        y_test.astype(np.int64),
        np.array([f"r{i}" for i in range(len(y))]),
        tuple(f"class {c}" for c in range(int(max(y.max(), y_test.max())) + 1)),
        groups or {},
        test_groups or {},
    )
