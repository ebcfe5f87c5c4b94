"""The data set under audit: checked once, frozen, fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Strings = NDArray[np.str_]


@dataclass(frozen=True)
class Dataset:
    """Records, labels, and what a report may say of them.

    Attributes:
        name: short name for run folders and reports.
        x: Float32 [records, ...]; images as [records, channels, height, width], tables as [records, columns].
        y: Int64 [records]; class indices 0 .. classes-1.
        x_test: Float32 [test records, ...].
        y_test: Int64 [test records].
        ids: Str [records]; unique; the only way in which a report names a record.
        class_names: one name a class.
        groups: column name -> Str [records]; columns to report by.
        test_groups: the same columns for the test records.
        notes: what was done to the source, in sentences for the report.
    """

    name: str
    x: Floats32
    y: Ints
    x_test: Floats32
    y_test: Ints
    ids: Strings
    class_names: tuple[str, ...]
    groups: Mapping[str, Strings] = field(default_factory=dict)
    test_groups: Mapping[str, Strings] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def records(self) -> int:
        """Number of training records."""
        return len(self.y)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Shape of one record."""
        return self.x.shape[1:]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over shapes, types and bytes of all records, labels, ids and groups."""
        digest = hashlib.sha256()
        columns = [g for pair in (self.groups, self.test_groups) for g in (pair[k] for k in sorted(pair))]
        for array in (self.x, self.y, self.x_test, self.y_test, self.ids, *columns):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
