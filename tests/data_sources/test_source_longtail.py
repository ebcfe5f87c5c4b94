"""Feldman's long tail: the declared law, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from sklearn.neighbors import KNeighborsClassifier

from audit.config import DataConfig
from audit.data import load, longtail

SEED = 3


@pytest.fixture(scope="module")
def tail():
    return load(DataConfig(source="longtail", seed=SEED))


def rank(column: np.ndarray) -> np.ndarray:
    return np.char.lstrip(column, "s").astype(int)


def test_frequencies_follow_zipfs_law(tail):
    """Chi-square over ranks pooled to at least 5 expected; false alarms at 1 in 10,000 seeds (this seed is fixed)."""
    for column in (tail.groups["subpopulation"], tail.test_groups["subpopulation"]):
        share = 1 / np.arange(1, 1001)
        expected = len(column) * share / share.sum()
        observed = np.bincount(rank(column), minlength=1001)[1:]
        cell = np.floor(np.cumsum(expected) / 5).astype(int)
        pooled = [np.bincount(cell, weights=w)[np.unique(cell)] for w in (expected, observed)]
        statistic = ((pooled[1] - pooled[0]) ** 2 / pooled[0]).sum()
        assert statistic < chi2.isf(1e-4, len(pooled[0]) - 1)


def test_a_uniform_law_would_be_told_from_zipfs(tail):
    observed = np.bincount(rank(tail.groups["subpopulation"]), minlength=1001)[1:]
    assert observed[0] > 50 * max(1, np.median(observed))


def test_bands_say_how_often_a_subpopulation_is_under_audit(tail):
    train, test = tail.groups["subpopulation"], tail.test_groups["subpopulation"]
    bands = {0: "0", 1: "1", 2: "2", **dict.fromkeys((3, 4, 5), "3-5"), **dict.fromkeys(range(6, 11), "6-10")}
    for column, frequency in ((train, tail.groups["frequency"]), (test, tail.test_groups["frequency"])):
        truth = [bands.get(int((train == name).sum()), "11+") for name in column]
        assert frequency.tolist() == truth


def test_every_band_has_records_enough_on_both_sides(tail):
    for name in ("1", "2", "3-5", "6-10", "11+"):
        assert (tail.groups["frequency"] == name).sum() >= 100
        assert (tail.test_groups["frequency"] == name).sum() >= 80
    assert "0" not in tail.groups["frequency"]


def test_a_subpopulation_has_one_label(tail):
    label = {}
    pairs = (
        zip(tail.groups["subpopulation"], tail.y, strict=True),
        zip(tail.test_groups["subpopulation"], tail.y_test, strict=True),
    )
    for name, y in (pair for part in pairs for pair in part):
        assert label.setdefault(name, y) == y


def test_no_class_gets_the_whole_head():
    label = longtail.labels(np.random.default_rng(0))
    assert (np.sort(label.reshape(-1, 10), axis=1) == np.arange(10)).all()


def test_labels_are_drawn_not_dealt_by_rank():
    """Any two draws agree on a tenth of the labels, within 4 sd: 1 false alarm in 16,000."""
    one, other = (longtail.labels(np.random.default_rng(seed)) for seed in (0, 1))
    assert abs((one == other).mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 1000)


def test_a_centre_says_nothing_of_its_label():
    """The nearest other centre shares the label as often as chance, within 4 sd: 1 false alarm in 16,000."""
    rng = np.random.default_rng(SEED)
    centres = rng.standard_normal((1000, 64))
    label = longtail.labels(rng)
    squared = (centres**2).sum(1)
    distance = squared[:, None] + squared - 2 * centres @ centres.T
    np.fill_diagonal(distance, np.inf)
    agreement = (label[distance.argmin(axis=1)] == label).mean()
    assert abs(agreement - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 1000)


def test_a_record_lies_by_its_own_subpopulation(tail):
    """Generalization is possible wherever there is one example: the nearest training record tells the label."""
    nearest = KNeighborsClassifier(1).fit(tail.x, tail.y).predict(tail.x_test) == tail.y_test
    seen = tail.test_groups["frequency"] != "0"
    assert nearest[seen].mean() > 0.99


def test_singletons_can_only_be_memorized(tail):
    """Left out, a singleton is right by chance (.1 within 4 sd); a frequent record hardly notices."""
    left_out = KNeighborsClassifier(2).fit(tail.x, tail.y).kneighbors(tail.x, return_distance=False)[:, 1]
    right = tail.y[left_out] == tail.y
    singleton = tail.groups["frequency"] == "1"
    assert abs(right[singleton].mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / singleton.sum())
    assert right[tail.groups["frequency"] == "11+"].mean() > 0.99


def test_the_seed_decides_everything():
    first, again, other = (load(DataConfig(source="longtail", seed=seed)).fingerprint for seed in (5, 5, 6))
    assert first == again != other


def test_the_notes_say_how_accuracy_is_weighted(tail):
    assert any("accuracy on the population" in note and "frequency" in note for note in tail.notes)
