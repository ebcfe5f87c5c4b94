"""A pool as plain arrays, for other tools and for notebooks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audit.files import whole_file
from audit.folder import RunFolder


def write_pool(folder: RunFolder, arm: str, out: Path) -> list[str]:
    """Write the pool of an arm as an npz without pickle.

    Args:
        folder: the run.
        arm: name of the arm.
        out: the file to write.

    Returns:
        One line an array: name, type and axes.

    Raises:
        PoolError: if there is no such arm, or a shard is damaged.
    """
    pool, index = folder.pool(arm), folder.index()
    arrays = {
        "membership": pool.membership,
        "phi": pool.phi.mean(axis=2),
        "correct": pool.correct,
        "labels": index.labels,
        "ids": index.ids,
        "test_correct": pool.test_correct,
    }
    with whole_file(out) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    axes = {"labels": "[records]", "ids": "[records]", "test_correct": "[models, test records]"}
    described = (f"{n} {a.dtype} {axes.get(n, '[models, records]')} {a.shape}" for n, a in arrays.items())
    return [f"wrote {out}", *described]
