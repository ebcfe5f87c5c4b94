"""How two orders of the records agree: by rank, and at the top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from attacks.threads import in_parallel
from audit.crossing import chosen_at_top

Floats = NDArray[np.float64]

TOPS = (0.01, 0.05)
_FEW = 2**16
"""Numbers that are ordered sooner than threads start."""


@dataclass(frozen=True)
class Orders:
    """Orders of the same records, made ready to be compared by inner products.

    Attributes:
        ranks: Float [orders, records]; centred mean ranks of norm 1; NaN where all records tie.
        chosen: Float [tops, orders, records]; how likely a record is to be in the top, ties broken by lot.
        places: Int [tops]; how many records the top is.
    """

    ranks: Floats
    chosen: Floats
    places: NDArray[np.int64]

    @classmethod
    def of(cls, values: Floats) -> Orders:
        """The orders that values give.

        Args:
            values: Float [orders, records]; none missing.
        """
        found = in_parallel(_ordered, values) if values.size > _FEW else [_ordered(row) for row in values]
        places = np.array([max(1, round(top * values.shape[1])) for top in TOPS])
        return cls(np.stack([ranks for ranks, _ in found]), np.stack([top for _, top in found], axis=1), places)

    @classmethod
    def of_proxies(cls, values: Floats) -> Orders:
        """The orders that proxies give, which may be small without end: a loss of 1e-20 is above one of 1e-21.

        Args:
            values: Float [orders, records], of single precision; none missing.
        """
        return cls.of(np.stack([rankdata(row.astype(np.float32), method="dense") for row in values]).astype(np.float64))

    def spearman(self, other: Orders) -> Floats:
        """Spearman's rank correlation of every order with every order of another, Float [orders, other orders]."""
        return np.asarray(self.ranks @ other.ranks.T)

    def shared(self, other: Orders) -> Floats:
        """Expected share of one top that is in the other, Float [tops, orders, other orders]."""
        return np.asarray(self.chosen @ other.chosen.transpose(0, 2, 1) / self.places[:, None, None])

    def take(self, rows: NDArray[np.int64]) -> Orders:
        """Some of the orders.

        Args:
            rows: their indices.
        """
        return Orders(self.ranks[rows], self.chosen[:, rows], self.places)


def _ordered(values: Floats) -> tuple[Floats, Floats]:
    ranks = rankdata(np.round(values, 9))
    ranks -= ranks.mean()
    norm = float(np.sqrt(ranks @ ranks))
    return ranks / norm if norm > 0 else np.full(len(ranks), np.nan), np.stack([chosen_at_top(values, t) for t in TOPS])
