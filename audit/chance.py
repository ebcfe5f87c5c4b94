"""What the membership coins alone would give: exact chances that a difference of rates is reached by luck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from audit.estimates import ROUNDING

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def chance_with_pairs(discordant: Ints, pairs: int, threshold: float) -> Floats:
    """Chance that `IN rate - OUT rate >= threshold` where the record's membership has no effect on the outcome.

    Given every model's outcome, each pair in which the two models differ adds +1 or -1 by the record's own fair
    coin, which nothing else depends on: the difference is (2 Bin(discordant, 1/2) - discordant) / pairs, exactly,
    whatever the two models of a pair have to do with each other (Fisher's randomisation test; McNemar 1947).
    For a record that *is* memorized most pairs differ, so its chance is an upper estimate.

    Args:
        discordant: Int, any shape; pairs whose two models differ in the outcome.
        pairs: number of pairs.
        threshold: the difference to be reached, in (0, 1].
    """
    table = np.arange(pairs + 1)
    needed = np.ceil((threshold * pairs + table) / 2 - ROUNDING)
    return np.asarray(stats.binom.sf(needed - 1, table, 0.5), float)[discordant]


def chance_without_pairs(good: Ints, models: int, in_models: Ints, threshold: float) -> Floats:
    """The same chance where models are independent: hypergeometric, given how many are good and how many IN.

    Args:
        good: Int, any shape; models with a good outcome.
        models: number of models.
        in_models: Int, broadcast against `good`; IN models, in [1, models - 1].
        threshold: the difference to be reached, in (0, 1].
    """
    good, in_models = np.broadcast_arrays(np.asarray(good), np.asarray(in_models))
    out_models = models - in_models
    needed = np.ceil((threshold + good / out_models) * in_models * out_models / models - ROUNDING)
    return np.asarray(stats.hypergeom.sf(needed - 1, models, good, in_models), float)
