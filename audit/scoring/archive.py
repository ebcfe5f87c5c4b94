"""Files of outputs as NumPy archives: arrays by name, never a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from audit.data.arrays import headers_of, pickles, read_arrays
from audit.data.base import Strings
from audit.data.draft import Array
from audit.scoring.fields import FIELDS, GROUP, POPULATION_GROUP, Raw

EXAMPLE = "numpy.savez(FILE, membership=..., logits=..., labels=...)"


def read_archive(source: str, path: Path) -> Raw:
    """The fields that an archive holds.

    Args:
        source: the file, as the person named it.
        path: the file.

    Raises:
        DataError: if it is no archive of arrays.
    """
    headers = headers_of(source, path, EXAMPLE)
    known = [name for name in headers if name in FIELDS or name.startswith((GROUP, POPULATION_GROUP))]
    arrays, damaged = read_arrays(path, {name: name for name in known if not headers[name].dtype.hasobject})
    return Raw(
        source,
        {name: array for name, array in arrays.items() if name in FIELDS},
        groups=_columns(arrays, GROUP),
        population_groups=_columns(arrays, POPULATION_GROUP),
        unknown=tuple(name for name in headers if name not in known),
        problems=(*pickles(headers), *damaged),
    )


def _columns(arrays: Mapping[str, Array], prefix: str) -> dict[str, Strings]:
    found = {name: array for name, array in arrays.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): array.astype(np.str_) for name, array in found.items()}
