import numpy as np
import pytest
from scipy import stats

from attacks import clopper_pearson, newcombe, wilson

# Newcombe 1998, Statistics in Medicine 17:857-872, Table I: successes, trials, exact and score limits at 95 %.
ONE_PROPORTION = [
    (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
    (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
    (0, 20, (0.0000, 0.1684), (0.0000, 0.1611)),
    (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
]

# Newcombe 1998, Statistics in Medicine 17:873-890, Table II, method 10.
TWO_PROPORTIONS = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]


@pytest.mark.parametrize(("k", "n", "exact", "score"), ONE_PROPORTION)
def test_published_limits_of_one_proportion(k, n, exact, score):
    assert tuple(np.round(clopper_pearson(k, n, 0.95), 4)) == exact
    assert tuple(np.round(wilson(k, n, 0.95), 4)) == score


@pytest.mark.parametrize(("counts", "limits"), TWO_PROPORTIONS)
def test_published_limits_of_a_difference(counts, limits):
    assert tuple(np.round(newcombe(*counts, 0.95), 4)) == limits


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_clopper_pearson_inverts_the_binomial_test(confidence):
    low, high = clopper_pearson(13, 50, confidence)
    tail = (1 - confidence) / 2
    assert stats.binom.sf(12, 50, low) == pytest.approx(tail, rel=1e-9)
    assert stats.binom.cdf(13, 50, high) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.93])
@pytest.mark.parametrize("n", [5, 40, 300])
def test_clopper_pearson_covers_whatever_the_proportion(p, n):
    k = np.arange(n + 1)
    low, high = clopper_pearson(k, n, 0.9)
    assert stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() >= 0.9


def test_wilson_and_newcombe_cover_on_average():
    # Exact, no simulation: over a grid of proportions both hold their level on average.
    k, n = np.arange(31), 30
    grid = np.linspace(0.02, 0.98, 25)
    low, high = wilson(k, n, 0.95)
    one = [stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() for p in grid]
    assert np.mean(one) == pytest.approx(0.95, abs=0.012)
    low, high = newcombe(k[:, None], n, k[None, :], n, 0.95)
    two = [
        (np.outer(stats.binom.pmf(k, n, p), stats.binom.pmf(k, n, q)) * ((low <= p - q) & (p - q <= high))).sum()
        for p in grid
        for q in grid
    ]
    assert np.mean(two) == pytest.approx(0.95, abs=0.012)


def test_no_trials_leave_everything_open():
    assert tuple(clopper_pearson(0, 0, 0.95)) == (0, 1)
    assert tuple(wilson(0, 0, 0.95)) == (0, 1)


def test_a_fractional_sample_lies_between_its_neighbours():
    widths = [np.subtract(*clopper_pearson(0.3 * n, n, 0.95)[::-1]) for n in (10, 10.5, 11)]
    assert widths[0] > widths[1] > widths[2]


def test_limits_are_taken_elementwise():
    low, high = clopper_pearson([[1, 5], [10, 0]], [[10, 10], [10, 10]], 0.95)
    assert low.shape == high.shape == (2, 2)
    assert (low[1, 0], high[1, 0]) == tuple(clopper_pearson(10, 10, 0.95))
