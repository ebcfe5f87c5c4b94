"""What a DP guarantee says of a bit that is a fair coin: how often any attacker at all can guess it."""

from __future__ import annotations

import numpy as np

from audit.privacy_curve import PrivacyCurve

GRID = 2000
"""Cells of [0, 1] in which the largest advantage is looked for; it is overstated by at most one cell."""


def bit_cap(curve: PrivacyCurve) -> float:
    """The highest chance of guessing right a bit of a record that is a fair coin given all else.

    Let the attacker know everything but the bit: all other records, all coins of membership, the rest of the record.
    It then has to tell training on D with the record and its bit 0 (outputs Q) from the same with bit 1 (outputs P).
    Both are neighbours of training without the record (outputs R). With `g` the accountant's cap on the true-positive
    rate at a false-positive rate, which holds for adding and for removing a record, every set S of outputs has
    `R(S) <= g(Q(S))` and `P(S) <= g(R(S))`, so `P(S) <= g(g(Q(S)))` (group privacy: Dong, Roth & Su 2019,
    arXiv 1905.02383, theorem 2.14). The best guess of a fair coin is right with probability
    `(1 + max_S [P(S) - Q(S)]) / 2 <= (1 + max_t [g(g(t)) - t]) / 2`.
    `g(g(t))` does not fall in t, so on a cell [a, b] the advantage is at most `g(g(b)) - a`: the maximum over cells is
    a bound, not a sample. The mean over many bits has the same cap, whatever they have to do with each other.

    This is tight for one release of the Gaussian mechanism, Phi(1/noise multiplier), and for eps-DP, 1 - e^-eps / 2;
    2 eps-DP, which is what two neighbours of a third are, would allow e^(2 eps) / (1 + e^(2 eps)).

    Args:
        curve: of the training run.

    Returns:
        In [0.5, 1].
    """
    edges = np.linspace(0, 1, GRID + 1)
    twice = np.array([curve.tpr_cap(curve.tpr_cap(edge)) for edge in edges[1:].tolist()])
    return float(np.clip((1 + (twice - edges[:-1]).max()) / 2, 0.5, 1))
