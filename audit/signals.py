"""From logits to signals: float64, pure, and never through a saturated softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, logsumexp

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

PLACES = 3
"""How many of the highest probabilities are kept of every output."""

LEAST_LOG = -1e4
"""Stands for the logarithm of 0 in `p ln p`: p is 0 from -745 on, so the product is 0 there as its limit is."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is kept of models' outputs on records; the logits themselves grow with the number of classes.

    Attributes:
        phi: Float64 [models, records, views]; log-odds of the label.
        correct: Bool [models, records, views]; the top class is the label.
        entropy: Float64 [models, records, views]; of the distribution over classes, in nats.
        modified_entropy: Float64 [models, records, views]; see `modified_entropy_of`. In float32 it would be 0 for
            whatever a model is surer of than by 52 nats, and the surest records would tie.
        top: Float32 [models, records, views, places]; logarithms of the highest probabilities, falling.
    """

    phi: Floats
    correct: NDArray[np.bool_]
    entropy: Floats
    modified_entropy: Floats
    top: Floats32

    @classmethod
    def of(cls, logits: NDArray[np.floating], labels: NDArray[np.int64]) -> Outputs:
        """What is kept of the outputs on one view; NaN, and wrong, where the logits are no distribution.

        Args:
            logits: Float [models, records, classes]; -inf rules a class out.
            labels: Int [records], class indices.
        """
        log_p, log_rest = log_probabilities(logits)
        phi = phi_from_logits(logits, labels)
        return cls(
            phi[..., None],
            correct_from_logits(logits, labels)[..., None],
            entropy_of(log_p)[..., None],
            modified_entropy_of(log_p, log_rest, labels)[..., None],
            highest(log_p)[..., None, :].astype(np.float32),
        )

    @classmethod
    def joined(cls, parts: Sequence[Outputs], axis: int) -> Outputs:
        """Outputs side by side.

        Args:
            parts: at least one.
            axis: 0 models, 1 records, 2 views.
        """
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts], axis) for name in names})


def entropy_of(log_p: Floats) -> Floats:
    """`-sum_j p_j ln p_j` in nats.

    Args:
        log_p: Float [..., classes].
    """
    return np.asarray(-(np.exp(log_p) * np.maximum(log_p, LEAST_LOG)).sum(axis=-1))


def modified_entropy_of(log_p: Floats, log_rest: Floats, labels: NDArray[np.int64]) -> Floats:
    """`-(1 - p_y) ln p_y - sum_{j != y} p_j ln(1 - p_j)`, in nats (Song & Mittal 2021, equation 7, arXiv 2003.10595).

    Args:
        log_p: Float [..., records, classes]; logarithms of the probabilities.
        log_rest: Float [..., records, classes]; logarithms of 1 less the probabilities.
        labels: Int [records], class indices.
    """
    at_label = np.broadcast_to(labels[:, None], (*log_p.shape[:-1], 1))
    own, rest = (np.take_along_axis(each, at_label, axis=-1)[..., 0] for each in (log_p, log_rest))
    others = np.exp(log_p) * log_rest
    np.put_along_axis(others, at_label, 0.0, axis=-1)
    return np.asarray(-np.exp(rest) * own - others.sum(axis=-1))


def log_probabilities(logits: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Logarithms of the probabilities, and of 1 less each: the highest may round to 1, its rest is had from the others.

    Args:
        logits: Float [..., classes].

    Returns:
        Two of Float [..., classes]; NaN where the logits are no distribution.
    """
    z = _defined(logits)
    top = z.argmax(axis=-1, keepdims=True)
    odds = _odds(z, top)
    log_p = log_softmax(z, axis=-1)
    np.put_along_axis(log_p, top, log_expit(odds), axis=-1)
    log_rest = np.log1p(-np.minimum(np.exp(log_p), 0.5))
    np.put_along_axis(log_rest, top, log_expit(-odds), axis=-1)
    return log_p, log_rest


def highest(log_p: Floats) -> Floats:
    """The logarithms of the highest probabilities, falling.

    Args:
        log_p: Float [..., classes].

    Returns:
        Float [..., places]; fewer places where there are fewer classes.
    """
    places = min(PLACES, log_p.shape[-1])
    return np.asarray(np.sort(np.partition(log_p, -places, axis=-1)[..., -places:], axis=-1)[..., ::-1])


def phi_from_logits(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> Floats:
    """Log-odds of the label, `z_y - logsumexp over the other classes` (Carlini et al. 2022, arXiv 2112.03570).

    Args:
        logits: Float [..., records, classes].
        labels: Int [records], class indices.

    Returns:
        Float64 [..., records]; `p_y = expit(phi)`; NaN where the logits are no distribution.
    """
    z = _defined(logits)
    return _odds(z, np.broadcast_to(labels[:, None], (*z.shape[:-1], 1)))[..., 0]


def _defined(logits: NDArray[np.floating]) -> Floats:
    """Logits in float64, NaN throughout an output that is no distribution: a NaN or +inf in it, or -inf alone."""
    z = np.asarray(logits, np.float64)
    with np.errstate(invalid="ignore"):
        undefined = ~np.isfinite(z.max(axis=-1, keepdims=True))
    return np.where(undefined, np.nan, z) if undefined.any() else z


def _odds(z: Floats, at: NDArray[np.integer]) -> Floats:
    """The log-odds of one class against all others, [..., 1]."""
    rest = z.copy()
    np.put_along_axis(rest, at, -np.inf, axis=-1)
    return np.asarray(np.take_along_axis(z, at, axis=-1) - logsumexp(rest, axis=-1, keepdims=True))


def correct_from_logits(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the top class is the label; a tie for the top counts as wrong, and so does what is no distribution.

    Args:
        logits: Float [..., records, classes].
        labels: Int [records], class indices.

    Returns:
        Bool [..., records].
    """
    z = _defined(logits)
    at_label = np.broadcast_to(labels[:, None], (*z.shape[:-1], 1))
    own = np.take_along_axis(z, at_label, axis=-1)
    return (z >= own).sum(axis=-1) == 1


def confidence_of_label(phi: Floats) -> Floats:
    """Probability of the label, `p_y = expit(phi)`; the soft counterpart of `correct`."""
    return np.asarray(expit(phi), np.float64)
