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

BLOCK_ELEMENTS = 2_000_000
"""Numbers in one temporary array: 16 MB, so that a dozen of them stay small beside the pool."""


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
    numbers, index = np.unique(pair, return_inverse=True)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(len(numbers)))
    sums = combine.reduceat(values[order], starts, axis=0)
    nothing = np.full_like(sums[:1], combine.identity)
    before = np.concatenate([nothing, combine.accumulate(sums[:-1], axis=0)])
    after = np.concatenate([nothing, combine.accumulate(sums[:0:-1], axis=0)])[::-1]
    return np.asarray(combine(before, after)[index], np.float64)


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
        # Around the side's own mean over all models the residuals are small, and so is what the
        # last line takes away from their squares, however far the signals lie from zero.
        centre = _mean_over(phi, members)
        residual = np.where(members[:, :, None], phi - centre, 0.0)
        count = outside(members.astype(float), pair)
        total = outside(residual, pair)
        square = outside(residual[..., :, None] * residual[..., None, :], pair)
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = total / count[:, :, None]
        return cls(count, centre + shift, square - total[..., :, None] * shift[..., None, :])


def _mean_over(phi: Floats, members: Bools) -> Floats:
    """Float [records, views]: mean over the models that are on the side; 0 where there is none."""
    total = np.einsum("kiv,ki->iv", phi, members.astype(float))
    return np.asarray(total / np.maximum(members.sum(axis=0), 1)[:, None], np.float64)


def record_blocks(shape: tuple[int, int, int]) -> Iterator[slice]:
    """Slices of the records axis whose statistics fit into a few temporary arrays of bounded size.

    Args:
        shape: models, records, views.
    """
    models, records, views = shape
    step = max(1, BLOCK_ELEMENTS // (models * views**2))
    return (slice(start, start + step) for start in range(0, records, step))
