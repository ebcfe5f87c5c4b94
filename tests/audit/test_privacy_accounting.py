"""Noise, spending and caps against closed forms, published anchors, a simulation, and each other."""

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from repetitions import thorough
from scipy.stats import norm

from audit import privacy, privacy_curve
from audit.config import DPConfig, Recipe
from audit.errors import PrivacyError
from audit.privacy import guarantee_of, noise_for, resolve_delta, spent_epsilon
from audit.privacy_curve import PrivacyCurve
from audit.training.base import Arm, Schedule

RECIPE = Recipe(batch_size=256, epochs=40, sampling="poisson", max_grad_norm=0.7)
SHORT = Schedule(sample_rate=0.2, steps=20, expected_batch=100.0)
FPRS = (0.1, 0.01, 0.001)


def gaussian_delta(epsilon, mu):
    """Balle & Wang 2018 (arXiv 1805.06530), theorem 8."""
    return norm.cdf(-epsilon / mu + mu / 2) - np.exp(epsilon) * norm.cdf(-epsilon / mu - mu / 2)


def dp_arm(epsilon=2.0, delta=1e-5, accountant="prv", schedule=SHORT, noise=None):
    found = noise_for(epsilon, delta, schedule, accountant) if noise is None else noise
    return Arm("dp-eps", "dp", "", RECIPE, schedule, found, accountant, epsilon, delta)


def spent_by(arm):
    from opacus.accountants import create_accountant

    accountant = create_accountant(arm.accountant)
    for _ in range(arm.schedule.steps):
        accountant.step(noise_multiplier=arm.noise_multiplier, sample_rate=arm.schedule.sample_rate)
    return spent_epsilon(accountant, arm.delta, arm.target_epsilon)


@pytest.mark.parametrize(("noise", "steps"), [(1.0, 1), (0.7, 1), (8.0, 16), (20.0, 100)])
def test_a_full_batch_is_the_gaussian_mechanism(noise, steps):
    curve, mu = PrivacyCurve(noise, 1.0, steps), np.sqrt(steps) / noise
    for epsilon in (0.0, 0.3, 1.0, 2.5):
        assert curve.delta(epsilon) == pytest.approx(gaussian_delta(epsilon, mu), rel=2e-3, abs=1e-9)
    assert curve.delta(0.0) == pytest.approx(2 * norm.cdf(mu / 2) - 1, rel=1e-3)


@pytest.mark.parametrize("mu", [0.1, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("fpr", [0.0001, 0.001, 0.01, 0.1, 0.5, 0.9])
def test_tpr_caps_lie_tightly_above_the_gaussian_trade_off_curve(mu, fpr):
    """Dong, Roth & Su 2022 (arXiv 1905.02383), equation 6: the curve is Phi(Phi^-1(FPR) + mu)."""
    exact, cap = norm.cdf(norm.ppf(fpr) + mu), PrivacyCurve(1 / mu, 1.0, 1).tpr_cap(fpr)
    assert exact - 1e-9 <= cap <= exact * 1.01 + 1e-3


@pytest.mark.parametrize(("epsilon", "cap"), [(1, 0.122), (2, 0.222), (4, 0.386), (8, 0.614)])
def test_memorization_caps_of_a_known_run(epsilon, cap):
    """718 records, sample rate .356, 112 steps, delta 1e-4; the noise multipliers are PRV's."""
    noise = {1: 12.2656, 2: 6.6797, 4: 3.75, 8: 2.1899}[epsilon]
    curve = PrivacyCurve(noise, 0.356, 112)
    assert curve.delta(0.0) == pytest.approx(cap, abs=0.003)
    assert curve.epsilon(1e-4) == pytest.approx(epsilon, rel=0.02)
    assert curve.delta(0.0) <= (np.exp(epsilon) - 1 + 2e-4) / (np.exp(epsilon) + 1)


def test_caps_hold_and_are_nearly_reached_in_a_simulated_run():
    """The likelihood-ratio attack on 20 steps of the sampled Gaussian mechanism is the best there is.

    200,000 runs a side with a fixed seed; the standard error of a TPR is below .0012, five of them are allowed.
    """
    rng, noise, rate, steps, runs = np.random.default_rng(0), 1.2, 0.2, 20, 200_000

    def ratio(member):
        total = np.zeros(runs)
        for _ in range(steps):
            seen = (rng.random(runs) < rate) * member + rng.normal(0, noise, runs)
            total += np.log(1 - rate + rate * np.exp((2 * seen - 1) / (2 * noise**2)))
        return total

    inside, outside, curve = ratio(1.0), ratio(0.0), PrivacyCurve(noise, rate, steps)
    for fpr in (0.3, 0.1, 0.01):
        tpr = (inside > np.quantile(outside, 1 - fpr)).mean()
        assert tpr - 0.006 <= curve.tpr_cap(fpr) <= tpr + 0.05
    assert curve.tpr_cap(0.1) - 0.1 <= curve.delta(0.0)


def test_tpr_caps_rise_with_the_fpr_and_never_fall_below_chance():
    curve = PrivacyCurve(4.0, 0.356, 84)
    caps = [curve.tpr_cap(fpr) for fpr in np.linspace(0, 1, 41)]
    assert (np.diff(caps) >= 0).all()
    assert all(cap >= fpr for cap, fpr in zip(caps, np.linspace(0, 1, 41), strict=True))
    assert caps[-1] == 1.0


@pytest.mark.parametrize(("noise", "rate", "steps"), [(2.68, 0.356, 140), (0.9, 0.02, 300), (0.5, 1.0, 2)])
def test_deltas_of_the_grid_are_those_of_the_accountant_one_by_one(noise, rate, steps):
    curve = PrivacyCurve(noise, rate, steps)
    expected = [curve.delta(float(epsilon)) for epsilon in privacy_curve._GRID[::7]]
    np.testing.assert_allclose(curve._grid_deltas[::7], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("epsilon", "rate", "steps", "accountant"),
    [
        pytest.param(8.0, 0.356, 112, "prv", marks=thorough),
        (0.5, 0.356, 20, "prv"),
        (2.0, 1.0, 3, "prv"),
        (3, 0.1, 90, "rdp"),
    ],
)
def test_the_noise_is_that_of_opacus_with_a_few_calls_of_its_accountant(epsilon, rate, steps, accountant, monkeypatch):
    from opacus.accountants.utils import get_noise_multiplier

    calls, spent = [], privacy._spent.__wrapped__

    def counted(*arguments):
        calls.append(arguments)
        return spent(*arguments)

    privacy._calibrated.cache_clear()
    monkeypatch.setattr(privacy, "_spent", cache(counted))
    found = noise_for(epsilon, 1e-5, Schedule(rate, steps, 100.0), accountant)
    run = {"sample_rate": rate, "steps": steps, "accountant": accountant, **privacy._precision(epsilon, accountant)}
    target = {"target_epsilon": epsilon, "target_delta": 1e-5, "epsilon_tolerance": epsilon / 100}
    expected = privacy_curve.accounted(lambda: get_noise_multiplier(**target, **run), "no noise")
    assert found == expected
    assert len(calls) <= 6  # of about twelve
    assert 0.99 * epsilon <= spent(accountant, ((found, rate, steps),), 1e-5, epsilon) <= epsilon


@pytest.mark.parametrize(
    ("noise", "rate", "steps"), [(2.67, 0.356, 140), (0.5, 0.1, 100), (1.0, 1.0, 5), (60.0, 0.1, 9)]
)
def test_the_quick_bound_is_renyi_dp_of_the_same_orders(noise, rate, steps):
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise, rate, steps)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = accountant.get_epsilon(1e-5, alphas=[int(order) for order in privacy._ORDERS])
    assert privacy._integer_rdp(noise, rate, steps, 1e-5) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("epsilon", "rate", "steps"), [(0.5, 0.356, 20), (2.0, 0.02, 200), (1.0, 1.0, 5)])
def test_two_accountants_agree_on_the_calibrated_noise(epsilon, rate, steps):
    arm = dp_arm(epsilon, schedule=Schedule(rate, steps, 100.0))
    guarantee = guarantee_of(arm, np.full(2, spent_by(arm)), FPRS)
    assert 0.97 * epsilon <= guarantee.epsilon <= epsilon
    assert guarantee.second_epsilon == pytest.approx(guarantee.epsilon, rel=0.02, abs=0.02)


def test_rdp_spends_no_more_than_it_says():
    arm = dp_arm(accountant="rdp")
    guarantee = guarantee_of(arm, np.array([spent_by(arm)]), FPRS)
    assert guarantee.accountant == "rdp"
    assert guarantee.second_epsilon < guarantee.epsilon <= 2.0


def test_a_guarantee_says_everything_of_the_run():
    arm = dp_arm()
    guarantee = guarantee_of(arm, np.array([spent_by(arm)]), FPRS)
    assert (guarantee.target_epsilon, guarantee.delta, guarantee.sample_rate, guarantee.steps) == (2.0, 1e-5, 0.2, 20)
    assert (guarantee.max_grad_norm, guarantee.noise_multiplier) == (0.7, arm.noise_multiplier)
    assert guarantee.memorization_cap == PrivacyCurve(arm.noise_multiplier, 0.2, 20).delta(0.0)
    assert [fpr for fpr, _ in guarantee.tpr_caps] == list(FPRS)
    assert all(cap <= np.exp(guarantee.epsilon) * fpr + 1.1e-5 for fpr, cap in guarantee.tpr_caps)


def test_no_privacy_no_guarantee():
    arm = Arm("standard", "standard", "", Recipe(), SHORT)
    assert guarantee_of(arm, np.array([np.nan]), FPRS) is None


def test_a_run_that_made_more_steps_than_planned_is_refused():
    arm = dp_arm()
    longer = spent_by(replace(arm, schedule=replace(SHORT, steps=40)))
    with pytest.raises(PrivacyError, match=r"spent epsilon .* is above its target 2"):
        guarantee_of(arm, np.array([longer]), FPRS)


@pytest.mark.parametrize("claimed", [1.0, 1.9])
def test_accountants_that_disagree_stop_the_run(claimed):
    """Noise for epsilon 2, or half of it, and a claim of less than was spent."""
    arm = dp_arm()
    with pytest.raises(PrivacyError, match="the accountants disagree"):
        guarantee_of(replace(arm, noise_multiplier=arm.noise_multiplier / 2), np.array([claimed]), FPRS)


def test_delta_is_a_tenth_of_one_over_records_or_less():
    assert resolve_delta(DPConfig(), 1438) == 1e-5
    assert resolve_delta(DPConfig(), 100_000) == pytest.approx(1e-6)
    assert resolve_delta(DPConfig(delta=1e-4), 1438) == 1e-4


@pytest.mark.parametrize("delta", [1 / 1438, 0.01, 1.0])
def test_a_delta_that_lets_one_record_out_is_refused(delta):
    with pytest.raises(PrivacyError, match=r"is not between 0 and 1/records = 0.000695"):
        resolve_delta(DPConfig(delta=delta), 1438)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, 0.001, 1e6, float("inf"), float("nan")])
def test_an_epsilon_out_of_range_is_refused(epsilon):
    with pytest.raises(PrivacyError, match=r"is not between 0\.01 and 500"):
        noise_for(epsilon, 1e-5, SHORT, "prv")


def test_an_accountant_that_fails_is_named():
    with pytest.raises(PrivacyError, match=r"the rdp accountant finds no noise for epsilon 0.01") as caught:
        noise_for(0.01, 1e-5, SHORT, "rdp")
    assert "the other dp.accountant" in caught.value.hint


def test_a_small_epsilon_is_calibrated_as_closely_as_a_large_one():
    arm = dp_arm(epsilon=0.1, schedule=Schedule(0.2, 5, 100.0))
    assert 0.095 <= spent_by(arm) <= 0.1


def test_a_search_ends_where_no_noise_comes_near_enough() -> None:
    assert privacy._bisected(lambda noise: 2.0 if noise < 5 else 0.5, 1.0, 0.01) is None
    assert privacy._bisected(lambda noise: 10 / noise, 1.0, 0.01) == pytest.approx(10.1, abs=0.1)


def test_the_smallest_epsilon_has_a_noise_that_spends_it() -> None:
    noise = privacy._calibrated(0.01, 1e-5, 0.25, 40, "prv")
    assert 0.0099 <= privacy._spent("prv", ((noise, 0.25, 40),), 1e-5, 0.01) <= 0.01
