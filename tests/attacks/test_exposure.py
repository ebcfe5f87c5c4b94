import numpy as np
import pytest
from oracles import attacks as oracle
from scipy.stats import norm
from worlds import evidence, gaussian_world, null_world, planted_world

from attacks import ATTACKS, Base, LiraOnline, Sample, newcombe, record_auc, record_exposure

OTHERWISE = {
    "modified-entropy-by-class": "a record is held against records of its class",
    "shadow": "a record is held against records like it",
    "reference": "a rank among 16 references cannot be as rare as 1 %",
    "gap": "it has two values",
    "label-only": "it has few values",
    "entropy": "it falls and rises with the log-odds of the label",
    "rmia-online-population": "records that dominate the whole population tie",
}
"""Attacks that do not rank a record's models by the log-odds of the label, and why."""
TUNED = [a for a in ATTACKS.values() if a.references and a.name not in OTHERWISE]
RANKING = [a for a in ATTACKS.values() if a.name not in OTHERWISE]


def test_hits_are_counted_record_by_record():
    world = gaussian_world(12, 50, 1.0, 0)
    scores = Base().scores(world)
    scores[3, :5] = np.nan
    found = record_exposure(scores, world.membership, fpr=0.1)
    for i in range(50):
        inside = scores[world.membership[:, i] & ~np.isnan(scores[:, i]), i]
        out = scores[~world.membership[:, i] & ~np.isnan(scores[:, i]), i]
        assert found.in_hits[i] == (inside > found.threshold).sum()
        assert found.out_hits[i] == (out > found.threshold).sum()
        assert (found.in_models[i], found.out_models[i]) == (len(inside), len(out))
        assert found.value[i] == pytest.approx((inside > found.threshold).mean() - (out > found.threshold).mean())
    assert found.out_hits.sum() <= 0.1 * found.out_models.sum() < found.out_hits.sum() + 1


def test_intervals_are_newcombes():
    world = gaussian_world(12, 50, 1.0, 0)
    found = record_exposure(Base().scores(world), world.membership, fpr=0.1)
    low, high = found.interval(0.9)
    expected = newcombe(found.in_hits[7], found.in_models[7], found.out_hits[7], found.out_models[7], 0.9)
    assert (low[7], high[7]) == tuple(expected)
    assert ((low <= found.value) & (found.value <= high)).all()


def test_a_record_that_nobody_was_trained_on_has_no_exposure():
    membership = np.array([[False, True], [False, False]])
    found = record_exposure(np.arange(4.0).reshape(2, 2), membership, fpr=0.5)
    assert np.isnan(found.value[0])
    assert (found.interval().low[0], found.interval().high[0]) == (-1, 1)
    assert not np.isnan(found.value[1])


def test_exposure_is_zero_on_average_under_a_null():
    # A target's score never saw its coin, so hits fall on IN and OUT alike. 300 pools of 8 x 60;
    # |z| > 4 in one of 16,000 runs.
    means = []
    for seed in range(300):
        world = null_world(8, 60, seed)
        means.append(record_exposure(LiraOnline().scores(world), world.membership, 0.1).value.mean())
    assert abs(np.mean(means)) < 4 * np.std(means) / np.sqrt(len(means))


@pytest.mark.parametrize("attack", TUNED, ids=lambda a: a.name)
def test_planted_records_top_the_list(attack):
    world = planted_world(32, 200, 10, 8.0, 0)
    scores, planted = attack.scores(world), np.arange(200) < 10
    by_hits = record_exposure(scores, world.membership, fpr=0.01).value
    by_order = record_auc(scores, world.membership, world.pair)
    assert Sample.of(by_hits, planted).auc() >= 0.95
    assert Sample.of(by_order, planted).auc() >= 0.95


@pytest.mark.parametrize("ties", [False, True])
def test_record_auc_compares_partners(ties):
    world = gaussian_world(10, 20, 1.0, 0)
    scores = Base().scores(world)
    if ties:
        scores = np.round(scores)
    scores[2, :4] = np.nan
    found = record_auc(scores, world.membership, world.pair)
    without = np.delete(np.arange(10), [2, 3])
    for i in range(20):
        models = without if i < 4 else np.arange(10)
        expected = oracle.record_auc(scores[models], world.membership[models], world.pair[models], i)
        assert found[i] == pytest.approx(expected)


def test_record_auc_is_nan_where_no_partners_differ():
    membership = np.array([[True, True], [True, False]])
    assert np.isnan(record_auc(np.ones((2, 2)), membership, np.zeros(2, int))[0])
    assert np.isnan(record_auc(np.ones((2, 2)), ~membership, np.arange(2))).all()


def test_record_auc_is_a_half_under_a_null():
    # 400 pools of 8 x 60, |z| > 4 in one of 16,000 runs; all models against all would give .459 (z = -24).
    means = []
    for seed in range(400):
        world = null_world(8, 60, seed)
        means.append(record_auc(LiraOnline().scores(world), world.membership, world.pair).mean())
    assert abs(np.mean(means) - 0.5) < 4 * np.std(means) / np.sqrt(len(means))


@pytest.mark.parametrize("attack", RANKING, ids=lambda a: a.name)
def test_every_attack_on_a_single_record_is_optimal(attack):
    # Within a record every score rises with phi, so records' mean AUC is that of phi itself: 80 models x
    # 300 records, standard deviation about .005. LiRA needs the sign of the shift, which 79 models show.
    world = gaussian_world(80, 300, 1.5, 0)
    found = record_auc(attack.scores(world), world.membership, world.pair).mean()
    assert found == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.025)


def test_hits_need_a_score_above_the_threshold_not_at_it():
    membership = np.array([[True, False], [False, True]])
    found = record_exposure(evidence(membership, np.ones((2, 2))).phi[:, :, 0], membership, fpr=0.4)
    assert found.in_hits.sum() == found.out_hits.sum() == 0
