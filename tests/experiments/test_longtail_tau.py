"""tau against closed forms, numerical integration and simulation; Good and Turing's estimate against tau."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import roots_jacobi
from tail_worlds import Drawn, two_point, uniform, zipf

from audit.data.longtail import RECORDS, weights
from audit.experiments.longtail.prior import GoodTuring, KnownPrior, tau

PRIORS = {"zipf": zipf, "uniform": uniform, "two-point": two_point}


@pytest.mark.parametrize("number", [1, 7, 1000])
@pytest.mark.parametrize("times", [0, 1, 5])
def test_with_a_uniform_prior_nothing_is_learned_from_a_count(number: int, times: int) -> None:
    weights_of = uniform(number)
    if number == 1 and times < 40:
        with pytest.raises(ValueError, match=f"can occur {times} times among 40"):
            tau(weights_of, 40, times)
        weights_of = np.array([1.0])
        assert tau(weights_of, 40, 40) == 1.0
    else:
        assert tau(weights_of, 40, times) == pytest.approx(1 / number, rel=1e-12)


def test_tau_of_two_frequencies_by_hand() -> None:
    """E[a^2 (1-a)] / E[a (1-a)] with a of 1/2 and 1/4: (1/8 + 3/64) / (1/4 + 3/16) = 11/28."""
    assert tau([0.5, 0.25], 2, 1) == pytest.approx(11 / 28, rel=1e-14)


@pytest.mark.parametrize("times", [0, 1, 2, 9])
@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 3.0), (1.0, 1.0), (2.5, 40.0)])
def test_tau_of_a_beta_prior_is_its_posterior_mean(alpha: float, beta: float, times: int) -> None:
    """(l + alpha) / (n + alpha + beta), by Gauss-Jacobi nodes in place of a list; and by another integration."""
    n = 60
    nodes, mass = roots_jacobi(80, beta - 1, alpha - 1)
    known = (times + alpha) / (n + alpha + beta)
    assert tau((nodes + 1) / 2, n, times, chance=mass) == pytest.approx(known, rel=1e-9)

    def moment(power: int) -> float:
        prior = stats.beta(alpha, beta)
        return integrate.quad(lambda a: a**power * (1 - a) ** (n - times) * prior.pdf(a), 0, 1, epsabs=0, limit=400)[0]

    assert moment(times + 1) / moment(times) == pytest.approx(known, rel=1e-5)


def test_powers_beyond_the_range_of_floats_are_no_obstacle() -> None:
    assert 0.2**1000 * 0.8**9000 == 0.0
    assert tau([0.2, 0.1], 10_000, 1000) == pytest.approx(0.1, rel=1e-9)
    assert tau(weights(), 10**6, 3) == pytest.approx(weights().min(), rel=1e-2)


def test_a_frequency_of_zero_is_no_subpopulation_that_was_seen() -> None:
    assert tau([0.3, 0.0], 10, 1) == pytest.approx(0.3, rel=1e-14)
    assert tau([0.3, 0.0], 10, 0) == pytest.approx(0.3 * 0.7**10 / (1 + 0.7**10), rel=1e-12)


@pytest.mark.parametrize("wrong", [([], 5, 1), ([1.2], 5, 1), ([-0.1], 5, 1), ([0.5], 5, 6), ([0.5], 5, -1)])
def test_what_makes_no_sense_is_refused(wrong: tuple[list[float], int, int]) -> None:
    with pytest.raises(ValueError, match="weights in"):
        tau(*wrong)


@pytest.mark.parametrize("name", PRIORS)
def test_tau_against_simulation(name: str) -> None:
    """Mean frequency of what occurred l times in 4,000 draws of 300 among 200.

    Binomial counts, one a subpopulation: their means differ from tau by less than 5 standard errors, which would be
    exceeded by chance in about 1 of 100,000 runs of the nine figures.
    """
    prior, n = PRIORS[name](200), 300
    counts = np.random.default_rng(1).binomial(n, prior, (4000, 200))
    for times in (0, 1, 2):
        seen = np.broadcast_to(prior, counts.shape)[counts == times]
        error = seen.std(ddof=1) / np.sqrt(len(seen))
        assert abs(seen.mean() - tau(prior, n, times)) < 5 * error + 1e-15


@pytest.mark.parametrize("name", PRIORS)
def test_the_share_of_the_population_against_simulation(name: str) -> None:
    """tau_l N_l beside the true weight of what occurs l times: records are drawn together, coins are flipped.

    Mean difference over 150 worlds within 4 standard errors: exceeded by chance in 1 of 1,600 runs of nine figures.
    """
    prior = PRIORS[name](150)
    gaps = {times: [] for times in (0, 1, 2)}
    for seed in range(150):
        census = Drawn.of(prior, 300, 1, 4, seed).census
        known = KnownPrior(census, prior)
        for times, found in gaps.items():
            true = ((census.count == times) * prior).sum(axis=1).mean()
            found.append(known.share(times).value - true)
    for found in gaps.values():
        assert abs(np.mean(found)) < 4 * np.std(found, ddof=1) / np.sqrt(len(found)) + 1e-15


@pytest.mark.parametrize("name", PRIORS)
def test_good_and_turing_have_the_known_priors_expectation(name: str) -> None:
    """Expected (l+1) N_(l+1) / n against expected tau_l N_l: their ratio is (n-l) / (n (1-a)), within 2 % here.

    The largest frequency of Zipf among 1,000 is .13, but what is seen at most twice has less than .01.
    """
    prior, n = PRIORS[name](1000), 1000
    for times in (0, 1, 2):
        true = (stats.binom.pmf(times, n, prior) * prior).sum()
        estimate = (times + 1) * stats.binom.pmf(times + 1, n, prior).sum() / n
        assert estimate == pytest.approx(true, rel=0.02)


@pytest.mark.parametrize("name", PRIORS)
def test_good_and_turing_against_the_known_prior_in_simulation(name: str) -> None:
    """tau by both ways in 100 worlds of 600 records among 400: a bias of at most 3 % beside 4 standard errors.

    The chance of the nine figures to stray by 4 errors is 1 in 1,600; the errors are small enough to tell 12 %.
    """
    prior = PRIORS[name](400)
    ratios = []
    for seed in range(100):
        census = Drawn.of(prior, 600, 1, 8, seed).census
        both = GoodTuring(census), KnownPrior(census, prior)
        ratios.append([both[0].frequency(times) / both[1].frequency(times) for times in (0, 1, 2)])
    error = np.std(ratios, axis=0, ddof=1) / 10
    assert 4 * error.max() < 0.09
    assert (np.abs(np.mean(ratios, axis=0) - 1) < 0.03 + 4 * error).all()


def test_good_and_turing_say_where_there_is_nothing_to_estimate_from() -> None:
    census = Drawn.of(uniform(3), 300, 30, 4, 0).census
    estimated, unfitted = GoodTuring(census), np.ones(census.count.shape)
    assert estimated.share(1) is None
    assert estimated.frequency(1) is None
    assert estimated.cost(unfitted, 1) is None


def test_good_and_turings_missing_mass_needs_no_number_of_unseen_subpopulations() -> None:
    census = Drawn.of(zipf(100), 100, 30, 4, 0).census
    once = (census.count == 1).sum(axis=1).mean()
    assert GoodTuring(census).share(0).value == pytest.approx(once / census.size.mean(), rel=1e-12)


def test_all_counts_together_have_no_estimate_without_a_prior() -> None:
    census = Drawn.of(zipf(100), 100, 30, 4, 0).census
    unfitted = np.ones(census.count.shape)
    assert GoodTuring(census).cost(unfitted, None) is None
    assert KnownPrior(census, zipf(100)).cost(unfitted, None).value > 0


def test_the_shares_of_all_counts_add_up_to_one_in_expectation() -> None:
    """sum_l tau_l N_l over l = 0, 1, ... estimates the whole; within 4 errors of 1 over 40 worlds (1 of 16,000)."""
    prior = zipf(80)
    sums = []
    for seed in range(40):
        census = Drawn.of(prior, 200, 1, 4, seed).census
        known = KnownPrior(census, prior)
        sums.append(known.share(0).value + known.cost(np.ones(census.count.shape), None).value)
    assert abs(np.mean(sums) - 1) < 4 * np.std(sums, ddof=1) / np.sqrt(40)


def test_the_cost_is_tau_times_what_is_not_fitted() -> None:
    """A slow twin: subpopulation by subpopulation, with each model's own number of records."""
    prior = zipf(60)
    drawn = Drawn.of(prior, 120, 1, 6, 4)
    unfitted = drawn.lookup(needed=2).unfitted
    count, size = drawn.census.count, drawn.census.size.tolist()

    def slow(times: int) -> float:
        cells = [(k, s) for k in range(6) for s in range(60) if count[k, s] == times]
        return sum(tau(prior, size[k], times) * unfitted[k, s] for k, s in cells) / 6

    known = KnownPrior(drawn.census, prior)
    assert known.cost(unfitted, 1).value == pytest.approx(slow(1), rel=1e-12)
    assert known.cost(unfitted, None).value == pytest.approx(sum(slow(times) for times in range(1, 61)), rel=1e-12)


def test_the_prior_of_the_source_is_a_distribution_over_what_it_draws() -> None:
    assert weights().sum() == pytest.approx(1, abs=1e-12)
    assert tau(weights(), RECORDS // 2, 1) == pytest.approx(5.588e-4, rel=1e-3)
