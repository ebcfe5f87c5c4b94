"""mu from counts: published values, a second way to compute it, and worlds in which the assumption holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bounds import ASSUMPTION, Gaussian, gaussian_epsilon, gaussian_mu, refutes

# 2,000 simulated audits at a nominal false-alarm rate of 5 %: more false claims than these have probability 1e-4.
AUDITS = 2000
MOST_FALSE = stats.binom.isf(1e-4, AUDITS, 0.05)


@pytest.mark.parametrize(
    ("counts", "mu", "epsilon"),
    [
        ((500, 1000, 10, 1000), 2.0110, 10.0650),
        ((1000, 1000, 0, 1000), 5.3598, 36.4895),
        ((60, 100, 50, 100), 0.0, 0.0),
    ],
)
def test_published_values(counts: tuple[int, int, int, int], mu: float, epsilon: float) -> None:
    found = float(gaussian_mu(*counts, 0.05))
    assert found == pytest.approx(mu, abs=5e-5)
    assert gaussian_epsilon(found, 1e-5) == pytest.approx(epsilon, abs=5e-5)


@pytest.mark.parametrize("counts", [(5, 10, 0, 10), (10, 10, 0, 10), (1, 10, 0, 10), (9, 10, 3, 10)])
def test_mu_is_where_the_gaussian_claim_stops_being_refuted(counts: tuple[int, int, int, int]) -> None:
    mu = float(gaussian_mu(*counts, 0.2))
    assert not refutes(Gaussian(mu + 1e-9), *counts, 0.2)
    assert mu == 0 or refutes(Gaussian(mu - 1e-9), *counts, 0.2)


def test_mu_is_monotone_and_edges_prove_nothing() -> None:
    found = gaussian_mu(np.arange(51), 50, 5, 50, 0.05)
    assert (np.diff(found) >= 0).all()
    assert found[0] == 0
    assert gaussian_mu(0, 0, 0, 0, 0.05) == 0
    assert gaussian_mu(50, 50, 50, 50, 0.05) == 0


@pytest.mark.parametrize("trials", [10, 100_000])
@pytest.mark.parametrize(("mu", "threshold"), [(0.0, 0.0), (0.0, 1.5), (1.0, 0.5), (1.0, 2.5), (4.0, 2.0)])
def test_the_bound_is_above_the_truth_at_most_at_alpha(trials: int, mu: float, threshold: float) -> None:
    rng = np.random.default_rng(1)
    tp = rng.binomial(trials, stats.norm.sf(threshold - mu), AUDITS)
    fp = rng.binomial(trials, stats.norm.sf(threshold), AUDITS)
    found = gaussian_mu(tp, trials, fp, trials, 0.05)
    assert (found > mu).sum() <= MOST_FALSE
    # From one threshold the whole curve: at any threshold a large audit reaches nine tenths of the truth and more.
    if trials == 100_000:
        assert (found >= 0.9 * mu).all()


def test_the_assumption_is_in_words() -> None:
    assert "Gaussian" in ASSUMPTION
