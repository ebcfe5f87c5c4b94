"""A table with every proxy of every record."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.files import write_bytes

Floats = NDArray[np.float64]


def write_table(path: Path, dataset: Dataset, scores: Mapping[str, Floats]) -> None:
    """Write one row a record: id, class, groups, and each proxy's mean, lowest and highest over the runs.

    Args:
        path: a Parquet file.
        dataset: the records.
        scores: proxy -> Float [runs, records].
    """
    import polars as pl

    columns: dict[str, object] = {"id": dataset.ids, "class": np.array(dataset.class_names)[dataset.y]}
    columns |= {f"group_{name}": column for name, column in dataset.groups.items()}
    for name, found in scores.items():
        plain = name.replace("-", "_")
        columns |= {
            plain: found.mean(axis=0),
            f"{plain}_lowest": found.min(axis=0),
            f"{plain}_highest": found.max(axis=0),
        }
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    write_bytes(path, buffer.getvalue())
