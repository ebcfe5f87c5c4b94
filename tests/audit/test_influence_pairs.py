"""Influence of training records on test records: values, the pairs that are listed, and what chance gives."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import memorization as naive
from oracles.small_pools import dataset_of, pool_of
from scipy import stats
from worlds import paired_membership

from attacks.intervals import clopper_pearson
from audit import influence as module
from audit.config import AnalysisConfig
from audit.influence import expected_by_noise, high_pairs, influence, influence_of
from audit.memorization import memorization_scores

ANALYSIS = AnalysisConfig()


def random_pool(seed: int, models: int = 32, records: int = 60, tests: int = 40, paired: bool = True):
    """A third of the records is memorized; test records follow them, or nothing."""
    rng = np.random.default_rng(seed)
    membership = paired_membership(models, records, rng) if paired else rng.random((models, records)) < 0.6
    memorized = np.arange(records) < records // 3
    correct = rng.random((models, records)) < np.where(memorized, 0.1 + 0.85 * membership, 0.95)
    source = rng.integers(0, records // 3, tests)
    follows = np.arange(tests) % 2 == 0
    test_correct = rng.random((models, tests)) < np.where(follows, 0.3 + 0.6 * membership[:, source], 0.8)
    dataset = dataset_of(np.arange(records) % 3, rng.integers(0, 3, tests))
    return pool_of(membership, correct, test_correct, paired), dataset


def test_one_product_is_the_naive_loop() -> None:
    pool, _ = random_pool(1, records=12, tests=9)
    found = influence_of(pool.membership, pool.test_correct)
    expected = [[naive.influence(pool.membership, pool.test_correct, i, j) for j in range(9)] for i in range(12)]
    np.testing.assert_allclose(found, expected)


def test_a_record_that_was_never_out_has_no_influence_to_show() -> None:
    found = influence_of(np.array([[True, True], [True, False]]), np.array([[True], [False]]))
    assert np.isnan(found[0, 0])
    assert found[1, 0] == 1.0


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("block", [1, 50, 10**6])
def test_high_pairs_are_those_of_the_whole_matrix(paired: bool, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", block)
    pool, dataset = random_pool(2, paired=paired)
    scores = memorization_scores(pool.evidence, 0.95)
    expected = {
        (i, j)
        for i in range(60)
        for j in range(40)
        if scores.value[i] >= 0.25
        and dataset.y[i] == dataset.y_test[j]
        and naive.influence(pool.membership, pool.test_correct, i, j) >= 0.15 - 1e-12
    }
    found = high_pairs(pool, dataset, scores, ANALYSIS)
    assert set(zip(found.train.tolist(), found.test.tolist(), strict=True)) == expected
    assert len(expected) > 10
    assert (np.diff(found.influence) <= 1e-9).all()


def test_a_test_record_decided_by_one_training_record_is_found_with_its_value() -> None:
    rng = np.random.default_rng(3)
    membership = paired_membership(64, 200, rng)
    correct = rng.random((64, 200)) < 0.97
    correct[:, 7] = membership[:, 7]
    test_correct = rng.random((64, 50)) < 0.97
    test_correct[:, 30] = membership[:, 7] & (rng.random(64) < 0.8)
    dataset = dataset_of(np.arange(200) % 4, np.full(50, 3))
    pool = pool_of(membership, correct, test_correct)
    found = influence(pool, dataset, memorization_scores(pool.evidence, 0.95), ANALYSIS)
    first = found.listed[0]
    assert (first.train_id, first.test_index, first.class_name) == ("r7", 30, "class 3")
    truth = naive.influence(membership, test_correct, 7, 30)
    np.testing.assert_allclose(first.influence_observed, truth)
    assert first.influence.low <= 0.8 <= first.influence.high
    assert first.influence.low < truth < first.influence.high
    assert first.memorization.value > 0.95
    assert found.pairs == found.test_records == 1


def test_pairs_of_two_classes_are_not_listed() -> None:
    membership = paired_membership(32, 20, np.random.default_rng(4))
    pool = pool_of(membership, membership, membership[:, :5])
    found = influence(pool, dataset_of(np.zeros(20), np.ones(5)), memorization_scores(pool.evidence, 0.95), ANALYSIS)
    assert (found.pairs, found.expected_by_noise, found.listed) == (0, 0.0, ())


@pytest.mark.parametrize("paired", [True, False])
def test_limits_of_listed_pairs_hold_for_all_pairs_that_were_looked_at(paired: bool) -> None:
    pool, dataset = random_pool(5, paired=paired)
    scores = memorization_scores(pool.evidence, 0.95)
    first = influence(pool, dataset, scores, ANALYSIS).listed[0]
    i, j = int(first.train_id[1:]), first.test_index
    inside, right = pool.membership[:, i], pool.test_correct[:, j]
    rows = np.flatnonzero(scores.value >= 0.25)
    looks = (dataset.y[rows][:, None] == dataset.y_test[None, :]).sum()
    level = 1 - 0.05 / 2 / looks
    ins = clopper_pearson((inside & right).sum(), inside.sum(), level)
    outs = clopper_pearson((~inside & right).sum(), (~inside).sum(), level)
    np.testing.assert_allclose([first.influence.low, first.influence.high], [ins.low - outs.high, ins.high - outs.low])
    assert first.influence.value < first.influence_observed


def test_listed_influences_are_not_the_luck_of_the_strongest() -> None:
    # 20 pools of one class: 20 memorized records, each decides one test record by .4; 40 test records follow nothing.
    luck, left = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        membership = paired_membership(32, 20, rng)
        follows = rng.random((32, 20)) < 0.3 + 0.4 * membership
        test_correct = np.concatenate([follows, rng.random((32, 40)) < 0.5], axis=1)
        pool, dataset = pool_of(membership, membership, test_correct), dataset_of(np.zeros(20), np.zeros(60))
        for pair in influence(pool, dataset, memorization_scores(pool.evidence, 0.95), ANALYSIS).listed:
            true = 0.4 * (int(pair.train_id[1:]) == pair.test_index)
            luck.append(pair.influence_observed - true)
            left.append(pair.influence.value - true)
            assert pair.influence.low <= true <= pair.influence.high  # 5 % of pools may miss: none of 20 does
    assert np.mean(luck) > 0.2
    assert abs(np.mean(left)) < 0.06


@pytest.mark.parametrize("paired", [True, False])
def test_expected_by_noise_is_what_redrawn_coins_give(paired: bool) -> None:
    # 200 redraws of all coins, the memorized records as they are. Test records do not follow anything here.
    # The difference of the mean is checked at four standard errors: false alarm 6e-5.
    rng = np.random.default_rng(6)
    models, tests = 30, 60
    test_correct = rng.random((models, tests)) < rng.uniform(0.3, 0.9, tests)
    test_correct[:, ::2] = paired_membership(models, tests // 2, rng)  # partners that contradict each other
    draw = lambda: paired_membership(models, 40, rng) if paired else rng.random((models, 40)) < 0.6  # noqa: E731
    first = draw()
    dataset = dataset_of(np.arange(40) % 2, rng.integers(0, 2, tests))
    pool = pool_of(first, first, test_correct, paired)
    scores = memorization_scores(pool.evidence, 0.95)
    expected = expected_by_noise(pool, dataset, scores, ANALYSIS)
    counts, promised = [], []
    for _ in range(200):
        redrawn = pool_of(draw(), first, test_correct, paired)
        counts.append(len(high_pairs(redrawn, dataset, scores, ANALYSIS).train))
        promised.append(expected_by_noise(redrawn, dataset, scores, ANALYSIS))
    error = np.std(np.subtract(counts, promised), ddof=1) / np.sqrt(200)
    assert abs(np.mean(counts) - np.mean(promised)) < 4 * error
    assert np.mean(counts) > 50
    if paired:
        assert expected == promised[0]  # pairs that differ differ whatever the coins


def test_influence_intervals_cover_the_truth() -> None:
    # 4,000 intervals at a true influence of .4, drawn as blocks of independent test records; false alarm < 1e-3.
    rng = np.random.default_rng(7)
    membership = paired_membership(64, 1, rng)
    test_correct = rng.random((64, 4000)) < np.where(membership, 0.9, 0.5)
    pool = pool_of(membership, membership, test_correct)
    dataset = dataset_of(np.zeros(1), np.zeros(4000))
    loose = AnalysisConfig(influential=0.001)
    found = influence(pool, dataset, memorization_scores(pool.evidence, 0.95), loose, listed=4000)
    covered = [pair.influence.low <= 0.4 <= pair.influence.high for pair in found.listed]
    assert len(covered) > 3990
    assert np.mean(covered) > 0.95 - 3.1 * stats.binom.std(4000, 0.05) / 4000 - 0.005
