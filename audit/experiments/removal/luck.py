"""How far a set of records is from the average set of its size by luck alone.

The models of a half all miss the same records, so pairs cannot tell a set that was well chosen from one that is unlike
others by luck; shuffled scores would then be found to matter. First order: removing record i takes away half of its
total influence on accuracy, since it was IN half of the models, and influences add (Feldman & Zhang 2020, arXiv
2008.03703, definition of influence). The variance of the total influence over records is measured without the bias of
its noise, as its covariance between the two halves of the pool, which share no model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audit.halves import halves
from audit.pool import Pool
from reports.findings import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def luck_of(pool: Pool, y: Ints, sizes: Ints, right: Floats) -> Floats:
    """Standard deviation of an accuracy over sets that are drawn fairly, class by class.

    Args:
        pool: the audit's pool, nothing removed.
        y: Int [records].
        sizes: Int [classes]; how many records of each class a set has.
        right: Float [models, figures]; accuracy of every model.

    Returns:
        Float [figures].
    """
    total = [_total_influence(pool.membership[half], right[half]) for half in halves(pool.pair)]
    records = np.bincount(y, minlength=len(sizes))
    covariance = np.zeros(right.shape[1])
    for one in np.flatnonzero(records > 1):
        first, second = (influence[y == one] for influence in total)
        covariance += ((first - first.mean(axis=0)) * (second - second.mean(axis=0))).sum(axis=0)
    covariance /= max(1, len(y) - int((records > 0).sum()))
    drawn = (sizes * (1 - sizes / np.maximum(records, 1))).sum()
    return np.asarray(np.sqrt(np.maximum(covariance, 0) * drawn) / 2, np.float64)


def widened(estimate: Estimate, luck: float, units: int) -> Estimate:
    """A difference between a chosen set and random ones, with the luck of a set in its interval.

    Args:
        estimate: with what models make it vary.
        luck: standard deviation over sets.
        units: independent units of the estimate.
    """
    extra = float(stats.t.ppf((1 + estimate.confidence) / 2, max(1, units - 1))) * luck
    low = estimate.value - float(np.hypot(estimate.value - estimate.low, extra))
    high = estimate.value + float(np.hypot(estimate.high - estimate.value, extra))
    method = f"{estimate.method}; and the luck of a set, from the variance of total influence over records"
    return estimate.model_copy(update={"low": low, "high": high, "method": method})


def _total_influence(membership: NDArray[np.bool_], right: Floats) -> Floats:
    """Mean accuracy of the models that a record is IN less that of the others, Float [records, figures]."""
    inside = membership.T.astype(float)
    return np.asarray((2 * inside - 1) @ right / (len(membership) / 2), np.float64)
