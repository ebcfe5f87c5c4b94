"""From a privacy target to noise, and from the noise to what it guarantees; two accountants have to agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp, xlog1py, xlogy

from audit.config import DPConfig
from audit.errors import PrivacyError
from audit.privacy_curve import SECOND_ACCOUNTANT, PrivacyCurve, accounted
from audit.training.base import Arm, Schedule
from reports.result import PrivacyGuarantee

if TYPE_CHECKING:
    from opacus.accountants import IAccountant

Floats = NDArray[np.float64]

_TOLERANCE = 0.02
_CLOSE = 0.003
"""Share of the target within which an estimate of epsilon does not say on which side of a limit it lies."""
_ORDERS = np.unique(np.geomspace(2, 512, 60).round())
_MOST_ASKED, _MOST_HALVINGS = 16, 52
_MOST_NOISE = 1e6
_SMALLEST, _LARGEST = 0.01, 500.0  # epsilons that both accountants resolve within seconds and gigabytes


def resolve_delta(config: DPConfig, records: int) -> float:
    """The delta of the DP arms: as configured, or 1e-5, or a tenth of 1/records where that is smaller.

    Args:
        config: the DP arms.
        records: number of records under audit.

    Raises:
        PrivacyError: if delta is not below 1/records: publishing one record in full would be allowed.
    """
    delta = default_delta(records) if config.delta is None else config.delta
    if not 0 < delta < 1 / records:
        raise PrivacyError(
            f"dp.delta {delta:g} is not between 0 and 1/records = {1 / records:.3g}",
            f"set --dp-delta {0.1 / records:.1g} or smaller, or leave it out",
        )
    return delta


def default_delta(records: int) -> float:
    """The delta that is taken where none is given: 1e-5, or a tenth of 1/records where that is smaller.

    Args:
        records: number of records under audit.
    """
    return min(1e-5, 0.1 / records)


def noise_for(epsilon: float, delta: float, schedule: Schedule, accountant: str) -> float:
    """The smallest noise multiplier, to 1 % of epsilon, that keeps a training run within (epsilon, delta).

    Args:
        epsilon: the target, above 0.
        delta: in (0, 1).
        schedule: sample rate and steps.
        accountant: Opacus's name of it, `prv` or `rdp`.

    Raises:
        PrivacyError: if the target is out of range, or the accountant fails on it.
    """
    if not _SMALLEST <= epsilon <= _LARGEST:
        raise PrivacyError(
            f"epsilon {epsilon:g} is not between {_SMALLEST:g} and {_LARGEST:g}, which the accountants can resolve",
            "leave --dp-eps out to train without privacy; --controls adds clipping without noise",
        )
    return _calibrated(epsilon, delta, schedule.sample_rate, schedule.steps, accountant)


@lru_cache(maxsize=64)
def _calibrated(epsilon: float, delta: float, sample_rate: float, steps: int, accountant: str) -> float:
    """The noise that Opacus's `get_noise_multiplier` finds, with a few of its dozen accountant calls.

    Its bisection is walked with estimates: an RDP bound of integer orders, in proportion to what the accountant says of
    the nearest noise that it was asked about. Where an estimate is too close to tell which way to go, and of the noise
    that is returned, the accountant is asked.
    """
    asked: dict[float, float] = {}  # noise multiplier -> epsilon that the accountant says

    def said(noise: float) -> float:
        if noise not in asked:
            asked[noise] = _spent(accountant, ((noise, sample_rate, steps),), delta, epsilon)
        return asked[noise]

    def estimated(noise: float) -> float:
        if noise in asked:
            return asked[noise]
        if not asked:
            return _integer_rdp(noise, sample_rate, steps, delta)
        nearest = min(asked, key=lambda known: abs(np.log(known / noise)))
        scale = asked[nearest] / _integer_rdp(nearest, sample_rate, steps, delta)
        guess = scale * _integer_rdp(noise, sample_rate, steps, delta)
        close = min(abs(guess - epsilon), abs(guess - (epsilon - tolerance))) < _CLOSE * epsilon
        return said(noise) if close and abs(np.log(noise / nearest)) < np.log(2) else guess

    tolerance = epsilon / 100

    def search() -> float:
        while len(asked) < _MOST_ASKED:
            found = _bisected(estimated, epsilon, tolerance)
            if found is None:  # the estimates leave a gap around the target, as at a very small epsilon
                break
            if found in asked:
                return found
            said(found)
        found = _bisected(said, epsilon, tolerance)
        if found is None:
            raise ValueError("its epsilons leave a gap around the target")
        return found

    return accounted(search, f"the {accountant} accountant finds no noise for epsilon {epsilon:g}, delta {delta:g}")


def _bisected(spent: Callable[[float], float], epsilon: float, tolerance: float) -> float | None:
    """The first noise multiplier on Opacus's path whose epsilon is below the target by at most the tolerance.

    None if none is found in as many steps as a float has digits: `spent` jumps over the target.

    Args:
        spent: noise multiplier to epsilon.
        epsilon: the target.
        tolerance: above 0.

    Raises:
        ValueError: if even the highest noise spends more than the target.
    """
    low, high = 0.0, 20.0
    while (found := spent(high)) > epsilon:
        high *= 2
        if high > _MOST_NOISE:
            raise ValueError("the privacy budget is too low")
    for _ in range(_MOST_HALVINGS):
        if epsilon - found <= tolerance:
            return high
        middle = (low + high) / 2
        at_middle = spent(middle)
        if at_middle < epsilon:
            high, found = middle, at_middle
        else:
            low = middle
    return None


def _integer_rdp(noise: float, sample_rate: float, steps: int, delta: float) -> float:
    """An upper bound on epsilon within a millisecond, by Renyi DP.

    The divergence of integer orders is a finite series (Mironov, Talwar & Zhang 2019, arXiv 1908.10530, section 3.3);
    its conversion is that of Balle et al. 2020, arXiv 1905.09982, theorem 21.
    """
    terms = np.arange(_ORDERS[-1] + 1.0)[:, None]
    rest = np.where(terms > _ORDERS, np.nan, _ORDERS - terms)
    chosen = gammaln(_ORDERS + 1) - gammaln(terms + 1) - gammaln(rest + 1) + xlogy(terms, sample_rate)
    series = chosen + xlog1py(rest, -sample_rate) + (terms**2 - terms) / (2 * noise**2)
    divergence = logsumexp(np.where(np.isnan(rest), -np.inf, series), axis=0) / (_ORDERS - 1)
    found = steps * divergence + np.log1p(-1 / _ORDERS) - np.log(delta * _ORDERS) / (_ORDERS - 1)
    return float(found.min())


def spent_epsilon(accountant: IAccountant, delta: float, target: float) -> float:
    """The epsilon that an accountant says was spent, read back after training.

    Args:
        accountant: Opacus's, which was told of every step.
        delta: in (0, 1).
        target: the epsilon that was asked for; sets the precision.

    Raises:
        PrivacyError: if the accountant fails.
    """
    return _spent(accountant.mechanism(), tuple(accountant.history), delta, target)


def expected_spending(arm: Arm) -> float:
    """The epsilon that an arm's training will have spent, if its accountant is told of every step.

    Args:
        arm: one with a target epsilon.

    Raises:
        PrivacyError: if the accountant fails.
    """
    assert arm.target_epsilon is not None
    assert arm.delta is not None
    history = ((arm.noise_multiplier, arm.schedule.sample_rate, arm.schedule.steps),)
    return _spent(arm.accountant, history, arm.delta, arm.target_epsilon)


@lru_cache(maxsize=64)
def _spent(mechanism: str, history: tuple[tuple[float, float, int], ...], delta: float, target: float) -> float:
    from opacus.accountants import create_accountant

    accountant = create_accountant(mechanism)
    accountant.history = list(history)

    def read() -> float:
        return float(accountant.get_epsilon(delta, **_precision(target, mechanism)))

    return accounted(read, f"the {mechanism} accountant cannot say what was spent")


def _precision(epsilon: float, accountant: str) -> dict[str, float]:
    """PRV bounds epsilon to within an error that has to be small beside a small epsilon."""
    return {"eps_error": min(0.01, max(0.001, epsilon / 100))} if accountant == "prv" else {}


def guarantee_of(arm: Arm, spent: Floats, fprs: Sequence[float]) -> PrivacyGuarantee | None:
    """What an arm's training promised, checked by a second accountant.

    Args:
        arm: the training regime.
        spent: Float [models]; the epsilon read back from each model's accountant.
        fprs: false-positive rates at which to cap the true-positive rate.

    Returns:
        None for an arm without DP.

    Raises:
        PrivacyError: if more was spent than was asked for, or the accountants disagree.
    """
    if arm.target_epsilon is None or arm.delta is None or arm.recipe.max_grad_norm is None:
        return None
    curve = PrivacyCurve(arm.noise_multiplier, arm.schedule.sample_rate, arm.schedule.steps)
    epsilon, second = float(np.max(spent)), curve.epsilon(arm.delta)
    _check_spending(arm, epsilon, second)
    return PrivacyGuarantee(
        epsilon=epsilon,
        target_epsilon=arm.target_epsilon,
        delta=arm.delta,
        accountant=arm.accountant,
        noise_multiplier=arm.noise_multiplier,
        sample_rate=arm.schedule.sample_rate,
        steps=arm.schedule.steps,
        max_grad_norm=arm.recipe.max_grad_norm,
        second_epsilon=second,
        second_accountant=SECOND_ACCOUNTANT,
        memorization_cap=curve.delta(0.0),
        tpr_caps=tuple((fpr, curve.tpr_cap(fpr)) for fpr in fprs),
    )


def _check_spending(arm: Arm, spent: float, second: float) -> None:
    """Refuse a claim that is above its target or that the second accountant does not confirm.

    PRV is tight and has to agree from both sides; RDP is an upper bound and may only be above.

    Raises:
        PrivacyError: as said.
    """
    assert arm.target_epsilon is not None
    room = max(_TOLERANCE, _TOLERANCE * spent)
    problems = []
    if not spent <= arm.target_epsilon + max(1e-9, 1e-6 * arm.target_epsilon):
        problems.append(f"arm {arm.name}: spent epsilon {spent:.4g} is above its target {arm.target_epsilon:g}")
    if second > spent + room or (arm.accountant == "prv" and second < spent - room):
        problems.append(
            f"arm {arm.name}: the accountants disagree: {arm.accountant} says epsilon {spent:.4g}, "
            f"{SECOND_ACCOUNTANT} says {second:.4g}"
        )
    if not math.isfinite(spent):
        problems.append(f"arm {arm.name}: the accountant says epsilon {spent}")
    if problems:
        raise PrivacyError.collected(problems, "no guarantee is claimed; report this with the run's config")
