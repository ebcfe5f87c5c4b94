"""Leakage by group: a loop as its twin, a planted group, and intervals that hold for all groups at once."""

from __future__ import annotations

import numpy as np
import pytest
from repetitions import times
from scipy import stats
from worlds import gaussian_world, null_world, planted_world

from attacks import Base, Sample
from attacks.base import Evidence
from attacks.group_leakage import GroupLeakage, given_leakage
from attacks.grouping import pair_groups
from attacks.record_intervals import RecordScores

FPR = 0.05


def leakage_of(world: Evidence, fpr: float = FPR) -> GroupLeakage:
    attack = Base()
    return GroupLeakage.of(attack, world, attack.scores(world), fpr)


def rates_by_a_loop(world: Evidence, label: np.ndarray, group: int, fpr: float) -> tuple[float, float]:
    scores = Base().scores(world)
    threshold = float(Sample.of(scores, world.membership).threshold(fpr))
    hits = {True: [], False: []}
    for model in range(len(scores)):
        for record in np.flatnonzero(label == group):
            hits[bool(world.membership[model, record])].append(scores[model, record] > threshold)
    return float(np.mean(hits[True])), float(np.mean(hits[False]))


def test_rates_are_those_of_a_loop() -> None:
    world, label = gaussian_world(12, 90, 1.5, 0), np.arange(90) % 4
    found = leakage_of(world).by_group(label, 4, 0.95)
    for group, rates in enumerate(found):
        expected = rates_by_a_loop(world, label, group, FPR)
        assert (rates.tpr.value, rates.fpr.value) == pytest.approx(expected)


def test_replicates_are_attacks_without_the_pairs() -> None:
    world, label = gaussian_world(12, 90, 1.5, 1), np.arange(90) % 3
    found = leakage_of(world)
    for without, numbers in zip(found.without, pair_groups(world.pair), strict=True):
        smaller = world.take(~np.isin(world.pair, numbers))
        for group in range(3):
            of_group = label == group
            tpr = without.in_hits[of_group].sum() / without.in_models[of_group].sum()
            assert tpr == pytest.approx(rates_by_a_loop(smaller, label, group, FPR)[0])


def test_one_group_is_the_whole() -> None:
    world = gaussian_world(16, 200, 1.5, 2)
    (rates,) = leakage_of(world).by_group(np.zeros(200, int), 1, 0.95)
    sample = Sample.of(Base().scores(world), world.membership)
    assert rates.tpr.value == pytest.approx(float(sample.tpr(FPR)))
    assert rates.fpr.value <= FPR


def test_a_planted_group_stands_out_and_the_others_do_not() -> None:
    planted = np.arange(400) < 40
    hidden, plain = leakage_of(planted_world(32, 400, 40, 6.0, 3)).by_group((~planted).astype(int), 2, 0.95)
    assert hidden.tpr.low > plain.tpr.high
    assert hidden.tpr.low > 0.5


def test_intervals_hold_for_all_groups_at_once() -> None:
    """Null audits of 5 groups; every group's TPR is the pooled one in expectation, FPR to 1 / records.

    At exactly 5 % more audits with any miss have probability 1e-4.
    """
    label, misses, audits = np.arange(200) % 5, 0, times(300)
    for seed in range(audits):
        found = leakage_of(null_world(16, 200, seed), 0.1).by_group(label, 5, 0.95)
        misses += any(not rates.tpr.low <= 0.1 <= rates.tpr.high for rates in found)
    assert misses <= stats.binom.isf(1e-4, audits, 0.05)


def test_a_group_without_a_score_has_no_rate() -> None:
    world = gaussian_world(8, 30, 1.0, 4)
    first, second = leakage_of(world).by_group(np.zeros(30, int), 2, 0.95)
    assert first.tpr is not None
    assert (second.tpr, second.fpr) == (None, None)


def test_of_given_models_intervals_range_over_records() -> None:
    """400 audits of one model; at exactly 5 % more than 37 with any miss have probability 1e-4."""
    label, misses = np.arange(600) % 3, 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        membership = rng.random((1, 600)) < 0.5
        scores = RecordScores(rng.normal(membership * 1.0), membership)
        found = given_leakage(scores, label, 3, 0.1, 0.95)
        truth = stats.norm.sf(float(scores.sample.threshold(0.1)) - 1.0)
        misses += any(not rates.tpr.low <= truth <= rates.tpr.high for rates in found)
    assert misses <= stats.binom.isf(1e-4, 400, 0.05)
    assert "over records" in found[0].tpr.method
