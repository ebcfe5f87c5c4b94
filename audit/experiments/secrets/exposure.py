"""Exposure: how far a secret stands out among sentences of its format (Carlini et al. 2019, arXiv 1802.08232)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ranks(secrets: Floats, references: Floats, coins: Floats) -> Ints:
    """The rank of every secret among the references, Int64 [models, secrets], from 1, the likeliest.

    A secret that ties with t references is put at one of t + 1 places, all equally likely; so the rank of a secret
    that was drawn as the references were is uniform on 1 .. references + 1, whatever the model says.

    Args:
        secrets: Float [models, secrets]; log-perplexities.
        references: Float [models, references]; log-perplexities.
        coins: Float [models, secrets] in [0, 1), uniform; break ties.
    """
    rows = zip(np.sort(references, axis=1), secrets, strict=True)
    ends = np.array([[np.searchsorted(row, of, side) for side in ("left", "right")] for row, of in rows])
    below, up_to = ends[:, 0], ends[:, 1]
    return np.asarray(1 + below + np.floor(coins * (up_to - below + 1)), np.int64)


def exposures(rank: Ints, references: int) -> Floats:
    """Exposure by rank in bits, `log2 n - log2 rank` among n = references + 1 sentences (definition 5).

    Args:
        rank: Int, any shape, from 1.
        references: how many the secret was ranked among.
    """
    return np.asarray(np.log2(references + 1) - np.log2(rank), np.float64)


def highest(references: int) -> float:
    """The highest exposure that a rank among so many references can show, in bits."""
    return float(np.log2(references + 1))


def chance(references: int) -> float:
    """Mean exposure of a secret that the model never saw, in bits: exact; 1 / ln 2 = 1.4427 of many references.

    Args:
        references: how many it is ranked among.
    """
    return float(exposures(np.arange(1, references + 2), references).mean())
