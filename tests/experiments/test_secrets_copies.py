"""What DP promises of several copies: closed forms, the promise for one text, and attacks that reach the cap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from audit.config import Recipe
from audit.errors import PrivacyError
from audit.experiments.secrets.exposure import chance, exposures, highest, ranks
from audit.experiments.secrets.findings import _promised
from audit.experiments.secrets.group_privacy import CopiesCurve, _distribution, exposure_cap
from audit.privacy_curve import PrivacyCurve
from audit.training.base import Arm, Schedule


def arm(noise: float, rate: float, steps: int) -> Arm:
    schedule = Schedule(rate, steps, 100.0)
    return Arm("dp", "dp", "", Recipe(), schedule, noise_multiplier=noise, target_epsilon=1.0, delta=1e-5)


def gaussian(mu: float, epsilon: float) -> float:
    """delta of a Gaussian mechanism (Balle & Wang 2018, arXiv 1805.06530, theorem 5)."""
    return float(stats.norm.cdf(mu / 2 - epsilon / mu) - np.exp(epsilon) * stats.norm.cdf(-mu / 2 - epsilon / mu))


def test_one_copy_has_the_promise_of_one_text() -> None:
    of = arm(1.3, 0.2, 40)
    one, known = CopiesCurve(of, 1), PrivacyCurve(1.3, 0.2, 40)
    assert one.epsilon(1e-5) == known.epsilon(1e-5)
    mixture = _distribution(1.3, 0.2, 40, 1)
    assert mixture.get_epsilon_for_delta(1e-5) == pytest.approx(known.epsilon(1e-5), rel=1e-2)
    assert mixture.get_delta_for_epsilon(0.0) == pytest.approx(known.delta(0.0), rel=1e-2)


@pytest.mark.parametrize("copies", [1, 3, 5])
def test_with_every_text_in_every_step_copies_add_up_to_one_large_step(copies: int) -> None:
    """Closed form: at sample rate 1 the copies move the sum by so many norms in every step."""
    curve, mu = CopiesCurve(arm(6.0, 1.0, 4), copies), copies * 2 / 6.0
    for epsilon in (0.0, 0.5, 2.0):
        assert curve.delta(epsilon) == pytest.approx(gaussian(mu, epsilon), rel=0.02, abs=1e-6)


def test_more_copies_are_promised_less_and_never_more_than_moving_in_every_step() -> None:
    of = arm(2.0, 0.1, 5)
    found = [CopiesCurve(of, copies).epsilon(1e-5) for copies in (1, 2, 8)]
    assert found == sorted(found)
    assert found[0] < found[1]
    assert found[2] < CopiesCurve(arm(2.0, 1.0, 5), 8).epsilon(1e-5)


def test_without_a_promise_the_cap_is_all_that_can_be_shown_and_with_much_noise_it_is_chance() -> None:
    assert exposure_cap(CopiesCurve(arm(0.5, 1.0, 2), 4), 100) == pytest.approx(highest(100), abs=0.01)
    assert exposure_cap(CopiesCurve(arm(50.0, 1.0, 1), 2), 100) == pytest.approx(chance(100), abs=0.1)


def test_where_the_accountant_fails_nothing_is_promised() -> None:
    """A mixture on which dp-accounting finds no quantile."""
    of = arm(0.9, 0.95, 3)
    with pytest.raises(PrivacyError, match="fails on 12 copies"):
        CopiesCurve(of, 12)
    promised = _promised(of, 12, 100)
    assert list(promised) == ["unknown"]
    assert "fails on 12 copies" in promised["unknown"]


@pytest.mark.parametrize("copies", [1, 2])
def test_the_best_attack_on_a_gaussian_mechanism_reaches_the_cap_and_does_not_pass_it(copies: int) -> None:
    """The attacker sees the noised sum itself, and references are fresh draws of it without the secret.

    The best test of two normal distributions is by the value; its mean exposure is the cap, simulated to 0.5 %
    (20,000 draws; the seed is fixed) and rounded up by the accountant's grid.
    """
    rng, references, draws = np.random.default_rng(copies), 100, 20_000
    secret = rng.normal(copies / 1.5, 1, (draws, 1))
    rank = ranks(-secret, -rng.normal(size=(draws, references)), rng.random((draws, 1)))
    found, cap = exposures(rank, references).mean(), exposure_cap(CopiesCurve(arm(1.5, 1.0, 1), copies), references)
    assert chance(references) + 0.3 < found < cap * 1.01
    assert found > 0.97 * cap
