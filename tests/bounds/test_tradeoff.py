"""Trade-off curves against their definitions, and the Gaussian's delta against the integral that defines it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from bounds import EpsilonDelta, Gaussian, TradeOff, gaussian_delta, gaussian_epsilon

CURVES = [EpsilonDelta(0, 0), EpsilonDelta(1, 0), EpsilonDelta(3, 0.05), Gaussian(0), Gaussian(0.7), Gaussian(3)]
TPR = np.linspace(0, 1, 1001)


@pytest.mark.parametrize("curve", CURVES)
def test_floor_rises_from_0_to_at_most_1_and_stays_below_the_tpr(curve: TradeOff) -> None:
    floor = curve.fpr_floor(TPR)
    assert floor[0] == 0
    assert (np.diff(floor) >= 0).all()
    assert (floor <= TPR + 1e-12).all()
    assert (np.diff(floor, 2) >= -1e-12).all()


@pytest.mark.parametrize("curve", CURVES)
def test_curves_are_their_own_mirror_images(curve: TradeOff) -> None:
    floor = curve.fpr_floor(TPR)
    inside = floor > 0
    assert curve.fpr_floor(1 - floor)[inside] == pytest.approx(1 - TPR[inside], abs=1e-9)


def test_epsilon_delta_against_the_two_inequalities() -> None:
    fpr = np.linspace(0, 1, 20_001)
    for epsilon, delta in ((0.0, 0.1), (0.5, 0.0), (2.0, 0.03)):
        for tpr in (0.0, 0.02, 0.3, 0.9, 1.0):
            grown = math.exp(epsilon)
            allowed = (tpr <= grown * fpr + delta + 1e-12) & (1 - fpr <= grown * (1 - tpr) + delta + 1e-12)
            found = EpsilonDelta(epsilon, delta).fpr_floor(np.array([tpr]))[0]
            assert found == pytest.approx(fpr[allowed].min(), abs=1e-4)


def test_a_huge_epsilon_allows_everything_but_certainty_about_delta() -> None:
    assert EpsilonDelta(1e6, 0.1).fpr_floor(np.array([0.0, 0.999, 1.0])) == pytest.approx([0, 0, 0.9], abs=1e-300)


def test_a_gaussian_curve_is_the_envelope_of_its_epsilon_delta_curves() -> None:
    # Dong, Roth & Su 2019, proposition on duality: the Gaussian curve is the highest of all its (epsilon, delta)'s.
    for mu in (0.5, 1.0, 2.5):
        tpr = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
        curves = [EpsilonDelta(e, float(gaussian_delta(mu, e))).fpr_floor(tpr) for e in np.linspace(0, 20, 4001)]
        assert Gaussian(mu).fpr_floor(tpr) == pytest.approx(np.max(curves, axis=0), abs=1e-5)


@pytest.mark.parametrize(("mu", "epsilon"), [(0.1, 0.0), (0.1, 0.3), (1.0, 0.0), (1.0, 2.0), (3.0, 5.0), (6.0, 30.0)])
def test_gaussian_delta_against_the_integral(mu: float, epsilon: float) -> None:
    # The positive part of one density less e^epsilon times the other begins where their ratio is e^epsilon.
    start = epsilon / mu + mu / 2

    def excess(x: float) -> float:
        return float(stats.norm.pdf(x - mu) - math.exp(epsilon) * stats.norm.pdf(x))

    expected = integrate.quad(excess, start, start + 12, epsabs=1e-14, epsrel=1e-10)[0]
    assert float(gaussian_delta(mu, epsilon)) == pytest.approx(expected, rel=1e-7, abs=1e-13)


def test_gaussian_delta_is_total_variation_at_epsilon_0_and_takes_arrays() -> None:
    mu = np.array([[0.0], [0.5], [2.0]])
    found = gaussian_delta(mu, np.array([0.0, 1.0, 1e4]))
    assert found.shape == (3, 3)
    assert found[:, 0] == pytest.approx(2 * stats.norm.cdf(mu[:, 0] / 2) - 1)
    assert found[0].tolist() == [0, 0, 0]
    assert (np.diff(found, axis=1) <= 0).all()
    assert found[2, 2] == 0


@pytest.mark.parametrize(("mu", "expected"), [(2.01098593958025, 10.0650), (5.359822537549039, 36.4895), (0.0, 0.0)])
def test_published_epsilons(mu: float, expected: float) -> None:
    assert gaussian_epsilon(mu, 1e-5) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("mu", [1e-3, 0.1, 1.0, 8.0, 50.0])
@pytest.mark.parametrize("delta", [1e-10, 1e-5, 1e-2])
def test_epsilon_inverts_delta(mu: float, delta: float) -> None:
    epsilon = gaussian_epsilon(mu, delta)
    if epsilon == 0:
        assert gaussian_delta(mu, 0.0) <= delta
    else:
        assert float(gaussian_delta(mu, epsilon)) == pytest.approx(delta, rel=1e-5)
    assert gaussian_epsilon(1.1 * mu, delta) >= epsilon


def test_curves_and_conversions_refuse_what_is_out_of_range() -> None:
    with pytest.raises(ValueError, match="epsilon=-1"):
        EpsilonDelta(-1, 0)
    with pytest.raises(ValueError, match="delta=1"):
        EpsilonDelta(1, 1)
    with pytest.raises(ValueError, match="mu=nan"):
        Gaussian(math.nan)
    with pytest.raises(ValueError, match="delta=0"):
        gaussian_epsilon(1.0, 0)
