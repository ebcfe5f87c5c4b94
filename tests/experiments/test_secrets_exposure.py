"""Exposure against its definition, its exact null, and tails that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from audit.experiments.secrets.exposure import chance, exposures, highest, ranks
from audit.experiments.secrets.skew_normal import SkewNormal, distance, p_value, tail_exposures


def test_ranks_against_a_slow_count() -> None:
    rng = np.random.default_rng(0)
    secrets, references = rng.normal(size=(3, 5)), rng.normal(size=(3, 40))
    slow = [[1 + sum(r < s for r in row) for s in of] for of, row in zip(secrets, references, strict=True)]
    assert ranks(secrets, references, rng.random((3, 5))).tolist() == slow


def test_the_likeliest_has_rank_1_and_the_highest_exposure() -> None:
    """Carlini et al. 2019, definition 5: 1,023 references and the secret are 1,024 sentences, so rank 1 is 10 bits."""
    rank = ranks(np.array([[-1.0, 5000.0]]), np.arange(1023.0)[None], np.zeros((1, 2)))
    assert rank.tolist() == [[1, 1024]]
    assert exposures(rank, 1023).tolist() == [[10.0, 0.0]]
    assert highest(1023) == 10.0


def test_a_tie_is_broken_fairly() -> None:
    """Three of five references are as likely: ranks 2 to 5, a quarter each. A fair draw fails in 1 of 10,000 runs."""
    draws = 4000
    coins = np.random.default_rng(1).random((1, draws))
    rank = ranks(np.full((1, draws), 3.0), np.array([[1.0, 3.0, 3.0, 3.0, 9.0]]), coins)
    counts = np.bincount(rank[0], minlength=7)
    assert counts[:2].sum() == counts[6] == 0
    assert stats.chisquare(counts[2:6]).pvalue > 1e-4


@pytest.mark.parametrize("references", [1, 7, 100, 4096])
def test_the_mean_of_chance_is_exact(references: int) -> None:
    slow = sum(math.log2(references + 1) - math.log2(k) for k in range(1, references + 2)) / (references + 1)
    assert chance(references) == pytest.approx(slow, rel=1e-12)


def test_the_mean_of_chance_goes_to_1_4427_bits() -> None:
    assert chance(2**20) == pytest.approx(1 / math.log(2), abs=1e-4)
    assert chance(4096) == pytest.approx(1.4409, abs=1e-4)


def test_secrets_that_were_never_seen_have_the_mean_of_chance() -> None:
    """1,000 draws of 20 secrets and 200 references of one distribution: the mean is off in 1 of 1,000 such tests.

    The secrets of a draw share its references, so a draw is the unit.
    """
    rng, references = np.random.default_rng(2), 200
    rank = ranks(rng.normal(size=(1000, 20)), rng.normal(size=(1000, references)), rng.random((1000, 20)))
    of_draws = exposures(rank, references).mean(axis=1)
    error = of_draws.std(ddof=1) / math.sqrt(len(of_draws))
    assert abs(of_draws.mean() - chance(references)) < stats.norm.ppf(1 - 0.0005) * error
    assert error < 0.02
    counts = np.bincount(rank.ravel(), minlength=references + 2)[1:]
    assert stats.chisquare(counts.reshape(-1, 3).sum(axis=1)[:67]).pvalue > 1e-4


def test_ties_leave_chance_as_it_is() -> None:
    """A model that finds all sentences equally likely: every rank by lot. Fails in 1 of 1,000 runs."""
    rng, references = np.random.default_rng(3), 50
    rank = ranks(np.zeros((2000, 1)), np.zeros((2000, references)), rng.random((2000, 1)))
    each = exposures(rank, references)
    assert abs(each.mean() - chance(references)) < 3.3 * each.std(ddof=1) / math.sqrt(2000)


SHAPES = [-6.0, -1.0, 0.0, 0.5, 2.0, 8.0]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_distribution_function_against_slow_quadrature_far_out(shape: float) -> None:
    """scipy's own loses digits where the shape is large: the integral is taken over the density, scaled."""
    of = SkewNormal(np.zeros(1), np.ones(1), np.array([shape]))
    for z in (-0.3, -1.0, -2.9, -3.1, -4.0):
        top = stats.skewnorm.logpdf(z, shape)
        scaled = integrate.quad(
            lambda u, z=z, top=top: np.exp(stats.skewnorm.logpdf(z - u, shape) - top), 0, 8, epsabs=0, epsrel=1e-11,
            limit=500, points=[0.01, 0.1, 1.0],
        )[0]  # fmt: skip
        assert of.log2_cdf(np.array([[z]]))[0, 0] == pytest.approx((math.log(scaled) + top) / math.log(2), rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_distribution_function_against_scipy_in_the_body(shape: float) -> None:
    x = np.linspace(-1, 4, 9)
    of = SkewNormal(np.zeros(1), np.ones(1), np.array([shape]))
    assert of.cdf(x[None])[0] == pytest.approx(stats.skewnorm.cdf(x, shape), abs=1e-9)
    moved = SkewNormal(np.array([3.0]), np.array([2.0]), np.array([shape]))
    assert moved.cdf(3 + 2 * x[None])[0] == pytest.approx(of.cdf(x[None])[0], abs=1e-12)


def test_the_tail_of_a_normal_distribution_is_its_own() -> None:
    of = SkewNormal(np.zeros(1), np.ones(1), np.zeros(1))
    z = np.array([[-1.0, -3.0, -8.0, -20.0]])
    assert of.log2_cdf(z)[0] == pytest.approx(stats.norm.logcdf(z[0]) / math.log(2), rel=1e-10)


@pytest.mark.parametrize("shape", [-3.0, 0.0, 1.5])
def test_the_fit_has_the_moments_of_the_sample(shape: float) -> None:
    sample = stats.skewnorm.rvs(shape, loc=40, scale=3, size=(2, 3000), random_state=4)
    fit = SkewNormal.fitted(sample)
    for row in range(2):
        mean, variance, skewness = stats.skewnorm.stats(
            fit.shape[row], loc=fit.location[row], scale=fit.scale[row], moments="mvs"
        )
        assert [mean, variance] == pytest.approx([sample[row].mean(), sample[row].var()])
        assert skewness == pytest.approx(stats.skew(sample[row]), abs=1e-9)


def test_a_sample_that_is_more_skewed_than_any_skew_normal_is_fitted_as_far_as_it_goes() -> None:
    sample = np.random.default_rng(5).exponential(size=(1, 2000)) ** 2
    fit = SkewNormal.fitted(sample)
    assert np.isfinite([fit.location, fit.scale, fit.shape]).all()
    assert fit.shape[0] > 5


@pytest.mark.parametrize("shape", [-2.0, 0.0, 2.0])
def test_fitted_exposure_is_the_true_one_where_the_tail_is_known(shape: float) -> None:
    """Of 4,096 draws; true exposures of 2, 8 and 16 bits are met to a tenth. Seeds are fixed."""
    references = stats.skewnorm.rvs(shape, loc=30, scale=4, size=(4, 4096), random_state=6)
    true = np.array([2.0, 8.0, 16.0])
    secrets = np.tile(stats.skewnorm.ppf(2.0**-true, shape, loc=30, scale=4), (4, 1))
    found = tail_exposures(secrets, references, 60)
    assert found.mean(axis=0) == pytest.approx(true, rel=0.1)


def test_no_exposure_is_above_the_number_of_sentences_or_below_nothing() -> None:
    references = np.random.default_rng(7).normal(30, 3, (1, 500))
    assert tail_exposures(np.array([[-50.0, 90.0]]), references, 29.9).tolist() == [[29.9, 0.0]]


def test_draws_are_of_the_distribution() -> None:
    """By the test of Kolmogorov and Smirnov with the true distribution: fails in 1 of 1,000 runs."""
    of = SkewNormal(np.array([2.0]), np.array([3.0]), np.array([-1.5]))
    sample = of.drawn(5000, np.random.default_rng(8))[0]
    assert stats.kstest(sample, stats.skewnorm(-1.5, loc=2, scale=3).cdf).pvalue > 1e-3


def test_the_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    sample = np.random.default_rng(9).gamma(4, size=(2, 300))
    fit = SkewNormal.fitted(sample)
    for row, found in enumerate(distance(sample)):
        of = stats.skewnorm(fit.shape[row], loc=fit.location[row], scale=fit.scale[row])
        assert found == pytest.approx(stats.kstest(sample[row], of.cdf).statistic, abs=1e-9)


def test_the_test_of_fit_rejects_as_often_as_it_says() -> None:
    """200 skew-normal samples at a level of 10 %: more than 32 rejections in fewer than 1 of 100 runs."""
    rng = np.random.default_rng(10)
    p = [p_value(stats.skewnorm.rvs(1.5, size=150, random_state=rng), 39, rng) for _ in range(200)]
    assert 8 <= sum(one <= 0.1 for one in p) <= 32


def test_the_test_of_fit_finds_two_bumps() -> None:
    rng = np.random.default_rng(11)
    sample = np.concatenate([rng.normal(0, 1, 500), rng.normal(6, 1, 500)])
    assert p_value(sample, 99, rng) == 0.01
