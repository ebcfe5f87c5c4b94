"""What a run of DP-SGD guarantees at every epsilon, by an accountant of its own; caps on any attack follow."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from audit.errors import PrivacyError

Floats = NDArray[np.float64]
T = TypeVar("T")

SECOND_ACCOUNTANT = "dp-accounting, privacy loss distribution"
_GRID = np.concatenate([np.linspace(0, 2, 81), np.linspace(2, 12, 101)[1:], np.geomspace(12, 120, 31)[1:]])
_GROWN, _SHRUNK = np.exp(_GRID), np.exp(-_GRID)


class PrivacyCurve:
    """delta as a function of epsilon for one training run, from the privacy loss distribution.

    The Poisson-sampled Gaussian mechanism, records added or removed, composed over all steps (Koskela et al.
    2020, arXiv 1906.03049; Doroshenko et al. 2022, arXiv 2207.04380); pessimistic, so caps are safe.

    Args:
        noise_multiplier: standard deviation of the noise over the clipping norm, above 0.
        sample_rate: in (0, 1].
        steps: number of steps.
    """

    def __init__(self, noise_multiplier: float, sample_rate: float, steps: int) -> None:
        self._distribution = _loss_distribution(noise_multiplier, sample_rate, steps)

    def epsilon(self, delta: float) -> float:
        """The smallest epsilon at a delta in (0, 1)."""
        return float(self._distribution.get_epsilon_for_delta(delta))

    def delta(self, epsilon: float) -> float:
        """The smallest delta at an epsilon >= 0; at 0 it is the total variation, the highest advantage."""
        return float(np.clip(self._distribution.get_delta_for_epsilon(epsilon), 0, 1))

    def tpr_cap(self, fpr: float) -> float:
        """The highest true-positive rate that any attack on one record can have at a false-positive rate.

        For an attack that says "member" on a set S of outputs, (epsilon, delta)-DP gives, from S and from its
        complement (Kairouz, Oh & Viswanath 2015, arXiv 1311.0776, theorem 2.1),
        `TPR <= e^eps FPR + delta` and `1 - FPR <= e^eps (1 - TPR) + delta`. Every epsilon gives a valid cap;
        the lowest over a grid is taken. delta is the larger of the two directions, added and removed.

        Args:
            fpr: false-positive rate in [0, 1].
        """
        by_set = _GROWN * fpr + self._grid_deltas
        by_complement = 1 - _SHRUNK * (1 - fpr - self._grid_deltas)
        return float(np.clip(min(by_set.min(), by_complement.min()), fpr, 1.0))

    def fpr_floor(self, tpr: Floats) -> Floats:
        """The lowest false-positive rate that an attack with this true-positive rate must have.

        The same two lines for every epsilon, read the other way round; a `bounds.tradeoff.TradeOff`.

        Args:
            tpr: Float, any shape, in [0, 1].
        """
        t, deltas = np.asarray(tpr, np.float64)[..., None], self._grid_deltas
        floor = np.maximum((t - deltas) * _SHRUNK, 1 - deltas - _GROWN * (1 - t))
        return np.asarray(np.clip(floor.max(axis=-1), 0.0, 1.0), np.float64)

    @property
    def _grid_deltas(self) -> Floats:
        return _grid_deltas(self._distribution)


@lru_cache(maxsize=16)
def _loss_distribution(noise_multiplier: float, sample_rate: float, steps: int) -> Any:
    from dp_accounting.pld import privacy_loss_distribution

    interval = 1e-4 if noise_multiplier > 0.6 else 1e-3  # little noise means losses of tens to hundreds

    def compose() -> Any:
        single = privacy_loss_distribution.from_gaussian_mechanism(
            noise_multiplier, sampling_prob=sample_rate, value_discretization_interval=interval
        )
        return single.self_compose(steps)

    return accounted(compose, f"{SECOND_ACCOUNTANT} fails at noise multiplier {noise_multiplier:g}")


@lru_cache(maxsize=16)
def _grid_deltas(distribution: Any) -> Floats:
    """Float [grid]: delta at every epsilon of the grid, the larger of records added and removed.

    What `get_delta_for_epsilon` gives for a list, whose loop over all losses takes a second: one sum from above over
    the probabilities `p` of the losses, `delta(e) = sum over losses l > e of p (1 - exp(e - l))`.
    """
    found = []
    for pmf in {id(each): each for each in (distribution._pmf_remove, distribution._pmf_add)}.values():
        dense = pmf.to_dense_pmf()
        losses = (np.arange(dense.size) + dense._lower_loss) * dense._discretization
        first = int(np.searchsorted(losses, 0.0, side="right"))
        losses, p = losses[first:], dense._probs[first:]
        above = np.append(np.cumsum(p[::-1])[::-1], 0.0)
        shrunk = np.append(np.cumsum((p * np.exp(-losses))[::-1])[::-1], 0.0)
        place = np.searchsorted(losses, _GRID, side="right")
        found.append(dense._infinity_mass + above[place] - _GROWN * shrunk[place])
    return np.asarray(np.max(found, axis=0), np.float64)


def accounted(compute: Callable[[], T], failed: str) -> T:
    """Run an accountant, whose edge cases divide by zero on the way to the right answer.

    Args:
        compute: the accountant's work.
        failed: what it means if that fails.

    Raises:
        PrivacyError: if it fails.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return compute()
    except (ValueError, RuntimeError, ArithmeticError, MemoryError) as error:
        raise PrivacyError(
            f"{failed}: {error}", "try another epsilon, fewer epochs, a smaller batch_size, or the other dp.accountant"
        ) from error
