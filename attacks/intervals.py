"""Confidence intervals for proportions and their differences; pure, vectorised over arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """Lower and upper limits; both have the shape of the counts that they were made from."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured number with what makes it believable.

    Attributes:
        value: the point estimate.
        low: lower confidence limit.
        high: upper confidence limit.
        confidence: two-sided confidence level of the interval, in (0, 1).
        method: how the interval was made, and over what it ranges (records, models).
        n: size of the sample that the interval rests on.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str
    n: int


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, confidence: float) -> Interval:
    """Exact interval for a proportion (Clopper & Pearson 1934), never shorter than promised.

    Args:
        successes: number of successes, any shape; may be fractional for an effective sample.
        trials: number of trials, broadcast against `successes`; 0 gives [0, 1].
        confidence: two-sided level in (0, 1).
    """
    k, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    tail = (1 - confidence) / 2
    low = np.where(k <= 0, 0.0, betaincinv(np.maximum(k, 1e-300), np.maximum(n - k + 1, 1e-300), tail))
    high = np.where(k >= n, 1.0, betaincinv(k + 1, np.maximum(n - k, 1e-300), 1 - tail))
    return Interval(low, high)


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float) -> Interval:
    """Score interval for a proportion (Wilson 1927).

    Args:
        successes: number of successes, any shape.
        trials: number of trials, broadcast against `successes`; 0 gives [0, 1].
        confidence: two-sided level in (0, 1).
    """
    k, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    z2 = ndtri((1 + confidence) / 2) ** 2
    safe = np.maximum(n, 1)
    centre = (k + z2 / 2) / (safe + z2)
    half = np.sqrt(z2 * (k * (safe - k) / safe + z2 / 4)) / (safe + z2)
    low = np.where((n == 0) | (k == 0), 0.0, np.clip(centre - half, 0, 1))
    high = np.where((n == 0) | (k == n), 1.0, np.clip(centre + half, 0, 1))
    return Interval(low, high)


def newcombe(
    in_successes: ArrayLike,
    in_trials: ArrayLike,
    out_successes: ArrayLike,
    out_trials: ArrayLike,
    confidence: float,
) -> Interval:
    """Hybrid score interval for the difference of two proportions (Newcombe 1998, method 10).

    Args:
        in_successes: successes of the first sample, any shape.
        in_trials: its trials.
        out_successes: successes of the second sample, which is subtracted.
        out_trials: its trials.
        confidence: two-sided level in (0, 1).
    """
    a, b = wilson(in_successes, in_trials, confidence), wilson(out_successes, out_trials, confidence)
    p = np.asarray(in_successes, float) / np.maximum(np.asarray(in_trials, float), 1)
    q = np.asarray(out_successes, float) / np.maximum(np.asarray(out_trials, float), 1)
    down = np.sqrt((p - a.low) ** 2 + (b.high - q) ** 2)
    up = np.sqrt((a.high - p) ** 2 + (q - b.low) ** 2)
    return Interval(np.maximum(p - q - down, -1.0), np.minimum(p - q + up, 1.0))
