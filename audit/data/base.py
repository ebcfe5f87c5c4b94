"""The data set under audit: checked once, frozen, fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

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
        canaries: how many of the last records are canaries, and no part of any figure on natural records.
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
    canaries: int = 0

    @property
    def records(self) -> int:
        """Number of training records."""
        return len(self.y)

    @property
    def natural_records(self) -> int:
        """Number of training records that are no canaries."""
        return self.records - self.canaries

    @property
    def natural(self) -> Dataset:
        """The same data set without its canaries."""
        kept = slice(0, self.natural_records)
        groups = {name: column[kept] for name, column in self.groups.items()}
        return replace(self, x=self.x[kept], y=self.y[kept], ids=self.ids[kept], groups=groups, canaries=0)

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
        """SHA-256 over shapes, types and bytes of all records, labels, ids and groups, and the groups' names."""
        digest = hashlib.sha256()
        arrays: dict[str, NDArray[Any]] = {
            "x": self.x,
            "y": self.y,
            "x_test": self.x_test,
            "y_test": self.y_test,
            "ids": self.ids,
        }
        arrays |= {f"group {name}": self.groups[name] for name in sorted(self.groups)}
        arrays |= {f"test group {name}": self.test_groups[name] for name in sorted(self.test_groups)}
        for name, array in arrays.items():
            digest.update(f"{name!r}{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)  # without a copy
        return digest.hexdigest()
