"""A lower bound on mu from an attack's counts, for those who assume a Gaussian trade-off."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from attacks.intervals import Floats
from bounds.counts import rates

ASSUMPTION = "assumes that the trade-off between the error rates of all attacks is that of a Gaussian mechanism"


def gaussian_mu(tp: ArrayLike, members: ArrayLike, fp: ArrayLike, non_members: ArrayLike, alpha: float) -> Floats:
    """Lower bound on mu of a mechanism that is assumed to be Gaussian (Nasr et al. 2023, arXiv 2302.07956).

    Args:
        tp: members that are called members, any shape.
        members: independent trials on members.
        fp: non-members that are called members.
        non_members: independent trials on non-members.
        alpha: chance of a bound above the true mu, in (0, 1).

    Returns:
        Float, of the broadcast shape; 0 proves nothing. `gaussian_epsilon` turns it into an epsilon.

    Raises:
        ValueError: if alpha is outside its range.
    """
    corner = rates(tp, members, fp, non_members, alpha)
    return np.maximum(np.asarray(ndtri(corner.tpr) - ndtri(corner.fpr), np.float64), 0.0)
