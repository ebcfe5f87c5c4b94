"""Sums over a target's references, all models outside its pair, with nobody or a group of pairs left out.

A sum over the references is the sum over the pairs before the target's plus the sum over those after it, and
over groups of pairs likewise. That costs O(models x records) for all targets together, and nothing is ever
subtracted that was added before, so nothing cancels.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np

from attacks.base import Attack, Evidence, Floats, Ints, Part, PartsOf
from attacks.grouping import group_labels
from attacks.threads import in_parallel

BLOCK_ELEMENTS = 500_000
"""Numbers in the terms of one block of records: 4 MB, so that they stay in the cache and small beside the pool."""

FEW_SCORES = 300_000
"""Below so many scores one group of targets is quicker than many that share the work."""

NOBODY = -1
"""Number of the group that is left out where none is."""

Terms = Callable[[Ints, slice], list[Floats]]
"""Models and records to what the models contribute to the sums, each Float [models, records]."""


def outside(values: Floats, pair: Ints) -> Floats:
    """Sum the values of all models outside each model's pair.

    Args:
        values: Float [models, ...].
        pair: Int [models]; models of one number form a pair.

    Returns:
        Float [models, ...]; 0 where no model is outside.
    """
    _, start, place, size = np.unique(pair, return_index=True, return_inverse=True, return_counts=True)
    if (size == 1).all():
        return others(values[start])[place]
    order = np.argsort(place, kind="stable")
    start = np.cumsum(size) - size
    sums = values[order[start]]
    for nth in range(1, size.max()):
        sums[size > nth] += values[order[start[size > nth] + nth]]
    return others(sums)[place]


def others(values: Floats) -> Floats:
    """Sum of all rows but each row: of those before it, and of those after it.

    Args:
        values: Float [rows, ...].
    """
    before, after = np.zeros_like(values), np.zeros_like(values)
    for row in range(1, len(values)):  # far quicker than `np.add.accumulate` along the first axis
        np.add(before[row - 1 : row], values[row - 1 : row], out=before[row : row + 1])
    for row in range(len(values) - 1, 0, -1):
        np.add(after[row : row + 1], values[row : row + 1], out=after[row - 1 : row])
    return np.add(before, after, out=before)


class Sums(NamedTuple):
    """Sums over the references of some targets.

    Attributes:
        left_out: number of the group that is neither target nor reference, or `NOBODY`.
        models: Int; the targets.
        records: slice of the records axis.
        terms: each Float [targets, records of the slice].
    """

    left_out: int
    models: Ints
    records: slice
    terms: list[Floats]


@dataclass(frozen=True, slots=True)
class References:
    """Sums of some terms over references, for one group of targets after another.

    Attributes:
        pair: Int [models]; models of one number are never each other's references.
        group: Int [models]; number of each model's group of whole pairs, from 0 on.
        records: number of records.
        terms: what is summed.
        totals: each Float [groups, records]; every term summed over the models of a group.
    """

    pair: Ints
    group: Ints
    records: int
    terms: Terms
    totals: list[Floats]

    @classmethod
    def of(cls, pair: Ints, group: Ints, records: int, terms: Terms) -> References:
        """Sum the terms of every group.

        Args:
            pair: Int [models].
            group: Int [models].
            records: number of records.
            terms: what is to be summed.
        """
        groups = np.arange(group.max() + 1)
        number = len(terms(np.arange(1), slice(0, 1)))

        def total(one: int) -> Floats:
            models = np.flatnonzero(group == one)
            blocks = record_blocks(records, len(models) * number)
            return np.concatenate([[t.sum(axis=0) for t in terms(models, block)] for block in blocks], axis=1)

        sums = in_parallel(total, groups)
        return cls(pair, group, records, terms, list(np.stack(sums, axis=1)))

    def sums(self, own: int, leave: bool, every_record: bool = False) -> Iterator[Sums]:
        """The sums of the targets of one group, block of records by block of records.

        Args:
            own: number of the targets' group.
            leave: whether every other group is left out in turn, or nobody.
            every_record: all records in one block.
        """
        models = np.flatnonzero(self.group == own)
        width = 0 if every_record else len(models) * len(self.totals)
        groups = np.delete(np.arange(len(self.totals[0])), own)
        for block in record_blocks(self.records, width):
            within = [outside(term, self.pair[models]) for term in self.terms(models, block)]
            beyond = [total[groups, block] for total in self.totals]
            if not leave:
                yield Sums(NOBODY, models, block, [a + b.sum(axis=0) for a, b in zip(within, beyond, strict=True)])
            elif len(groups):
                rest = [others(each) for each in beyond]
                for row, other in enumerate(groups):
                    yield Sums(int(other), models, block, [a + b[row] for a, b in zip(within, rest, strict=True)])


class ReferenceAttack(Attack, Protocol):
    """An attack whose scores are made of sums over references: one implementation for pools and for their parts."""

    def resolved(self, evidence: Evidence) -> Self:
        """The attack as it is (see `Attack.resolved`)."""
        return self

    @abstractmethod
    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """From the number of a group of targets to their scores.

        Args:
            evidence: the pool.
            group: Int [models]; number of each model's group of whole pairs, from 0 on.
            leave: whether every other group is left out in turn, or nobody.
            every_record: give the scores of all records in one part, so that parts of several attacks match.
        """
        ...

    def scores(self, evidence: Evidence) -> Floats:
        """Scores with all references (see `Attack.scores`)."""
        shape = evidence.membership.shape
        group = group_labels(evidence.pair) if np.prod(shape) > FEW_SCORES else np.zeros(shape[0], np.int64)
        parts, scores = self.resolved(evidence).parts(evidence, group, False), np.empty(shape)

        def fill(own: int) -> None:
            for part in parts(own):
                scores[part.models, part.records] = part.scores

        in_parallel(fill, range(int(group.max()) + 1))
        return scores

    def replicates(self, evidence: Evidence, group: Ints) -> PartsOf:
        """Scores with groups left out, from sums that all of them share (see `Attack.replicates`)."""
        return self.resolved(evidence).parts(evidence, group, True)


def scored(sums: Iterator[Sums], score: Callable[[Sums], Floats]) -> Iterator[Part]:
    """Scores from sums, part by part."""
    return (Part(each.left_out, each.models, each.records, score(each)) for each in sums)


def record_blocks(records: int, width: int) -> Iterator[slice]:
    """Slices of the records axis whose temporary arrays have a bounded size.

    Args:
        records: number of records.
        width: numbers held for each record; 0 puts all records into one slice.
    """
    step = max(1, BLOCK_ELEMENTS // width) if width else records
    return (slice(start, min(start + step, records)) for start in range(0, records, step))
