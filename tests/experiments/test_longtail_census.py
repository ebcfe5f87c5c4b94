"""Counts, errors and contrasts by band against slow twins; jackknives against figures of fewer models and records."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tail_worlds import Drawn, zipf

from audit.data.longtail import BAND_NAMES, BANDS, band, band_number
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.bands import arm_by_band, bands_of
from audit.experiments.longtail.census import Census
from audit.experiments.longtail.crossed import Crossed
from audit.two_samples import still


@pytest.fixture
def drawn() -> Drawn:
    return Drawn.of(zipf(25), 60, 40, 8, 3)


@pytest.fixture
def answers(drawn: Drawn) -> Answers:
    """Right by chance, more often IN than OUT and more often with company: nothing is 0 or 1."""
    rng, census = np.random.default_rng(5), drawn.census
    correct = rng.random(census.membership.shape) < np.where(census.membership, 0.8, 0.4)
    test = rng.random((8, 40)) < 0.3 + 0.1 * np.minimum(census.count[:, census.of_test], 4)
    return Answers("standard", census, correct, test)


def without(answers: Answers, pair: int) -> Answers:
    """The same with two models fewer."""
    kept, census = answers.census.pair != pair, answers.census
    fewer = Census(census.membership[kept], census.pair[kept], census.of_record, census.of_test, census.subpopulations)
    return Answers(answers.arm, fewer, answers.correct[kept], answers.test_correct[kept])


def test_the_band_of_a_count_is_the_one_that_is_written() -> None:
    for count in range(40):
        name = BAND_NAMES[int(band_number(np.array(count)))]
        low, _, high = name.partition("-")
        assert (count >= 11) if name == "11+" else int(low) <= count <= int(high or low)
        assert band(np.array([count])).tolist() == [name]
    assert len(BAND_NAMES) == len(BANDS) + 1


def test_counts_are_those_of_a_loop(drawn: Drawn) -> None:
    census = drawn.census
    for k in range(8):
        inside = np.flatnonzero(census.membership[k])
        for s in range(25):
            assert census.count[k, s] == sum(census.of_record[i] == s for i in inside)
        for i in range(60):
            company = sum(census.of_record[j] == census.of_record[i] and j != i for j in inside)
            assert census.others[k, i] == company
    assert census.size.tolist() == [int(row.sum()) for row in census.membership]
    assert census.test_records.sum() == 40


def test_subpopulations_are_named_by_records_and_test_records_together() -> None:
    membership = np.array([[True, False, True], [False, True, False]])
    census = Census.of(membership, np.array([0, 0]), np.array(["b", "a", "b"]), np.array(["c", "b"]))
    assert census.subpopulations == 3
    assert census.count.tolist() == [[0, 2, 0], [1, 0, 0]]
    assert census.test_records.tolist() == [0, 1, 1]
    more = Census.of(membership, np.array([0, 0]), np.array(["b", "a", "b"]), np.array(["c", "b"]), known=10)
    assert more.count.shape == (2, 10)
    assert more.count[:, 3:].sum() == 0


@pytest.mark.parametrize("place", range(4))
def test_errors_are_those_of_a_loop(answers: Answers, place: int) -> None:
    """Record by record, each model with its own band masks."""
    census, chosen = answers.census, band_number(answers.census.count) == place
    tests, trained, lost, missed = [], [], 0.0, 0.0
    for k in range(8):
        for j, s in enumerate(census.of_test):
            if band_number(np.array((census.membership[k] & (census.of_record == s)).sum())) == place:
                tests.append(not answers.test_correct[k, j])
                lost += not answers.test_correct[k, j]
                own = [
                    not answers.correct[k, i] for i in range(60) if census.of_record[i] == s and census.membership[k, i]
                ]
                missed += (not answers.test_correct[k, j]) * (np.mean(own) if own else 0.0)
        for i in range(60):
            count = (census.membership[k] & (census.of_record == census.of_record[i])).sum()
            if census.membership[k, i] and band_number(np.array(count)) == place:
                trained.append(not answers.correct[k, i])
    assert answers.test_error(chosen).value == pytest.approx(np.mean(tests), rel=1e-12)
    assert answers.lost(chosen).value == pytest.approx(lost / (8 * 40), rel=1e-12)
    assert answers.lost(chosen * answers.unfitted).value == pytest.approx(missed / (8 * 40), rel=1e-12)
    if place:
        assert answers.train_error(chosen).value == pytest.approx(np.mean(trained), rel=1e-12)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_memorization_is_that_of_a_loop(answers: Answers, place: int) -> None:
    """Record by record, IN against OUT where equally many others are IN, weighted as by Mantel and Haenszel."""
    census = answers.census
    top, bottom = 0.0, 0.0
    for i in range(60):
        sides: dict[bool, list[bool]] = {True: [], False: []}
        for k in range(8):
            company = sum(
                census.membership[k, j] and census.of_record[j] == census.of_record[i] for j in range(60) if j != i
            )
            if band_number(np.array(company + 1)) == place:
                sides[bool(census.membership[k, i])].append(bool(answers.correct[k, i]))
        inside, outside = sides[True], sides[False]
        if inside and outside:
            weight = len(inside) * len(outside) / (len(inside) + len(outside))
            top += weight * (np.mean(inside) - np.mean(outside))
            bottom += weight
    found = answers.memorization(band_number(census.others + 1) == place)
    assert found.value == pytest.approx(top / bottom, rel=1e-10)


@pytest.mark.parametrize("times", [1, 2])
def test_the_gain_is_that_of_a_loop(answers: Answers, times: int) -> None:
    census, top, bottom = answers.census, 0.0, 0.0
    for j, s in enumerate(census.of_test):
        some = [answers.test_correct[k, j] for k in range(8) if census.count[k, s] == times]
        none = [answers.test_correct[k, j] for k in range(8) if census.count[k, s] == 0]
        if some and none:
            weight = len(some) * len(none) / (len(some) + len(none))
            top += weight * (np.mean(some) - np.mean(none))
            bottom += weight
    assert answers.gain(times).value == pytest.approx(top / bottom, rel=1e-10)


FIGURES = {
    "error": lambda a: a.test_error(a.census.count > 1),
    "training error": lambda a: a.train_error(a.census.count > 1),
    "lost": lambda a: a.lost(a.census.count == 1),
    "gain": lambda a: a.gain(1),
    "memorization": lambda a: a.memorization(a.census.others == 0),
    "product": lambda a: a.lost(a.census.count == 1) * a.gain(1) - a.test_error(a.census.count > 0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_without_a_pair_a_figure_is_that_of_the_other_pairs(answers: Answers, name: str) -> None:
    figure = FIGURES[name](answers)
    for pair in range(4):
        assert figure.without_pair[pair] == pytest.approx(FIGURES[name](without(answers, pair)).value, rel=1e-9)


@pytest.mark.parametrize("name", ["error", "training error", "gain", "memorization"])
def test_without_a_subpopulation_a_figure_is_that_of_the_others(answers: Answers, name: str) -> None:
    """Ratios and contrasts: those of records of other subpopulations alone."""
    figure, census = FIGURES[name](answers), answers.census
    for s in range(25):
        kept, tests = census.of_record != s, census.of_test != s
        fewer = Census(census.membership[:, kept], census.pair, census.of_record[kept], census.of_test[tests], 25)
        rest = Answers("standard", fewer, answers.correct[:, kept], answers.test_correct[:, tests])
        chosen = FIGURES[name](rest)
        if name == "error":  # the subpopulation that is gone occurs nowhere
            assert fewer.test_records[s] == 0
        assert figure.without_subpopulation[s] == pytest.approx(chosen.value, rel=1e-9)


def test_over_pairs_a_mean_has_students_interval() -> None:
    """Every model has the same subpopulations, so that a rate is the mean of its pairs' rates."""
    rng = np.random.default_rng(2)
    census = Census(np.ones((20, 6), bool), np.arange(20) // 2, np.arange(6), np.arange(6), 6)
    test = rng.random((20, 6)) < 0.6
    answers = Answers("standard", census, np.ones((20, 6), bool), test)
    found = answers.test_error(np.ones((20, 6), bool)).over_pairs(0.9)
    rates = 1 - test.reshape(10, 12).mean(axis=1)
    low, high = stats.t.interval(0.9, 9, rates.mean(), rates.std(ddof=1) / np.sqrt(10))
    assert (found.value, found.low, found.high) == pytest.approx((rates.mean(), low, high))
    assert (found.n, found.confidence) == (10, 0.9)
    assert found.method == "Student's t over 10 independent model pairs; the records are fixed"


def test_crossed_variances_add_up() -> None:
    cells = np.add.outer(np.arange(6.0), np.zeros(9)) / 9
    pairs = Census(np.ones((6, 9), bool), np.arange(6), np.arange(9), np.arange(9), 9).total(cells)
    found = pairs.estimate(0.95, -100, 100)
    half = stats.t.ppf(0.975, 5) * np.arange(6).std(ddof=1) / np.sqrt(6)
    assert (found.low, found.high) == pytest.approx((2.5 - half, 2.5 + half))
    both = Census(np.ones((6, 9), bool), np.arange(6), np.arange(9), np.arange(9), 9).total(cells + np.arange(9.0) / 9)
    columns = np.arange(9).var(ddof=1) * 9 / 81
    rows = np.arange(6).var(ddof=1) / 6
    freedom = (rows + columns) ** 2 / (rows**2 / 5 + columns**2 / 8)  # Satterthwaite
    half = stats.t.ppf(0.975, freedom) * np.sqrt(rows + columns)
    found = both.estimate(0.95, -100, 100)
    assert (found.value, found.high - found.low) == pytest.approx((6.5, 2 * half))
    assert found.method == "Student's t, jackknife over 6 independent models crossed with 9 subpopulations"


def test_figures_of_the_same_pairs_are_combined_replicate_by_replicate(answers: Answers) -> None:
    error = FIGURES["error"](answers)
    nothing = (error - error).estimate(0.95, -1, 1)
    assert nothing.value == 0
    assert (nothing.low, nothing.high) == still(0.0, 4, 0.95, (-1, 1))
    twice = error + error
    assert twice.without_pair == pytest.approx(2 * error.without_pair)


@pytest.mark.parametrize(("value", "lowest", "highest"), [(0.0, 0, 1), (1.0, 0, 1), (0.0, -1, 1), (0.3, 0, 1)])
def test_units_that_agree_may_still_be_wrong(value: float, lowest: float, highest: float) -> None:
    """The limits hold a mean whose units say `value` but for a share that 20 of them miss with 2.5 % probability."""
    low, high = still(value, 20, 0.95, (lowest, highest))
    share = 1 - 0.025 ** (1 / 20)
    assert (low, high) == pytest.approx((value - share * (value - lowest), value + share * (highest - value)))


def test_what_cannot_be_had_is_none_and_never_nan(drawn: Drawn) -> None:
    answers = drawn.lookup()
    nowhere = np.zeros(drawn.census.count.shape, bool)
    assert answers.test_error(nowhere).estimate(0.95) is None
    assert answers.test_error(nowhere).over_pairs(0.95) is None
    found = arm_by_band(answers, answers, 0.95)
    assert found.bands[0].train_error is None
    assert found.more is None
    assert {band.more for band in found.bands} == {None}


def test_with_one_pair_or_one_subpopulation_there_is_no_interval_to_be_had() -> None:
    answers = Drawn.of(zipf(25), 60, 40, 2, 3).lookup(guess=0.5)
    everything = np.ones(answers.census.count.shape, bool)
    assert answers.test_error(everything).over_pairs(0.95) is None
    alone = Drawn.of(np.ones(1), 60, 40, 8, 3).indifferent(0.5)
    found = alone.test_error(np.ones((8, 1), bool)).estimate(0.95)
    assert found is None or (found.low, found.high) == (0, 1)


def test_bands_share_out_all_subpopulations_and_all_test_records(drawn: Drawn) -> None:
    bands = bands_of(drawn.census, 0.95)
    assert [band.name for band in bands] == list(BAND_NAMES)
    assert sum(band.subpopulations.value for band in bands) == pytest.approx(25)
    assert sum(band.test_share.value for band in bands) == pytest.approx(1)


def test_what_the_bands_pay_adds_up_to_the_whole_loss(drawn: Drawn, answers: Answers) -> None:
    good = drawn.lookup()
    found = arm_by_band(answers, good, 0.95)
    paid = [band for band in found.bands if band.paid is not None]
    assert sum(band.paid.value for band in paid) == pytest.approx(found.more.value)
    assert sum(band.bears.value for band in paid) == pytest.approx(1)
    for place, each in enumerate(found.bands):
        chosen = band_number(drawn.census.count) == place
        apart = answers.test_error(chosen).value - good.test_error(chosen).value
        if each.more is not None:
            assert each.more.value == pytest.approx(apart)


def test_without_a_proved_loss_nobody_bears_one(drawn: Drawn) -> None:
    found = arm_by_band(drawn.indifferent(0.5, 1, "other"), drawn.indifferent(0.5, 2), 0.95)
    assert found.more.low < 0 < found.more.high
    assert {band.bears for band in found.bands} == {None}


def test_a_figure_of_nan_is_no_estimate() -> None:
    absent = Crossed(float("nan"), np.full(4, np.nan), np.full(5, np.nan))
    assert absent.estimate(0.95) is None
    assert absent.over_pairs(0.95) is None
