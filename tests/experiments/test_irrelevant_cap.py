"""What DP says of a bit that is a fair coin: closed forms, simulated mechanisms, and that it is never too low."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from audit.experiments.irrelevant.cap import GRID, bit_cap
from audit.privacy_curve import PrivacyCurve

DRAWS = 40_000


@pytest.mark.parametrize("noise", [0.7, 2.0, 20.0])
def test_of_one_gaussian_release_it_is_the_closed_form(noise):
    """Without the record N(0, s^2), with it N(-1, s^2) or N(1, s^2): the best guess of the sign is right Phi(1/s)."""
    cap = bit_cap(PrivacyCurve(noise, 1.0, 1))
    assert norm.cdf(1 / noise) <= cap <= norm.cdf(1 / noise) + 1 / GRID


@pytest.mark.parametrize(("noise", "steps"), [(4.0, 10), (10.0, 50)])
def test_of_several_gaussian_releases_it_is_the_closed_form(noise, steps):
    """Releases of one record add up to one with sqrt(steps) the signal."""
    exact = norm.cdf(math.sqrt(steps) / noise)
    assert exact <= bit_cap(PrivacyCurve(noise, 1.0, steps)) <= exact + 2 / GRID


@pytest.mark.parametrize(("noise", "rate", "steps"), [(1.0, 0.2, 5), (2.0, 0.35, 40)])
def test_the_best_attack_on_sampled_steps_stays_below(noise, rate, steps):
    """DP-SGD's worst case, with the likelihood ratio as the attack: the best there is.

    The record moves the sum by its bit where it is sampled. Below the cap by more than chance, 4 sd of the draws
    (1 false alarm in 30,000), and not far below: within a tenth.
    """
    rng = np.random.default_rng(5)
    sampled = rng.random((DRAWS, steps)) < rate
    seen = sampled + noise * rng.standard_normal((DRAWS, steps))  # the bit is 1; by symmetry the other is as hard

    def loglikelihood(bit):
        parts = [np.log(1 - rate) - seen**2 / (2 * noise**2), np.log(rate) - (seen - bit) ** 2 / (2 * noise**2)]
        return logsumexp(parts, axis=0).sum(axis=1)

    right = (loglikelihood(1) > loglikelihood(-1)).mean()
    cap = bit_cap(PrivacyCurve(noise, rate, steps))
    assert right - 4 * 0.5 / math.sqrt(DRAWS) < cap
    assert cap < right + 0.1


def test_more_noise_never_tells_more():
    caps = [bit_cap(PrivacyCurve(noise, 0.35, 100)) for noise in (2.0, 6.0, 50.0)]
    assert caps == sorted(caps, reverse=True)
    assert 0.5 <= caps[-1] < 0.56
    assert caps[0] <= 1


@pytest.mark.parametrize(("noise", "rate", "steps"), [(2.9, 0.35, 40), (17.3, 0.35, 174)])
def test_it_is_no_weaker_than_what_group_privacy_says(noise, rate, steps):
    """Two steps of total variation, 1/2 + delta(0), and the textbook's (2 eps, (1 + e^eps) delta) at every epsilon."""
    curve = PrivacyCurve(noise, rate, steps)
    cap = bit_cap(curve)
    assert cap <= 0.5 + curve.delta(0.0) + 1 / GRID
    for epsilon in (0.25, 0.5, 1.0, 2.0):
        delta = (1 + math.exp(epsilon)) * curve.delta(epsilon)
        advantage = (math.exp(2 * epsilon) - 1 + 2 * delta) / (math.exp(2 * epsilon) + 1)
        assert cap <= 0.5 + advantage / 2 + 1 / GRID


def test_of_pure_privacy_it_is_attained_by_a_mechanism():
    """eps-DP has g(t) = min(e^eps t, 1 - e^-eps (1 - t)), and two steps of it give 1 - e^-eps / 2.

    Less than the e^(2 eps) / (1 + e^(2 eps)) of two values that may be anything 2 eps-DP, since both are neighbours of
    the same third. A mechanism with outputs "1", "0" and "nothing" attains it.
    """
    ratio = math.e
    r = 1 / (1 + ratio)
    without = np.array([r, r, 1 - 2 * r])
    one = np.array([ratio * r, r / ratio, (1 - 2 * r) / ratio])
    zero = one[[1, 0, 2]]
    for outputs in (one, zero, without):
        assert outputs.sum() == pytest.approx(1)
        assert (np.maximum(outputs / without, without / outputs) <= ratio + 1e-12).all()

    class Pure:
        def tpr_cap(self, fpr):
            return min(1.0, ratio * fpr, 1 - (1 - fpr) / ratio)

    best = np.maximum(one, zero).sum() / 2
    assert best == pytest.approx(1 - math.exp(-1) / 2)
    assert best <= bit_cap(Pure()) + 1e-12 <= best + 2 / GRID
    assert best < ratio**2 / (1 + ratio**2)
