"""Statistics over a target's references, all models outside its pair, for all targets at once.

A sum over the references is the sum over the pairs before the target's plus the sum over those after it.
That costs O(models x records) for all targets together, and nothing is ever subtracted that was added
before, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from attacks.base import Bools, Floats, Ints

BLOCK_ELEMENTS = 500_000
"""Numbers in one temporary array: 4 MB, so that a dozen of them stay in the cache and small beside the pool."""


def outside(values: Floats, pair: Ints, combine: np.ufunc = np.add) -> Floats:
    """Combine the values of all models outside each model's pair.

    Args:
        values: Float [models, ...].
        pair: Int [models]; models of one number form a pair.
        combine: an associative, commutative ufunc with an identity: `np.add` for sums,
            `np.logaddexp` for the log of sums of exponentials.

    Returns:
        Float [models, ...]; the identity of `combine` where no model is outside.
    """
    order = np.argsort(pair, kind="stable")
    starts = np.flatnonzero(np.diff(pair[order], prepend=pair[order[0]] - 1))
    sums = combine.reduceat(values[order], starts, axis=0)
    nothing = np.full_like(sums[:1], combine.identity)
    before = np.concatenate([nothing, combine.accumulate(sums[:-1], axis=0)])
    after = np.concatenate([nothing, combine.accumulate(sums[:0:-1], axis=0)])[::-1]
    return np.asarray(combine(before, after)[np.searchsorted(pair[order[starts]], pair)], np.float64)


@dataclass(frozen=True, slots=True)
class Side:
    """What the IN, or the OUT, references of every target say of every record.

    Attributes:
        count: Float [models, records]; number of references on this side.
        mean: Float [models, records, views]; NaN where there is no reference.
        scatter: Float [models, records, views, views]; sum of the products of residuals around the
            mean; NaN where there is no reference.
    """

    count: Floats
    mean: Floats
    scatter: Floats

    @classmethod
    def of(cls, phi: Floats, members: Bools, pair: Ints) -> Side:
        """Leave-pair-out statistics of one side.

        Args:
            phi: Float [models, records, views].
            members: Bool [models, records]; which models are on this side of which record.
            pair: Int [models].
        """
        # Around the record's mean the residuals are small, and so is what the last line takes away from
        # their squares, however far the signals lie from zero. The mean is over all models, so that a
        # target's coins do not reach its references even in the last digit.
        centre = phi.mean(axis=0)
        one_and_residual = np.concatenate([np.ones((*phi.shape[:2], 1)), phi - centre], axis=2) * members[:, :, None]
        moments = outside(one_and_residual[..., :, None] * one_and_residual[..., None, :], pair)
        count, total, square = moments[..., 0, 0], moments[..., 0, 1:], moments[..., 1:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = total / count[:, :, None]
        return cls(count, centre + shift, square - total[..., :, None] * shift[..., None, :])


def record_blocks(shape: tuple[int, int, int]) -> Iterator[slice]:
    """Slices of the records axis whose statistics fit into a few temporary arrays of bounded size.

    Args:
        shape: models, records, views.
    """
    models, records, views = shape
    step = max(1, BLOCK_ELEMENTS // (models * (views + 1) ** 2))
    return (slice(start, start + step) for start in range(0, records, step))
