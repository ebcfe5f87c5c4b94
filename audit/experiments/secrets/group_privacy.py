"""What DP promises of a secret that stands in several texts, where the unit of privacy is one text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy import stats

from audit.errors import PrivacyError
from audit.experiments.secrets.exposure import exposures
from audit.privacy_curve import SECOND_ACCOUNTANT, PrivacyCurve, accounted
from audit.training.base import Arm

_INTERVAL, _SHARE = 1e-2, 1e-4
"""Losses are rounded up to a multiple of the interval, or of this share of a step's loss where that is large: safe."""


class CopiesCurve(PrivacyCurve):
    """delta as a function of epsilon for all copies of a secret together.

    In a step each copy is sampled by its own coin, so that of r copies a binomial number moves the sum of clipped
    gradients, each by one clipping norm at most: a mixture of Gaussians, composed over all steps (Ganesh 2024, arXiv
    2401.10294). Tighter than r times epsilon, whose delta is useless for large epsilons.

    Args:
        arm: a training regime with DP.
        copies: texts that hold the secret.

    Raises:
        PrivacyError: if the accountant fails, as it does on some mixtures that overlap little.
    """

    def __init__(self, arm: Arm, copies: int) -> None:
        setting = arm.noise_multiplier, arm.schedule.sample_rate, arm.schedule.steps
        if copies == 1:
            super().__init__(*setting)
        else:
            self._distribution = _distribution(*setting, copies)


@lru_cache(maxsize=16)
def _distribution(noise: float, sample_rate: float, steps: int, copies: int) -> Any:
    from dp_accounting.pld import privacy_loss_distribution

    moved = np.arange(copies + 1)
    chances = stats.binom.pmf(moved, copies, sample_rate)
    interval = max(_INTERVAL, _SHARE * (copies / noise) ** 2)

    def compose() -> Any:
        single = privacy_loss_distribution.from_mixture_gaussian_mechanism(
            noise, moved[chances > 0].tolist(), chances[chances > 0].tolist(), value_discretization_interval=interval
        )
        return single.self_compose(steps)

    failed = f"{SECOND_ACCOUNTANT} fails on {copies} copies at noise multiplier {noise:g}"
    try:
        return accounted(compose, failed)
    except TypeError as error:  # of a quantile that it does not find
        raise PrivacyError(failed, "take fewer --repeats") from error


def exposure_cap(curve: PrivacyCurve, references: int) -> float:
    """The highest mean exposure of a secret in training that a guarantee allows, in bits.

    Out of training its rank among R references is uniform, so `P[rank <= k | OUT] = k / (R+1)`, and the trade-off
    curve caps `P[rank <= k | IN]`; the mean exposure is the sum over k of `P[rank <= k] log2((k+1) / k)`.

    Args:
        curve: what the training promises of all copies together.
        references: how many the secret is ranked among.
    """
    rank = np.arange(1, references + 1)
    caps = np.array([curve.tpr_cap(k / (references + 1)) for k in rank.tolist()])
    return float(np.sum(caps * -np.diff(exposures(np.arange(1, references + 2), references))))
