"""Clusters of a hypercube: the declared law, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest, chi2

from audit.config import DataConfig
from audit.data import clusters, load

SEED = 4


@pytest.fixture(scope="module")
def data():
    return load(DataConfig(source="clusters", seed=SEED))


@pytest.fixture(scope="module")
def law():
    return clusters.law(SEED)


def fair(heads: int, coins: int) -> None:
    """Two-sided binomial test; a fair coin fails it for 1 seed in 10,000 (these seeds are fixed)."""
    assert binomtest(int(heads), int(coins)).pvalue > 1e-4


def test_every_value_is_a_sign(data):
    assert set(np.unique(data.x)) == set(np.unique(data.x_test)) == {-1.0, 1.0}
    assert data.in_shape == (clusters.BITS,)
    assert data.classes == clusters.SUBPOPULATIONS


def test_fixed_bits_are_what_the_law_says_in_every_record(data, law):
    for x, y in ((data.x, data.y), (data.x_test, data.y_test)):
        fixed = law.fixed[y]
        assert (x[fixed] == law.value[y][fixed]).all()


def test_no_other_bit_is_constant_in_a_subpopulation(data, law):
    """A free bit of a subpopulation with 40 or more records is constant with probability 2^-39: never, here."""
    for k in np.flatnonzero(np.bincount(data.y) >= 40):
        constant = (data.x[data.y == k] == data.x[data.y == k][0]).all(axis=0)
        assert np.array_equal(constant, law.fixed[k])


def test_free_bits_are_fair_coins(data, law):
    for x, y in ((data.x, data.y), (data.x_test, data.y_test)):
        free = ~law.fixed[y]
        fair((x[free] > 0).sum(), free.sum())


def test_free_bits_are_fair_coins_in_every_place(data, law):
    """Chi-square over the 128 places; false alarms at 1 in 10,000 seeds (this one is fixed)."""
    free = ~law.fixed[data.y]
    heads, coins = ((data.x > 0) & free).sum(axis=0), free.sum(axis=0)
    assert (((heads - coins / 2) ** 2) / (coins / 4)).sum() < chi2.isf(1e-4, clusters.BITS)


def test_free_bits_of_two_records_of_a_subpopulation_agree_by_chance(data, law):
    """Independence within a subpopulation: the first two records of each, over its free bits."""
    pairs = [np.flatnonzero(data.y == k)[:2] for k in range(data.classes)]
    agree = [(data.x[a] == data.x[b])[~law.fixed[k]] for k, (a, b) in enumerate(pairs)]
    whole = np.concatenate(agree)
    fair(whole.sum(), len(whole))


def test_neighbouring_free_bits_are_independent(data, law):
    both = ~law.fixed[data.y][:, :-1] & ~law.fixed[data.y][:, 1:]
    same = data.x[:, :-1] == data.x[:, 1:]
    fair(same[both].sum(), both.sum())


def test_a_bit_is_fixed_by_a_fair_coin_to_a_fair_value(law):
    fair(law.fixed.sum(), law.fixed.size)
    fair((law.value[law.fixed] > 0).sum(), law.fixed.sum())
    assert not np.array_equal(law.fixed, law.value > 0)


def test_sizes_are_a_long_tail_with_a_floor(data):
    expected = [max(clusters.LARGEST // rank, 4) for rank in range(1, clusters.SUBPOPULATIONS + 1)]
    assert np.bincount(data.y).tolist() == expected
    assert expected == sorted(expected, reverse=True)


def test_a_random_half_sees_many_subpopulations_once():
    """In expectation, from the binomial law: at least a sixth of the subpopulations are singletons of a model."""
    sizes = clusters.sizes()
    assert binom.pmf(1, sizes, 0.5).sum() > clusters.SUBPOPULATIONS / 6
    assert (binom.pmf(1, sizes, 0.5)[sizes == 4] == 0.25).all()


def test_test_records_follow_the_frequencies(data):
    """Chi-square, the tail pooled to 20 cells; false alarms at 1 in 10,000 seeds."""
    share = np.bincount(data.y) / data.records
    cell = np.minimum(np.arange(data.classes), 19)
    expected = np.bincount(cell, weights=share) * len(data.y_test)
    observed = np.bincount(cell[data.y_test], minlength=20)
    assert (((observed - expected) ** 2) / expected).sum() < chi2.isf(1e-4, 19)


def test_no_test_record_is_a_training_record(data):
    """Two records of a subpopulation are the same with probability about 2^-64."""
    assert not {x.tobytes() for x in data.x} & {x.tobytes() for x in data.x_test}


def test_groups_say_how_often_a_subpopulation_is_under_audit(data):
    size = np.bincount(data.y)
    bands = {**dict.fromkeys((3, 4, 5), "3-5"), **dict.fromkeys(range(6, 11), "6-10")}
    for y, column in ((data.y, data.groups["frequency"]), (data.y_test, data.test_groups["frequency"])):
        assert column.tolist() == [bands.get(int(size[k]), "11+") for k in y]


def test_one_example_is_enough_to_tell_its_subpopulation(data):
    """So what a model gets wrong of a singleton is the model's doing: the nearest training record knows."""
    first = np.array([np.flatnonzero(data.y == k)[0] for k in range(data.classes)])
    assert ((data.x_test @ data.x[first].T).argmax(axis=1) == data.y_test).mean() > 0.99


def test_records_are_in_no_order(data):
    """Labels of neighbours agree as often as labels of a random pair, within 4 sd: 1 false alarm in 16,000."""
    share = np.bincount(data.y) / data.records
    chance = (share**2).sum()
    agree = (data.y[1:] == data.y[:-1]).mean()
    assert abs(agree - chance) < 4 * np.sqrt(chance / data.records)


def test_the_seed_decides_everything(law):
    one, again, other = (load(DataConfig(source="clusters", seed=seed)).fingerprint for seed in (5, 5, 6))
    assert one == again != other
    assert np.array_equal(clusters.law(SEED).fixed, law.fixed)
    fair((clusters.law(SEED + 1).fixed == law.fixed).sum(), law.fixed.size)


def test_what_is_fixed_does_not_depend_on_the_records_drawn(law):
    """The law has a stream of its own: drawing from it changes nothing."""
    law.draw(np.zeros(10, np.int64), np.random.default_rng(0))
    assert np.array_equal(clusters.law(SEED).value, law.value)


def test_the_notes_say_what_is_irrelevant_and_how_accuracy_is_weighted(data):
    assert any("irrelevant" in note for note in data.notes)
    assert any("accuracy on the population" in note and "frequency" in note for note in data.notes)


def test_the_source_is_listed_and_suggested(refusal):
    from audit.data import SOURCES

    assert "2012.06421" in SOURCES["clusters"]
    assert f"{load(DataConfig(source='clusters')).records:,} " in SOURCES["clusters"]
    assert "the nearest: 'clusters'" in refusal("cluster").message


def test_an_audit_runs_on_it(tmp_path):
    """From the source to a report: 200 classes, some of which a model never sees, are no trouble."""
    from audit.pipeline import run
    from audit.settings import resolve

    asked = {"data": {"source": "clusters"}, "model": "linear", "pool": {"models": 4}, "workers": 1}
    result = run(
        resolve({**asked, "standard": {"epochs": 2}, "analysis": {"attacks": ["loss"], "headline": "loss"}}), tmp_path
    )
    by_frequency = [value for value in result.arms[0].utility.by_group if value.column == "frequency"]
    assert {value.group for value in by_frequency} == {"3-5", "6-10", "11+"}
    assert sum(value.records for value in by_frequency) == clusters.TEST_RECORDS
