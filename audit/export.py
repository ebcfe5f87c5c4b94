"""A pool as plain arrays, for `audit score`, other tools and notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.errors import PoolError
from audit.files import whole_file
from audit.folder import Index, RunFolder
from audit.pool import Pool

Array = NDArray[Any]

AXES = {
    "views_correct": "[models, records, views]",
    "phi": "[models, records, views]",
    "entropy": "[models, records, views]",
    "modified_entropy": "[models, records, views]",
    "top": "[models, records, views, places]",
    "pair": "[models]",
    "seconds": "[models]",
    "labels": "[records]",
    "ids": "[records]",
    "features": "[records, ...]",
    "class_names": "[classes]",
    "population": "[models, population, views]",
    "population_correct": "[models, population]",
    "population_labels": "[population]",
}


def write_pool(folder: RunFolder, arm: str, out: Path, features: bool = False) -> list[str]:
    """Write the pool of an arm on its natural records as an npz without pickle; the test records are its population.

    Args:
        folder: the run.
        arm: name of the arm.
        out: the file to write.
        features: also write the records themselves, read anew from their source.

    Returns:
        One line an array: name, type and axes.

    Raises:
        PoolError: if there is no such arm, a shard is damaged, or the source has other records than the run.
    """
    index = folder.index()
    arrays = arrays_of(folder.pool(arm).natural(index.canaries), index.natural)
    if features:
        held = records_of(folder, arm, "restore the source, or export without --features")
        arrays["features"] = held.natural.x
    with whole_file(out) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    described = (f"{n} {a.dtype} {AXES.get(n, _axes(n))} {a.shape}" for n, a in arrays.items())
    return [f"wrote {out}", *described]


def arrays_of(pool: Pool, index: Index) -> dict[str, Array]:
    """Every array of a pool, and names, labels and groups of its records; a field that `audit score` reads each.

    Args:
        pool: the pool.
        index: its records.
    """
    own = ("membership", "phi", "correct", "views_correct", "entropy", "modified_entropy", "top", "pair", "seconds")
    arrays = {name: held for name in own if (held := getattr(pool, name)) is not None and len(held)}
    if pool.test_phi.shape[1]:
        arrays |= {"population": pool.test_phi, "population_correct": pool.test_correct}
        arrays |= {"population_labels": index.test_labels}
        arrays |= {f"population_group_{name}": column for name, column in index.test_groups.items()}
    arrays |= {"labels": index.labels, "ids": index.ids, "class_names": index.class_names}
    return arrays | {f"group_{name}": column for name, column in index.groups.items()}


def _axes(name: str) -> str:
    of_population = name.startswith("population_group_")
    return "[population]" if of_population else "[records]" if name.startswith("group_") else "[models, records]"


def records_of(folder: RunFolder, arm: str, instead: str) -> Dataset:
    """The records as the source has them now, canaries last, if it still has those of the run.

    Args:
        folder: the run.
        arm: name of an arm that was trained on them.
        instead: what to do if it has others.

    Raises:
        PoolError: if the source has other records than the run.
    """
    from audit.data import audited

    config = folder.config()
    dataset = audited(config.data, config.canaries)
    if dataset.fingerprint != folder.fingerprint(arm):
        raise PoolError(
            f"{config.data.source} holds other records than those that {folder.path} was trained on", instead
        )
    return dataset
