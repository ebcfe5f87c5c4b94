"""Membership: fair coins, complementary pairs, growth that changes nothing."""

import numpy as np
import pytest
from scipy import stats

from audit.membership import membership_matrix, membership_row


def test_every_record_is_in_exactly_half_of_the_models() -> None:
    matrix = membership_matrix(10, 200, 0.5, seed=3)
    assert (matrix.sum(axis=0) == 5).all()
    assert (matrix[0::2] == ~matrix[1::2]).all()


@pytest.mark.parametrize("inclusion", [0.5, 0.7])
def test_a_larger_pool_begins_with_the_smaller_one(inclusion: float) -> None:
    small, large = (membership_matrix(models, 50, inclusion, seed=1) for models in (6, 20))
    assert (large[:6] == small).all()


@pytest.mark.parametrize("inclusion", [0.5, 0.7])
def test_the_coins_have_the_stated_rate_and_are_independent_of_each_other(inclusion: float) -> None:
    first = membership_matrix(400, 300, inclusion, seed=0)[::2]
    # Two-sided binomial test on 60,000 coins: false alarm 1e-4 for a fixed seed.
    assert stats.binomtest(int(first.sum()), first.size, inclusion).pvalue > 1e-4
    correlation = np.corrcoef(first, rowvar=False)
    np.fill_diagonal(correlation, 0)
    # 44,850 correlations of 200 coins: the largest of them stays below 6 / sqrt(200) but once in 1e4 runs.
    assert np.abs(correlation).max() < 6 / np.sqrt(200)


def test_another_rate_draws_no_partners() -> None:
    matrix = membership_matrix(2, 500, 0.7, seed=0)
    assert (matrix[0] == matrix[1]).mean() == pytest.approx(0.58, abs=0.1)


def test_the_documented_stream_is_the_one_that_is_used() -> None:
    coins = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(3,))).random(20) < 0.5
    assert (membership_row(6, 20, 0.5, 7) == coins).all()
    assert (membership_row(7, 20, 0.5, 7) == ~coins).all()
