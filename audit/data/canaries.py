"""Canaries: records that are made to be memorized, put into training by fair coins beside the natural ones.

What an attacker reaches on them is close to the worst case, which is what a guarantee speaks of; what he reaches on
natural records is the typical case. Canaries are no part of any figure on natural records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.config import CanaryConfig
from audit.data.arrays import Header, headers_of, pickles, read_arrays
from audit.data.base import Dataset, Floats32, Ints
from audit.data.checks import not_finite, refuse
from audit.data.draft import Array, Problem, nearest, quoted
from audit.data.files import existing_file
from audit.data.pixels import BRIGHTEST, channels_first
from audit.errors import DataError

Drawn = tuple[Floats32, Ints]

GROUP = "canary"
"""What a canary's groups are; it belongs to none of the natural ones."""


def planted(dataset: Dataset, config: CanaryConfig) -> Dataset:
    """A data set with canaries as its last records.

    Args:
        dataset: the natural records.
        config: how many, of which kind, drawn by which seed.

    Raises:
        DataError: if there is no such kind, or the records of a file do not fit to the natural ones.
    """
    if not config.count:
        return dataset
    x, y = _drawn(dataset, config)
    ids = np.array([f"canary-{number}" for number in range(len(y))])
    taken = np.intersect1d(ids, dataset.ids)
    if len(taken):
        refuse(dataset.name, [Problem(f"a record has the id {taken[0]!r} of a canary", "give it another id")])
    return replace(
        dataset,
        x=np.concatenate([dataset.x, x.astype(np.float32)]),
        y=np.concatenate([dataset.y, y.astype(np.int64)]),
        ids=np.concatenate([dataset.ids, ids]),
        groups={name: np.append(column, np.full(len(y), GROUP)) for name, column in dataset.groups.items()},
        canaries=len(y),
    )


def _drawn(dataset: Dataset, config: CanaryConfig) -> Drawn:
    if config.kind in KINDS:
        return KINDS[config.kind](dataset, config.count, np.random.default_rng((config.seed, 0xCA)))
    path = Path(config.kind)
    if path.suffix.lower() != ".npz":
        what = f"canaries.kind: there is no kind of canary {config.kind!r}{nearest(config.kind, KINDS)}"
        raise DataError(what, f"choose {', '.join(KINDS)}, or give a FILE.npz with arrays x and y")
    return _of_file(dataset, config)


def mislabelled(dataset: Dataset, count: int, rng: np.random.Generator) -> Drawn:
    """Records of one class with the label of another: each the mean of two training records of its class.

    A copy of a natural record would give that one a twin with a contrary label, and a test record would spoil the
    accuracy; the mean of two is near the distribution and spoils neither.

    Args:
        dataset: the natural records.
        count: how many.
        rng: draws the records and their labels.
    """
    first = rng.integers(0, dataset.records, count)
    second = np.array([rng.choice(np.flatnonzero(dataset.y == label)) for label in dataset.y[first]], np.int64)
    x = (dataset.x[first] + dataset.x[second]) / 2
    return x.astype(np.float32), (dataset.y[first] + rng.integers(1, dataset.classes, count)) % dataset.classes


def noise(dataset: Dataset, count: int, rng: np.random.Generator) -> Drawn:
    """Records outside the distribution: every feature at its least or its greatest value, by fair coins.

    Args:
        dataset: the natural records.
        count: how many.
        rng: draws features and labels.
    """
    least, greatest = dataset.x.min(axis=0), dataset.x.max(axis=0)
    coins = rng.random((count, *dataset.in_shape)) < 0.5
    return np.where(coins, greatest, least).astype(np.float32), rng.integers(0, dataset.classes, count)


def blank(dataset: Dataset, count: int, rng: np.random.Generator) -> Drawn:
    """Blank records, every feature at its least value but for one that is lit, with the rarest label.

    A single blank record is blank throughout (Nasr et al. 2023, arXiv 2302.07956); of many, each has a feature of
    its own at ten times its range, or nothing would tell them apart.

    Args:
        dataset: the natural records.
        count: how many; the first is blank throughout, features are used again where they are fewer.
        rng: draws the features that are lit.
    """
    least = dataset.x.min(axis=0).reshape(-1)
    reach = 10 * max(float(np.ptp(dataset.x)), 1.0)
    x = np.tile(least, (count, 1))
    lit = np.resize(rng.permutation(len(least)), max(0, count - 1))
    x[np.arange(1, count), lit] += reach
    rare = int(np.argmin(np.bincount(dataset.y, minlength=dataset.classes)))
    return x.reshape(count, *dataset.in_shape).astype(np.float32), np.full(count, rare)


KINDS: dict[str, Callable[[Dataset, int, np.random.Generator], Drawn]] = {
    "noise": noise,
    "mislabelled": mislabelled,
    "blank": blank,
}
"""Kinds of canaries by the name that the command line takes."""


def _of_file(dataset: Dataset, config: CanaryConfig) -> Drawn:
    """The first records of an npz with x and y; y counts classes from 0, x is as the model sees it or bytes a pixel."""
    path = existing_file(config.kind)
    headers = headers_of(config.kind, path, "numpy.savez(FILE, x=x, y=y)")
    there: dict[str, Header] = {name: headers[name] for name in ("x", "y") if name in headers}
    missing = [name for name in ("x", "y") if name not in there]
    lacking = Problem(f"there is no array {quoted(missing)}", "name the canaries 'x' and their labels 'y'")
    refuse(config.kind, [*pickles(there), *([lacking] if missing else [])])
    arrays, damaged = read_arrays(path, {"x": "x", "y": "y"})
    refuse(config.kind, damaged)
    x, y = arrays["x"], arrays["y"]
    divisor = BRIGHTEST if x.dtype == np.uint8 and x.ndim in (3, 4) else 1.0
    x = channels_first(x) if x.ndim in (3, 4) and x.shape[1:] != dataset.in_shape else x
    refuse(config.kind, _misfits(dataset, x, y, config.count))
    return (x[: config.count] / np.float32(divisor)).astype(np.float32), y[: config.count].astype(np.int64)


def _misfits(dataset: Dataset, x: Array, y: Array, count: int) -> list[Problem]:
    checks: dict[Problem, Callable[[], bool]] = {
        Problem(f"x is {list(x.shape)}, records of {dataset.name} are {list(dataset.in_shape)}", "give x that shape"): (
            lambda: x.shape[1:] == dataset.in_shape
        ),
        Problem(f"x is {x.dtype}", "save x as float32 or uint8"): lambda: x.dtype.kind in "fiub",
        Problem(f"y is {y.dtype} {list(y.shape)}", "save y as one whole number a record"): (
            lambda: y.dtype.kind in "iu" and y.shape == x.shape[:1]
        ),
    }
    found = [problem for problem, holds in checks.items() if not holds()]
    return found or [*_values(dataset, x, y, count)]


def _values(dataset: Dataset, x: NDArray[np.generic], y: Array, count: int) -> list[Problem]:
    found = []
    if len(y) < count:
        found.append(Problem(f"{count} canaries are asked for and the file has {len(y)}", "ask for fewer --canaries"))
    if len(y) and not (y.min() >= 0 and y.max() < dataset.classes):
        found.append(Problem(f"y runs from {y.min()} to {y.max()}", f"count the {dataset.classes} classes from 0"))
    if not_finite(x).any():
        found.append(Problem("x holds NaN or infinity", "remove these records"))
    return found
