"""The credible interval against simulation and adaptive quadrature, and its calibration under its own prior."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats

from bounds import credible_epsilon

COUNTS = [(5, 10, 1, 10), (100, 100, 0, 100), (9_000, 10_000, 100, 10_000), (95, 100, 80, 100), (0, 0, 0, 0)]


def epsilons(tpr: np.ndarray, fpr: np.ndarray, delta: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        ratios = np.maximum((tpr - delta) / fpr, (1 - fpr - delta) / (1 - tpr))
    return np.log(np.maximum(ratios, 1))


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("delta", [0.0, 0.01])
def test_against_simulation(counts: tuple[int, int, int, int], delta: float) -> None:
    tp, members, fp, non_members = counts
    rng = np.random.default_rng(1)
    tpr = rng.beta(tp + 0.5, members - tp + 0.5, 400_000)
    fpr = rng.beta(fp + 0.5, non_members - fp + 0.5, 400_000)
    drawn = epsilons(tpr, fpr, delta)
    low, high = credible_epsilon(*counts, delta, 0.9)
    # Of 400,000 draws the share below a quantile has a standard deviation of .00034.
    assert low == 0 or (drawn < low).mean() == pytest.approx(0.05, abs=0.0014)
    assert (drawn > high).mean() == pytest.approx(0.05, abs=0.0014)
    assert low > 0 or (drawn <= 0).mean() >= 0.05 - 0.0014


@pytest.mark.parametrize(
    ("counts", "delta"), [((5, 10, 1, 10), 0.0), ((100, 100, 0, 100), 0.0), ((95, 99, 60, 90), 1e-3)]
)
def test_ends_are_correct_to_a_thousandth(counts: tuple[int, int, int, int], delta: float) -> None:
    # With adaptive quadrature over log FPR; the probability at an end -+ .001 lies on both sides of the level.
    tp, members, fp, non_members = counts
    posterior_tpr = stats.beta(tp + 0.5, members - tp + 0.5)
    posterior_fpr = stats.beta(fp + 0.5, non_members - fp + 0.5)

    def at_most(epsilon: float) -> float:
        def density(x: float) -> float:
            fpr = math.exp(x)
            limit = min(math.exp(epsilon) * fpr + delta, 1 - math.exp(-epsilon) * (1 - delta - fpr))
            return float(posterior_fpr.pdf(fpr) * fpr * posterior_tpr.cdf(limit))

        pieces = np.concatenate([np.linspace(-40, -8, 9), np.linspace(-8, -1e-12, 17)[1:]])
        return sum(integrate.quad(density, a, b)[0] for a, b in itertools.pairwise(pieces))

    for end, level in zip(credible_epsilon(*counts, delta, 0.95), (0.025, 0.975), strict=True):
        assert at_most(end - 1e-3) < level < at_most(end + 1e-3)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_a_tpr_that_is_all_but_known_leaves_the_quantiles_of_the_fpr(confidence: float) -> None:
    # The hardest case for a fixed grid: epsilon is ln(TPR / FPR), and given the FPR a step at a TPR of .999.
    ends = stats.beta(0.5, 100_000.5).ppf([(1 + confidence) / 2, (1 - confidence) / 2])
    expected = pytest.approx(np.log(stats.beta(99_900.5, 100.5).mean() / ends), abs=1e-3)
    assert credible_epsilon(99_900, 100_000, 0, 100_000, 0.0, confidence) == expected


def test_it_is_calibrated_under_its_prior() -> None:
    # Rates drawn from the prior, counts from the rates: 90 % of the intervals hold the epsilon, and more where the
    # lower end is 0. 20,000 worlds: below .89 has a probability under 1e-5.
    rng = np.random.default_rng(2)
    tpr, fpr = rng.beta(0.5, 0.5, (2, 20_000))
    tp, fp = rng.binomial(2, tpr), rng.binomial(2, fpr)
    ends = {(a, b): credible_epsilon(a, 2, b, 2, 0.0, 0.9) for a in range(3) for b in range(3)}
    low, high = np.array([ends[a, b] for a, b in zip(tp.tolist(), fp.tolist(), strict=True)]).T
    truth = epsilons(tpr, fpr, 0.0)
    assert ((low <= truth) & (truth <= high)).mean() > 0.89
    # Where the upper end is 0 as well, less than 5 % lies above it.
    assert (truth > high)[high > 0].mean() == pytest.approx(0.05, abs=0.007)


def test_it_narrows_around_the_truth_and_is_0_without_leakage() -> None:
    narrow = credible_epsilon(73_106, 100_000, 26_894, 100_000, 0.0, 0.95)
    assert 0.98 < narrow[0] < 1.0 < narrow[1] < 1.02
    assert credible_epsilon(20, 100, 80, 100, 0.0, 0.95) == (0.0, 0.0)
    wide, tight = credible_epsilon(9, 10, 1, 10, 0.0, 0.99), credible_epsilon(9, 10, 1, 10, 0.0, 0.9)
    assert wide[0] <= tight[0] < tight[1] < wide[1]


def test_arguments_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="members=10, tp=11"):
        credible_epsilon(11, 10, 0, 10, 0.0, 0.95)
    with pytest.raises(ValueError, match="confidence=1"):
        credible_epsilon(1, 10, 0, 10, 0.0, 1)
