"""How frequent a subpopulation is that was seen so often: from a frequency prior, or estimated without one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, xlog1py, xlogy

from audit.experiments.longtail.census import Census
from audit.experiments.longtail.crossed import Crossed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def tau(weights: ArrayLike, n: int, times: int, chance: ArrayLike | None = None) -> float:
    """Expected frequency of a subpopulation that occurs so many times among n records, in closed form.

    `tau_l = E[a^(l+1) (1-a)^(n-l)] / E[a^l (1-a)^(n-l)]`, a drawn from the frequency prior (Feldman 2020,
    arXiv 1906.05271, Theorem 2.3). In logarithms: with n of 10,000 the powers leave the range of floats.

    Args:
        weights: Float [subpopulations]; the frequencies of the prior, in [0, 1].
        n: records that were drawn.
        times: l, in [0, n].
        chance: Float [subpopulations]; how likely each frequency is, up to a factor; None makes all alike. With
            the nodes and weights of a quadrature in place of a list the prior may be continuous.

    Raises:
        ValueError: if an argument is out of range, or no subpopulation of the prior can occur so many times.
    """
    a = np.asarray(weights, np.float64)
    mass = np.ones_like(a) if chance is None else np.asarray(chance, np.float64)
    if a.size == 0 or not ((a >= 0) & (a <= 1)).all() or not 0 <= times <= n:
        raise ValueError(f"weights in [0, 1] and 0 <= times <= n are needed, not times {times} of {n}")
    seen = xlogy(times, a) + xlog1py(n - times, -a)
    whole = logsumexp(seen, b=mass)
    if whole == -np.inf:
        raise ValueError(f"no subpopulation of this prior can occur {times} times among {n}")
    return float(np.exp(logsumexp(seen, b=mass * a) - whole))


class Frequencies(Protocol):
    """How much weight subpopulations have that occur so many times in a training set."""

    def share(self, times: int) -> Crossed | None:
        """`tau_l N_l`: share of the population that lies in subpopulations that occur so many times.

        Args:
            times: l.

        Returns:
            None where it cannot be had.
        """
        ...

    def cost(self, unfitted: Floats, times: int | None) -> Crossed | None:
        """`tau_l errn_l`: share of the population that is lost where training records are not fitted.

        Args:
            unfitted: Float [models, subpopulations], in [-1, 1]; share of a subpopulation's training records that a
                model gets wrong, or a difference of two such.
            times: l; None adds up all from 1 on.

        Returns:
            None where it cannot be had.
        """
        ...

    def frequency(self, times: int) -> float | None:
        """`tau_l`; None where it cannot be had.

        Args:
            times: l.
        """
        ...


@dataclass(frozen=True)
class KnownPrior:
    """The frequencies are known; which subpopulation has which is not.

    Attributes:
        census: how often subpopulations occur in the training set of every model.
        weights: Float [subpopulations]; the frequencies.
    """

    census: Census
    weights: Floats

    def share(self, times: int) -> Crossed:
        """See `Frequencies`."""
        return self._total(self.census.count == times)

    def cost(self, unfitted: Floats, times: int | None) -> Crossed:
        """See `Frequencies`."""
        chosen = self.census.count > 0 if times is None else self.census.count == times
        return self._total(np.where(chosen, unfitted, 0.0))

    def frequency(self, times: int) -> float:
        """`tau_l` at the expected number of records in a training set."""
        return tau(self.weights, round(float(self.census.size.mean())), times)

    def _total(self, cells: NDArray[np.bool_] | Floats) -> Crossed:
        return self.census.total(cells * self._expected)

    @cached_property
    def _expected(self) -> Floats:
        """Float [models, subpopulations]: tau of each model's own size and each subpopulation's count in it."""
        expected = np.empty(self.census.count.shape)
        for row, (count, n) in enumerate(zip(self.census.count, self.census.size.tolist(), strict=True)):
            seen, place = np.unique(count, return_inverse=True)
            expected[row] = np.array([tau(self.weights, n, times) for times in seen.tolist()])[place]
        return expected


@dataclass(frozen=True)
class GoodTuring:
    """The frequencies are unknown: `tau_l ~ (l+1) N_(l+1) / (n N_l)` (Good 1953, equation 2; Turing's estimate).

    I. J. Good, The population frequencies of species and the estimation of population parameters, Biometrika 40.
    The numbers of subpopulations are means over all models of the pool, so that few of them need not be none.

    Attributes:
        census: how often subpopulations occur in the training set of every model.
    """

    census: Census

    def share(self, times: int) -> Crossed | None:
        """See `Frequencies`; needs no subpopulation that occurs l times, only some that occur l + 1 times."""
        oftener = self._number(times + 1)
        return None if oftener is None else oftener.map(lambda number: (times + 1) * number / self._n)

    def cost(self, unfitted: Floats, times: int | None) -> Crossed | None:
        """See `Frequencies`; not for all l together: the estimate is noise where few occur so often."""
        if times is None:
            return None
        share, number = self.share(times), self._number(times)
        if share is None or number is None:
            return None
        return share / number * self.census.total(np.where(self.census.count == times, unfitted, 0.0))

    def frequency(self, times: int) -> float | None:
        """See `Frequencies`."""
        share, number = self.share(times), self._number(times)
        return None if share is None or number is None else (share / number).value

    def _number(self, times: int) -> Crossed | None:
        number = self.census.total(self.census.count == times)
        return number if number.value > 0 else None

    @property
    def _n(self) -> float:
        return float(self.census.size.mean())
