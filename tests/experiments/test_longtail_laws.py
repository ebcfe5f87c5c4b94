"""Laws that hold for every prior, every pool and every order of its records, models and names."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tail_worlds import Drawn, two_point, uniform, zipf

from audit.cli_experiment.longtail import DEFAULTS
from audit.data.longtail import BAND_NAMES, band_number
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.bands import arm_by_band
from audit.experiments.longtail.census import Census
from audit.experiments.longtail.prior import GoodTuring, KnownPrior, tau
from audit.experiments.longtail.theory import Theory
from audit.settings import resolve

WEIGHTS = st.lists(st.floats(0.001, 0.9), min_size=1, max_size=30)
SIZES = st.integers(1, 60)


@given(weights=WEIGHTS, n=SIZES)
@settings(max_examples=60, deadline=None)
def test_expectations_of_tau_add_up_to_the_mean_frequency(weights: list[float], n: int) -> None:
    """The law of total expectation: sum over l of P[l] tau_l is E[a]."""
    a = np.array(weights)
    total = sum(stats.binom.pmf(times, n, a).mean() * tau(a, n, times) for times in range(n + 1))
    assert total == pytest.approx(a.mean(), rel=1e-8)


@given(weights=WEIGHTS, n=SIZES)
@settings(max_examples=60, deadline=None)
def test_what_was_seen_oftener_is_more_frequent_and_within_the_prior(weights: list[float], n: int) -> None:
    found = [tau(weights, n, times) for times in range(n + 1)]
    assert all(one <= other * (1 + 1e-9) for one, other in pairwise(found))
    assert min(weights) * (1 - 1e-9) <= found[0]
    assert found[-1] <= max(weights) * (1 + 1e-9)


@given(weights=WEIGHTS, n=SIZES)
@settings(max_examples=40, deadline=None)
def test_what_was_seen_once_among_more_is_rarer(weights: list[float], n: int) -> None:
    assert tau(weights, n + 1, 1) <= tau(weights, n, 1) * (1 + 1e-9)


@given(weights=WEIGHTS, n=SIZES, copies=st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_copies_of_a_prior_and_weights_of_its_entries_are_the_same(weights: list[float], n: int, copies: int) -> None:
    once = tau(weights, n, 1)
    assert tau(weights * copies, n, 1) == pytest.approx(once, rel=1e-9)
    doubled = np.arange(len(weights)) % 2 + 1
    repeated = np.repeat(weights, doubled)
    assert tau(weights, n, 1, chance=doubled) == pytest.approx(tau(repeated, n, 1), rel=1e-9)


def made(seed: int) -> Answers:
    """Noisy answers: better where a record is IN, and on what is seen oftener."""
    census = Drawn.of(zipf(40), 120, 90, 12, seed).census
    rng = np.random.default_rng([seed, 3])
    company = np.minimum(census.count, 5) / 8
    correct = rng.random(census.membership.shape) < 0.2 + company[:, census.of_record] + 0.1 * census.membership
    return Answers("standard", census, correct, rng.random((12, 90)) < 0.2 + company[:, census.of_test])


def figures(answers: Answers) -> dict[str, float]:
    """Every figure of every band, and of theory under a prior and without one."""
    bands = arm_by_band(answers, answers, 0.95).bands
    found = {f"{band.band} {name}": getattr(band, name) for band in bands for name in ("test_error", "memorization")}
    for frequencies in (KnownPrior(answers.census, zipf(40)), GoodTuring(answers.census)):
        for forecast in Theory(frequencies, {"standard": answers}, 0.1, 0.95).forecasts():
            name = f"{type(frequencies).__name__} {forecast.kind} {forecast.times}"
            found |= {f"{name} predicted": forecast.predicted, f"{name} measured": forecast.measured}
            found[f"{name} gap"] = forecast.gap
    numbers = {f"{name} {end}": getattr(each, end) for name, each in found.items() if each for end in ("value", "high")}
    return {name: float(value) for name, value in numbers.items()}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_records_does_not_matter(seed: int) -> None:
    answers, rng = made(seed), np.random.default_rng(seed)
    census, order, tests = answers.census, rng.permutation(120), rng.permutation(90)
    moved = Census(census.membership[:, order], census.pair, census.of_record[order], census.of_test[tests], 40)
    other = Answers("standard", moved, answers.correct[:, order], answers.test_correct[:, tests])
    assert figures(other) == pytest.approx(figures(answers), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_pairs_and_the_numbers_they_bear_do_not_matter(seed: int) -> None:
    answers = made(seed)
    census, order = answers.census, np.random.default_rng(seed).permutation(12)
    moved = Census(census.membership[order], 7 * census.pair[order] + 3, census.of_record, census.of_test, 40)
    other = Answers("standard", moved, answers.correct[order], answers.test_correct[order])
    assert figures(other) == pytest.approx(figures(answers), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_names_of_subpopulations_do_not_matter(seed: int) -> None:
    """Nor are frequencies looked up by name: a prior says which there are, not which has which."""
    answers = made(seed)
    census, place = answers.census, np.random.default_rng(seed).permutation(40)
    moved = Census(census.membership, census.pair, place[census.of_record], place[census.of_test], 40)
    other = Answers("standard", moved, answers.correct, answers.test_correct)
    assert figures(other) == pytest.approx(figures(answers), rel=1e-9)


def test_subpopulations_that_nobody_saw_change_no_error_and_no_memorization() -> None:
    answers = made(1)
    census = answers.census
    more = Census(census.membership, census.pair, census.of_record, census.of_test, 400)
    other = Answers("standard", more, answers.correct, answers.test_correct)
    for one, another in zip(*(arm_by_band(each, each, 0.95).bands for each in (answers, other)), strict=True):
        assert another.test_error == one.test_error
        assert another.memorization == one.memorization


@pytest.mark.parametrize("prior", [zipf, uniform, two_point])
def test_every_record_lies_in_one_band_in_and_out(prior: object) -> None:
    census = Drawn.of(prior(30), 200, 50, 6, 2).census
    place = band_number(census.others + 1)
    assert set(np.unique(place)) <= set(range(1, len(BAND_NAMES)))
    own = band_number(census.count[:, census.of_record])
    assert (place[census.membership] == own[census.membership]).all()
    assert (place[~census.membership] >= own[~census.membership]).all()


def test_partners_share_out_a_subpopulation() -> None:
    census = Drawn.of(zipf(30), 200, 50, 6, 2).census
    whole = np.bincount(census.of_record, minlength=30)
    assert (census.count[0::2] + census.count[1::2] == whole).all()


def test_models_without_partners_are_units_of_their_own() -> None:
    """A pool of another inclusion rate: every model is drawn by itself, and the method says so."""
    rng = np.random.default_rng(0)
    membership = rng.random((20, 100)) < 0.7
    census = Census(membership, np.arange(20), rng.integers(0, 60, 100), rng.integers(0, 60, 80), 60)
    answers = Answers("standard", census, rng.random((20, 100)) < 0.7, rng.random((20, 80)) < 0.6)
    found = answers.test_error(census.count == 1)
    assert found.over_pairs(0.95).n == 20
    assert found.over_pairs(0.95).method == "Student's t over 20 independent models; the records are fixed"
    assert "over 20 independent models crossed with 60" in found.estimate(0.95).method
    memorized = answers.memorization(census.others == 0)
    assert memorized.over_pairs(0.95, -1).low < 0 < memorized.over_pairs(0.95, -1).high


def test_a_wider_confidence_is_a_wider_interval() -> None:
    figure = made(0).test_error(made(0).census.count > 0)
    wide, narrow = figure.estimate(0.99), figure.estimate(0.8)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_interval_of_what_moves_is_not_cut_at_what_was_measured() -> None:
    """The share of a band bounds a figure that nothing moves, not one that varies: its own interval goes beyond."""
    drawn = Drawn.of(zipf(200), 400, 200, 12, 4)
    theory = Theory(KnownPrior(drawn.census, drawn.weights), {"standard": drawn.lookup()}, 0.0, 0.95)
    share, worth = (
        next(f for f in theory.forecasts() if f.kind == kind and f.times == 1) for kind in ("share", "worth")
    )
    assert worth.measured.value == pytest.approx(share.measured.value)
    assert worth.measured.high > share.measured.value


def test_the_default_audit_is_that_of_the_preset() -> None:
    """A run of `audit run --config longtail-mlp` is read, not trained again."""
    assert resolve(DEFAULTS) == resolve({}, "longtail-mlp")
