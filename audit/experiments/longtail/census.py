"""How often every subpopulation occurs in the training set of every model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.experiments.longtail.crossed import Crossed
from audit.halves import independent_units

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Strings = NDArray[np.str_]


@dataclass(frozen=True)
class Census:
    """Who was IN, counted by subpopulation; the same for all arms of an audit.

    Attributes:
        membership: Bool [models, records].
        pair: Int [models]; models of one number drew their coins together.
        of_record: Int [records]; the subpopulation of each record under audit.
        of_test: Int [test records]; that of each test record.
        subpopulations: how many there are, with those that no record has.
    """

    membership: Bools
    pair: Ints
    of_record: Ints
    of_test: Ints
    subpopulations: int

    @classmethod
    def of(cls, membership: Bools, pair: Ints, of_record: Strings, of_test: Strings, known: int = 0) -> Census:
        """Count by the names of the subpopulations.

        Args:
            membership: Bool [models, records].
            pair: Int [models].
            of_record: Str [records].
            of_test: Str [test records].
            known: how many subpopulations there are known to be; more than have a record here, or 0.
        """
        names, place = np.unique(np.concatenate([of_record, of_test]), return_inverse=True)
        place = place.astype(np.int64)
        return cls(membership, pair, place[: len(of_record)], place[len(of_record) :], max(known, len(names)))

    @cached_property
    def count(self) -> Ints:
        """Int [models, subpopulations]: how often each occurs among the IN records of each model."""
        return self.by_record(self.membership).astype(np.int64)

    @property
    def size(self) -> Ints:
        """Int [models]: IN records."""
        return self.membership.sum(axis=1)

    @cached_property
    def test_records(self) -> Floats:
        """Float [subpopulations]: test records of each."""
        return np.bincount(self.of_test, minlength=self.subpopulations).astype(np.float64)

    @property
    def others(self) -> Ints:
        """Int [models, records]: how many *other* records of a record's subpopulation are IN."""
        return self.count[:, self.of_record] - self.membership

    def by_record(self, of: NDArray[np.generic]) -> Floats:
        """Sums over the records of each subpopulation.

        Args:
            of: [models, records].

        Returns:
            Float [models, subpopulations].
        """
        return self.gathered(of, self.of_record)

    def by_test(self, of: NDArray[np.generic]) -> Floats:
        """Sums over the test records of each subpopulation.

        Args:
            of: [models, test records].

        Returns:
            Float [models, subpopulations].
        """
        return self.gathered(of, self.of_test)

    def gathered(self, of: NDArray[np.generic], place: Ints) -> Floats:
        """Sums over all columns of each subpopulation.

        Args:
            of: [rows, columns].
            place: Int [columns]; the subpopulation of each.

        Returns:
            Float [rows, subpopulations].
        """
        rows, number = len(of), self.subpopulations
        flat = (np.arange(rows)[:, None] * number + place).reshape(-1)
        summed = np.bincount(flat, np.asarray(of, np.float64).reshape(-1), rows * number)
        return np.asarray(summed.reshape(rows, number), np.float64)

    def total(self, cells: NDArray[np.generic]) -> Crossed:
        """Mean over models of the sum over subpopulations.

        Args:
            cells: [models, subpopulations].
        """
        whole, pairs = cells.sum(axis=0, dtype=np.float64), self.by_pair(cells)
        models = np.bincount(self.unit)[:, None]
        rest = (whole - pairs) / np.maximum(1, len(self.unit) - models)
        return Crossed.summed(whole / len(self.unit), rest, self.unit_name)

    def test_share(self, cells: NDArray[np.generic]) -> Crossed:
        """Counts of test records as a share of them all; how many were drawn is no chance.

        Args:
            cells: [models, subpopulations]; test records.
        """
        tests = max(1, len(self.of_test))
        return self.total(cells).map(lambda records: records / tests)

    def by_pair(self, cells: NDArray[np.generic]) -> Floats:
        """Sums over the models of each pair.

        Args:
            cells: [models, columns].

        Returns:
            Float [pairs, columns].
        """
        order = np.argsort(self.unit, kind="stable")
        first = np.searchsorted(self.unit[order], np.arange(int(self.unit.max()) + 1))
        return np.add.reduceat(np.asarray(cells, np.float64)[order], first)

    @cached_property
    def unit(self) -> Ints:
        """Int [models]: pairs numbered 0, 1, 2, ..."""
        return independent_units(self.pair)

    @property
    def unit_name(self) -> str:
        """What a unit is, for the name of a method."""
        return "models" if int(self.unit.max()) + 1 == len(self.unit) else "model pairs"
