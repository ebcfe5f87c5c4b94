"""The data of the benchmarks: the bundled digits, and real files where they are there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from audit.data import Dataset

RECORDS, TEST_RECORDS = 10_000, 2_000
FILES = {"location-30": "location30.npz", "mnist": "mnist.npz"}


def folder() -> Path:
    """Where the real files are expected: `AUDIT_REAL_DATA`, or `shared/data` beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("AUDIT_REAL_DATA", beside))


def absent(data: str) -> str | None:
    """Why a data set cannot be had; None if it can.

    Args:
        data: `digits`, or a key of `FILES`.
    """
    if data not in FILES or (folder() / FILES[data]).is_file():
        return None
    return f"there is no {FILES[data]} (its folder is named by AUDIT_REAL_DATA)"


def source_of(data: str) -> str:
    """What an audit's config names as its source.

    Args:
        data: `digits`, or a key of `FILES`.
    """
    if data == "mnist":
        return f"{__name__}:mnist"
    return str(folder() / FILES[data]) if data in FILES else data


def mnist() -> Dataset:
    """The first 10,000 training images of MNIST and the first 2,000 test images, [1, 28, 28] in 0..1."""
    with np.load(folder() / FILES["mnist"], allow_pickle=False) as archive:
        x, x_test = (_images(archive[name], most) for name, most in (("x_train", RECORDS), ("x_test", TEST_RECORDS)))
        y, y_test = archive["y_train"][:RECORDS], archive["y_test"][:TEST_RECORDS]
    return Dataset(
        name="mnist",
        x=x,
        y=y,
        x_test=x_test,
        y_test=y_test,
        ids=np.arange(RECORDS).astype(np.str_),
        class_names=tuple("0123456789"),
    )


def _images(pixels: np.ndarray, most: int) -> np.ndarray:
    return pixels[:most].reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
