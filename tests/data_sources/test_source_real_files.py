"""Published files load at the first try; skipped where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from audit.config import DataConfig
from audit.data import load

FOLDER = Path(os.environ.get("AUDIT_REAL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))


def real(name: str) -> str:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"{name} is not in {FOLDER}; set AUDIT_REAL_DATA to the folder that has it")
    return str(path)


def test_location30():
    dataset = load(DataConfig(source=real("location30.npz")))
    assert dataset.records + len(dataset.y_test) == 5010
    assert dataset.classes == 30
    assert dataset.in_shape == (446,)
    assert set(np.unique(dataset.x)) == {0.0, 1.0}


def test_credit_default_with_its_label_alone():
    dataset = load(DataConfig(source=real("credit_default.parquet"), label="class"))
    assert dataset.records + len(dataset.y_test) == 30_000
    assert dataset.classes == 2
    assert dataset.in_shape == (23,)
    assert any("'ID'" in note and "numbers the records" in note for note in dataset.notes)
    np.testing.assert_allclose(dataset.x.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(dataset.x.std(axis=0), 1, atol=1e-4)


def test_mnist():
    dataset = load(DataConfig(source=real("mnist.npz")))
    assert (dataset.records, len(dataset.y_test)) == (60_000, 10_000)
    assert dataset.in_shape == (1, 28, 28)
    assert (dataset.x.min(), dataset.x.max()) == (0, 1)
    assert abs(dataset.x.mean() - 0.1307) < 1e-4  # the mean that everyone normalises MNIST by
    assert np.bincount(dataset.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
