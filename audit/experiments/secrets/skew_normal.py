"""The tail of the references' log-perplexities, fitted: where a rank can say no more.

Carlini et al. 2019, arXiv 1802.08232, section 4.4, by another fit: a skew-normal distribution
(Azzalini 1985) by its first three moments, and its distribution function far out in the tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp, ndtr, owens_t

Floats = NDArray[np.float64]

MOST_SKEWED = 0.99
"""Just below the largest skewness that a skew-normal distribution has, 0.9953."""
FAR = -3.0
"""From here outwards the difference of two nearly equal numbers, by which the body is computed, loses its digits."""

_NODES, _WEIGHTS = np.polynomial.laguerre.laggauss(48)


@dataclass(frozen=True)
class SkewNormal:
    """Distributions, one a row.

    Attributes:
        location: Float [rows].
        scale: Float [rows], above 0.
        shape: Float [rows]; 0 is the normal distribution.
    """

    location: Floats
    scale: Floats
    shape: Floats

    @classmethod
    def fitted(cls, sample: Floats) -> SkewNormal:
        """The distributions that have the samples' mean, variance and skewness.

        Args:
            sample: Float [rows, draws], not all alike.
        """
        mean, deviation = sample.mean(axis=1), sample.std(axis=1)
        skewness = (((sample - mean[:, None]) / deviation[:, None]) ** 3).mean(axis=1)
        third = np.abs(np.clip(skewness, -MOST_SKEWED, MOST_SKEWED)) ** (2 / 3)
        delta = np.sign(skewness) * np.sqrt(np.pi / 2 * third / (third + ((4 - np.pi) / 2) ** (2 / 3)))
        scale = deviation / np.sqrt(1 - 2 * delta**2 / np.pi)
        return cls(mean - scale * delta * np.sqrt(2 / np.pi), scale, delta / np.sqrt(1 - delta**2))

    def cdf(self, x: Floats) -> Floats:
        """Distribution function, Float [rows, points].

        Args:
            x: Float [rows, points].
        """
        z, a = self._standard(x)
        return np.asarray(np.clip(ndtr(z) - 2 * owens_t(z, a), 0, 1), np.float64)

    def log2_cdf(self, x: Floats) -> Floats:
        """log2 of the distribution function, exact far out in the left tail, Float [rows, points].

        With f the density, F(z) is the integral of f(z - u/k) e^-u e^u / k over u > 0; with k the rate at which f
        falls at z the integrand is nearly e^-u, and Gauss-Laguerre quadrature exact to many digits.

        Args:
            x: Float [rows, points].
        """
        z, a = self._standard(x)
        edge = FAR / np.maximum(a, 1)
        far = z < edge
        with np.errstate(divide="ignore"):
            body = np.log(self.cdf(x))
        out = np.minimum(z, edge)
        rate = -out + a * np.exp(-((a * out) ** 2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(a * out))
        steps = out[..., None] - _NODES / rate[..., None]
        log_density = np.log(2) - steps**2 / 2 - np.log(2 * np.pi) / 2 + log_ndtr(a[..., None] * steps)
        tail = logsumexp(log_density + _NODES, b=_WEIGHTS, axis=-1) - np.log(rate)
        return np.asarray(np.where(far, tail, body) / np.log(2), np.float64)

    def drawn(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draws, Float [rows, draws] (Azzalini & Dalla Valle 1996, proposition 1).

        Args:
            draws: how many of each.
            rng: the stream.
        """
        delta = (self.shape / np.sqrt(1 + self.shape**2))[:, None]
        one, other = rng.standard_normal((2, len(self.shape), draws))
        return self.location[:, None] + self.scale[:, None] * (delta * np.abs(one) + np.sqrt(1 - delta**2) * other)

    def _standard(self, x: Floats) -> tuple[Floats, Floats]:
        z = (x - self.location[:, None]) / self.scale[:, None]
        return z, np.broadcast_to(self.shape[:, None], z.shape)


def tail_exposures(secrets: Floats, references: Floats, most: float) -> Floats:
    """Exposure by a fitted tail in bits, `-log2 P[a random sentence is as likely]`, Float [models, secrets].

    Args:
        secrets: Float [models, secrets]; log-perplexities.
        references: Float [models, references]; log-perplexities, not all alike.
        most: log2 of the number of sentences; no exposure is higher (definition 5), whatever a tail says.
    """
    return np.clip(-SkewNormal.fitted(references).log2_cdf(secrets), 0, most)


def distance(sample: Floats) -> Floats:
    """Largest distance between samples' distribution functions and those fitted to them (Kolmogorov-Smirnov).

    Args:
        sample: Float [rows, draws].

    Returns:
        Float [rows], in [0, 1].
    """
    ordered, draws = np.sort(sample, axis=1), sample.shape[1]
    fitted = SkewNormal.fitted(sample).cdf(ordered)
    steps = np.arange(draws + 1) / draws
    return np.maximum((steps[1:] - fitted).max(axis=1), (fitted - steps[:-1]).max(axis=1))


def p_value(sample: Floats, draws: int, rng: np.random.Generator) -> float:
    """Chance of so large a distance if the distribution were skew-normal: a bootstrap that fits anew every time.

    Without fitting anew the test of Kolmogorov and Smirnov hardly ever rejects (Lilliefors 1967; Stute et al. 1993).

    Args:
        sample: Float [draws of the sample].
        draws: samples drawn.
        rng: the stream.
    """
    fit, seen = SkewNormal.fitted(sample[None]), distance(sample[None])[0]
    again = [distance(fit.drawn(len(sample), rng))[0] for _ in range(draws)]
    return float((1 + np.sum(np.array(again) >= seen)) / (draws + 1))
