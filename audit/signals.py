"""From logits to signals: float64, pure, and never through a saturated softmax."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp

Floats = NDArray[np.float64]


def phi_from_logits(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> Floats:
    """Log-odds of the label, `z_y - logsumexp over the other classes` (Carlini et al. 2022, arXiv 2112.03570).

    Args:
        logits: Float [..., records, classes].
        labels: Int [records], class indices.

    Returns:
        Float64 [..., records]; `p_y = expit(phi)`.
    """
    z = np.asarray(logits, np.float64)
    at_label = np.broadcast_to(labels[:, None], (*z.shape[:-1], 1))
    own = np.take_along_axis(z, at_label, axis=-1)[..., 0]
    rest = z.copy()
    np.put_along_axis(rest, at_label, -np.inf, axis=-1)
    return own - logsumexp(rest, axis=-1)


def correct_from_logits(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the top class is the label; a tie for the top counts as wrong.

    Args:
        logits: Float [..., records, classes].
        labels: Int [records], class indices.

    Returns:
        Bool [..., records].
    """
    z = np.asarray(logits, np.float64)
    at_label = np.broadcast_to(labels[:, None], (*z.shape[:-1], 1))
    own = np.take_along_axis(z, at_label, axis=-1)
    return (z >= own).sum(axis=-1) == 1


def confidence_of_label(phi: Floats) -> Floats:
    """Probability of the label, `p_y = expit(phi)`; the soft counterpart of `correct`."""
    return np.asarray(expit(phi), np.float64)
