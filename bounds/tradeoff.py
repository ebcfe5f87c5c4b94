"""Trade-off curves between the two error rates of every attack, and the Gaussian one's epsilon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from attacks.intervals import Floats
from bounds.arguments import check_delta, check_level, check_parameter

LARGEST_EXPONENT = 700.0
"""e to this is still a float; beyond it no rate below 1 is told from one with an infinite epsilon."""


class TradeOff(Protocol):
    """A claim about all attacks (Dong, Roth & Su 2019, arXiv 1905.02383, section 2).

    With their `f`, the lowest FNR at an FPR, `fpr_floor` is the inverse of `1 - f`. The claim holds for a record's
    addition as for its removal, so the curve is its own mirror image: `fpr_floor(1 - fpr_floor(t)) = 1 - t` wherever
    the floor is not 0. The bounds here rely on it.
    """

    def fpr_floor(self, tpr: Floats) -> Floats:
        """The lowest FPR that an attack with this TPR must have.

        Args:
            tpr: Float, any shape, in [0, 1].

        Returns:
            Float, of the same shape, in [0, 1]; rises with the TPR and never exceeds it.
        """
        ...


@dataclass(frozen=True, slots=True)
class EpsilonDelta:
    """The trade-off of (epsilon, delta)-DP (Dong, Roth & Su 2019, arXiv 1905.02383, section 2).

    Attributes:
        epsilon: in [0, inf).
        delta: in [0, 1).
    """

    epsilon: float
    delta: float

    def __post_init__(self) -> None:
        check_parameter("epsilon", self.epsilon)
        check_delta(self.delta)

    def fpr_floor(self, tpr: Floats) -> Floats:
        """The lowest FPR that an attack with this TPR must have.

        Args:
            tpr: Float, any shape, in [0, 1].
        """
        factor = math.exp(min(self.epsilon, LARGEST_EXPONENT))
        floor = np.maximum((tpr - self.delta) / factor, 1 - self.delta - factor * (1 - tpr))
        return np.asarray(np.maximum(floor, 0.0), np.float64)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The trade-off of two normals of unit variance, mu apart (Dong, Roth & Su 2019, arXiv 1905.02383, section 2).

    Attributes:
        mu: in [0, inf).
    """

    mu: float

    def __post_init__(self) -> None:
        check_parameter("mu", self.mu)

    def fpr_floor(self, tpr: Floats) -> Floats:
        """The lowest FPR that an attack with this TPR must have.

        Args:
            tpr: Float, any shape, in [0, 1].
        """
        return gaussian_floor(tpr, self.mu)


def gaussian_floor(tpr: ArrayLike, mu: ArrayLike) -> Floats:
    """The lowest FPR under Gaussian trade-offs, for many mu at once.

    Args:
        tpr: Float, any shape, in [0, 1].
        mu: Float, broadcast against `tpr`, in [0, inf).
    """
    return np.asarray(ndtr(ndtri(tpr) - mu), np.float64)


def gaussian_delta(mu: ArrayLike, epsilon: ArrayLike) -> Floats:
    """The smallest delta of a Gaussian trade-off at an epsilon (Balle & Wang 2018, arXiv 1805.06530, theorem 8).

    Args:
        mu: Float, any shape, in [0, inf).
        epsilon: Float, broadcast against `mu`, in [0, inf).

    Returns:
        Float, of the broadcast shape; 0 where mu is 0.
    """
    wide, eps = np.broadcast_arrays(np.asarray(mu, float), np.asarray(epsilon, float))
    safe = np.where(wide > 0, wide, 1.0)
    # In logarithms, since e^eps overflows long before its product with the tail does.
    first, second = log_ndtr(safe / 2 - eps / safe), eps + log_ndtr(-safe / 2 - eps / safe)
    return np.where(wide > 0, np.maximum(-np.exp(first) * np.expm1(second - first), 0.0), 0.0)


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The smallest epsilon of a Gaussian trade-off at a delta (Dong, Roth & Su 2019, arXiv 1905.02383, cor. 2.13).

    Args:
        mu: in [0, inf).
        delta: in (0, 1); at delta 0 no finite epsilon holds for any mu above 0.

    Raises:
        ValueError: if mu or delta is outside its range.
    """
    check_parameter("mu", mu)
    check_level("delta", delta)
    if gaussian_delta(mu, 0.0) <= delta:
        return 0.0
    # The first of delta's two terms alone has fallen to delta here.
    highest = mu * (mu / 2 - float(ndtri(delta)))
    return float(brentq(lambda eps: float(gaussian_delta(mu, eps)) - delta, 0.0, highest, xtol=1e-12, maxiter=500))
