"""From outputs of any kind to signals; what a file rounded to certainty is kept countable, never made infinite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.signals import Outputs, phi_from_logits

Array = NDArray[Any]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Said:
    """What models say of records; None is what their outputs do not tell.

    Attributes:
        phi: Float [models, records, views]; log-odds of the label, finite.
        certain: how many outputs are exactly 0 or 1 in the file.
        correct: Bool [models, records, views].
        entropy: Float64 [models, records, views].
        modified_entropy: Float64 [models, records, views].
        top: Float32 [models, records, views, places].
    """

    phi: Floats
    certain: int
    correct: Bools | None = None
    entropy: Floats | None = None
    modified_entropy: Floats | None = None
    top: Floats32 | None = None


def said(kind: str, outputs: Array, labels: Ints | None) -> Said:
    """Signals from outputs.

    Args:
        kind: `logits`, `probabilities`, `losses` or `phi`.
        outputs: Float [models, records, views], and [classes] of logits and probabilities.
        labels: Int [records]; needed with classes.
    """
    if kind == "losses":
        return Said(*finite(phi_from_losses(outputs), outputs.dtype))
    if kind == "phi" or labels is None:
        return Said(*finite(outputs, outputs.dtype))
    return _of_classes(outputs, labels, kind == "probabilities")


def phi_from_losses(losses: Array) -> Floats:
    """`ln p - ln(1 - p)` with `p = exp(-loss)`, from `expm1` and so without cancellation.

    Args:
        losses: Float, any shape; cross-entropies in nats, below 0 by rounding at most.

    Returns:
        Float64 of that shape; infinite where a loss is 0 or infinite.
    """
    log_p = -np.maximum(losses.astype(np.float64), 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(log_p - np.log(-np.expm1(log_p)))


def finite(phi: Array, dtype: np.dtype[Any]) -> tuple[Floats, int]:
    """Log-odds whose infinite ones lie as far out as the farthest finite one, and how many were infinite.

    A probability of exactly 0 or 1 was rounded to it. How far beyond the others it lay nobody can tell: it ties with
    the most extreme that the file still tells apart, or lies where its precision ends if all are certain.

    Args:
        phi: Float, any shape; no NaN.
        dtype: of the outputs in the file.

    Returns:
        Float64 of the same shape, finite; the number of those that were infinite.
    """
    infinite = np.isinf(phi)
    if not infinite.any():
        return phi.astype(np.float64, copy=False), 0
    end = float(np.abs(phi[~infinite]).max(initial=0.0)) or -float(np.log(np.finfo(dtype).eps))
    return np.clip(phi.astype(np.float64), -end, end), int(infinite.sum())


def _of_classes(outputs: Array, labels: Ints, probabilities: bool) -> Said:
    """Model by model and view by view: float64 of all classes takes eight bytes an output."""
    views = range(outputs.shape[2])
    whole = [[_logits(of_model[:, view], probabilities) for view in views] for of_model in outputs]
    with np.errstate(divide="ignore"):
        exact = [np.stack([phi_from_logits(z, labels) for z in of_model], axis=-1) for of_model in whole]
    phi, certain = finite(np.stack(exact), outputs.dtype)
    end = float(np.abs(phi).max(initial=0.0))
    parts = [[Outputs.of(_filled(z, end)[None], labels) for z in of_model] for of_model in whole]
    kept = Outputs.joined([Outputs.joined(of_model, axis=2) for of_model in parts], axis=0)
    return Said(phi, certain, kept.correct, kept.entropy, kept.modified_entropy, kept.top)


def _logits(outputs: Array, probabilities: bool) -> Floats:
    """Float64 [records, classes] of one model and view; logarithms of probabilities are logits."""
    z = outputs.astype(np.float64)
    with np.errstate(divide="ignore"):
        return np.log(z) if probabilities else z


def _filled(z: Floats, end: float) -> Floats:
    """Classes that are ruled out lie as far below the first as any log-odds do."""
    return np.where(np.isneginf(z), z.max(axis=-1, keepdims=True) - end, z)
