"""The held-out part of a source that has no test set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Ints

LEAST_RECORDS_A_CLASS = 4


def held_out(y: Ints, share: float, seed: int) -> NDArray[np.bool_]:
    """Draw the records to hold out: the same share of every class, by seed.

    A class keeps at least four records under audit where it has them, so a very small class may
    lend fewer than its share.

    Args:
        y: Int [records]; class indices.
        share: share of every class to hold out, in (0, 1); rounded to whole records.
        seed: seed of the draw.

    Returns:
        Bool [records]; True where a record is held out.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(y), dtype=np.bool_)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        spare = max(0, len(members) - LEAST_RECORDS_A_CLASS)
        held[members[: min(round(share * len(members)), spare)]] = True
    return held


def held_out_note(held: NDArray[np.bool_], seed: int) -> str:
    """The sentence that says what was held out.

    Args:
        held: Bool [records]; True where a record is held out.
        seed: seed of the draw.
    """
    return (
        f"{int(held.sum()):,} of {len(held):,} records ({held.mean():.1%}) are held out as the test set, "
        f"the same share of every class, drawn with seed {seed}."
    )
