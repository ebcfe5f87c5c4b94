"""The data of the benchmarks: the bundled digits, and real files where they are there."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from audit.data import Dataset

RECORDS, TEST_RECORDS = 10_000, 2_000
FILES = {"location-30": "location30.npz", "mnist": "mnist.npz", "cifar10": "cifar10_train_a.medp"}
CIFAR_RECORDS = 5_000
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


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
    if data in ("mnist", "cifar10"):
        return f"{__name__}:{data}"
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


def whole_mnist() -> Dataset:
    """All of MNIST, as Feldman & Zhang 2020 (arXiv 2008.03703) had it: 60,000 training and 10,000 test images."""
    with np.load(folder() / FILES["mnist"], allow_pickle=False) as archive:
        x, x_test = (_images(archive[name], len(archive[name])) for name in ("x_train", "x_test"))
        y, y_test = archive["y_train"], archive["y_test"]
    return Dataset("mnist", x, y, x_test, y_test, np.arange(len(y)).astype(np.str_), tuple("0123456789"))


def cifar10() -> Dataset:
    """The first 5,000 training and 2,000 test images of CIFAR-10; ids are places in the training set."""
    return _cifar10(CIFAR_RECORDS)


def whole_cifar10() -> Dataset:
    """All of CIFAR-10; ids are places in the training set."""
    return _cifar10(None)


def _cifar10(records: int | None) -> Dataset:
    unpack = _unpacker()
    names = ["cifar10_train_a.medp", *([] if records else ["cifar10_train_b.medp"])]
    parts = [unpack(folder() / name) for name in names]
    x, y = (np.concatenate([part[axis] for part in parts])[:records] for axis in range(2))
    x_test, y_test = (each[: TEST_RECORDS if records else None] for each in unpack(folder() / "cifar10_test.medp"))
    images = (np.ascontiguousarray(each.transpose(0, 3, 1, 2), np.float32) / np.float32(255) for each in (x, x_test))
    labels = (each.astype(np.int64) for each in (y, y_test))
    (x, x_test), (y, y_test) = images, labels
    ids = np.arange(len(y)).astype(np.str_)
    return Dataset("cifar10", x, y, x_test, y_test, ids, CIFAR_CLASSES)


def _unpacker() -> Any:
    """The reader that lies beside the files.

    Raises:
        FileNotFoundError: if there is none.
    """
    if not (folder() / "medpack.py").is_file():
        raise FileNotFoundError(f"no packed CIFAR-10 in {folder()}; docs/experiments/agreement.md makes a cifar10.npz")
    spec = importlib.util.spec_from_file_location("medpack", folder() / "medpack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.unpack


def _images(pixels: np.ndarray, most: int) -> np.ndarray:
    return pixels[:most].reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
