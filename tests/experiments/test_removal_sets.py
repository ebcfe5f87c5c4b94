"""Which records are removed from which models: slow twins, fair draws, and an onion that is nested."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from removed_worlds import QUICK, World, no_tail, ranked, singletons
from scipy.stats import chi2

from audit.errors import ConfigError
from audit.experiments.removal.asked import Asked
from audit.experiments.removal.layers import layers_of, peeled
from audit.experiments.removal.pools import Without, name_of
from audit.experiments.removal.sets import Ranking, among, crossed, drawn, influenced, own, size_of
from audit.halves import halves
from audit.influence import influence_of


class Simulated:
    """As `audit.experiments.removal.pools.Course`, with simulated models."""

    def __init__(self, world: World, models: int, seed: int = 0) -> None:
        self.world, self.start = world, world.base(models, seed)
        self.arm, self.pool = "standard", self.start
        self.asked: list[np.ndarray] = []

    def train(self, removed, later: int = 0) -> None:
        self.asked += list(removed)

    def pools(self, *removed):
        assert all(any(np.array_equal(one, known) for known in self.asked) for one in removed), "not trained"
        return [self.world.pool(self.start.membership, one, 9) for one in removed]


def test_no_model_misses_what_its_own_half_chose() -> None:
    pair = np.arange(16) // 2
    first, second = among(np.array([0, 1, 2]), 9), among(np.array([2, 3]), 9)
    removed, chosen_on = crossed(pair, (first, second)), own(pair, (first, second))
    for model in range(16):
        by_other = second if model // 2 % 2 == 0 else first
        assert np.array_equal(removed[model], by_other)
        assert np.array_equal(chosen_on[model], first if model // 2 % 2 == 0 else second)


def test_the_choice_is_that_of_a_slow_twin() -> None:
    """A half's memorization with loops: mean of the IN models that are right less that of the OUT models."""
    world = singletons()
    pool, ranking = world.base(32, 4), Ranking("memorization", world.dataset, QUICK, 0)
    for half, order in zip(halves(pool.pair), ranked(pool, ranking), strict=True):
        scores = []
        for record in range(world.records):
            inside = [pool.correct[model, record] for model in half if pool.membership[model, record]]
            out = [pool.correct[model, record] for model in half if not pool.membership[model, record]]
            scores.append(np.mean(inside) - np.mean(out))
        assert sorted(order.tolist()) == list(range(world.records))
        assert np.all(np.diff(np.array(scores)[order]) <= 1e-9)


def test_what_does_not_stay_is_not_ranked() -> None:
    world = singletons()
    pool, stay = world.base(32, 4), np.arange(80) % 3 > 0
    for by in ("memorization", "influence", "exposure"):
        order = Ranking(by, world.dataset, QUICK, 0).most_first(pool, halves(pool.pair)[0], stay)
        assert sorted(order.tolist()) == np.flatnonzero(stay).tolist()


def test_ranked_by_influence_those_with_test_twins_come_first() -> None:
    world = World(np.full(60, 0.99), np.where(np.arange(60) < 20, 0.1, 0.98), np.arange(10))
    pool = world.base(128, 1)
    half = halves(pool.pair)[0]
    order = Ranking("influence", world.dataset, QUICK, 0).most_first(pool, half, np.ones(60, bool))
    assert set(order[:10].tolist()) == set(range(10))  # and not the ten that are memorized to no use
    value = influence_of(pool.membership[half], pool.test_correct[half])
    same = world.dataset.y[:, None] == world.dataset.y_test[None, :]
    most = np.where(same, value, -2).max(axis=1)
    assert np.all(np.diff(most[order]) <= 1e-9)


def test_ranked_by_exposure_those_that_the_attack_finds_come_first() -> None:
    world = singletons()
    pool = world.base(128, 1)
    order = Ranking("exposure", world.dataset, QUICK, 0).most_first(pool, halves(pool.pair)[1], np.ones(80, bool))
    assert len(set(order[:16].tolist()) & set(range(16))) >= 14


def test_without_scores_there_is_no_ranking_by_exposure() -> None:
    world = singletons()
    pool, unscorable = world.base(16, 1), QUICK.model_copy(update={"headline": "label-only"})
    with pytest.raises(ConfigError, match="no scores"):
        Ranking("exposure", world.dataset, unscorable, 0).most_first(pool, halves(pool.pair)[0], np.ones(80, bool))


def test_draws_are_as_many_of_each_class_and_partners_share_them() -> None:
    y = np.arange(60) % 3
    removed = crossed(np.arange(12) // 2, (among(np.array([0, 3, 1]), 60), among(np.array([2, 5, 8, 11]), 60)))
    found = drawn(y, removed, 7, 0)
    for model in range(12):
        assert np.array_equal(np.bincount(y[found[model]], minlength=3), np.bincount(y[removed[model]], minlength=3))
    assert np.array_equal(found[0::2], found[1::2])
    assert not np.array_equal(found[0], found[4])
    assert not np.array_equal(found, drawn(y, removed, 7, 1))
    assert not np.array_equal(found, drawn(y, removed, 8, 0))
    assert np.array_equal(found, drawn(y, removed, 7, 0))
    more = drawn(y, crossed(np.arange(12) // 2, (among(np.arange(12), 60), among(np.arange(15), 60))), 7, 0)
    assert np.all(more | ~found)  # a larger share holds the smaller one


def test_draws_are_fair() -> None:
    """Every record of a class is as likely, those of the top set too: chi-square over 2,000 pairs, 1 in 1,000."""
    y = np.array([0] * 12 + [1] * 8)
    removed = np.repeat([among(np.array([0, 1, 2, 12]), 20)], 4000, axis=0)
    times = drawn(y, removed, 3, 0)[0::2].sum(axis=0)
    expected = np.where(y == 0, 2000 * 3 / 12, 2000 * 1 / 8)
    assert ((times - expected) ** 2 / expected).sum() < chi2.ppf(0.999, 18)


def test_influenced_test_records_are_those_of_a_slow_twin() -> None:
    world = singletons()
    pool, data = world.base(32, 2), world.dataset
    half, chosen = halves(pool.pair)[0], among(np.arange(0, 20, 2), 80)
    found, expected = influenced(pool, half, chosen, data, 0.3)
    value = influence_of(pool.membership[half], pool.test_correct[half])
    slow = [
        any(value[i, j] >= 0.3 - 1e-9 for i in np.flatnonzero(chosen) if data.y[i] == data.y_test[j])
        for j in range(len(data.y_test))
    ]
    assert found.tolist() == slow
    assert 0 < expected < len(slow)


def test_influenced_by_chance_are_as_many_as_expected() -> None:
    """No record has any influence: over 40 pools the mean number is the expected one, within 4 standard errors."""
    world, differences = no_tail(), []
    for seed in range(40):
        pool = world.base(32, seed)
        found, expected = influenced(pool, halves(pool.pair)[0], among(np.arange(9), 80), world.dataset, 0.3)
        differences.append(found.sum() - expected)
    assert abs(np.mean(differences)) < 4 * np.std(differences) / np.sqrt(40)


def test_sizes_are_shares_and_never_none() -> None:
    assert [size_of(share, 1438) for share in (0.01, 0.02, 0.05, 0.1)] == [14, 29, 72, 144]
    assert size_of(0.001, 100) == 1


def test_other_sets_go_into_other_folders() -> None:
    one, other = np.zeros((4, 9), bool), np.eye(4, 9, dtype=bool)
    assert name_of("standard", one) == name_of("standard", one.copy())
    assert len({name_of("standard", one), name_of("standard", other), name_of("dp-eps-8", one)}) == 3


@pytest.fixture(scope="module")
def onion() -> tuple[Simulated, list[tuple[np.ndarray, object]]]:
    world = singletons()
    course = Simulated(world, 32)
    ranking, asked = Ranking("memorization", world.dataset, QUICK, 0), Asked(layers=3, layer_share=0.05)
    return course, peeled(course, ranking, ranked(course.start, ranking), asked, [])


def test_an_onion_is_nested_and_no_chain_is_judged_by_its_own_half(onion) -> None:
    course, layers = onion
    one, other = halves(course.start.pair)
    before = np.zeros((32, 80), bool)
    for number, (removed, _) in enumerate(layers, start=1):
        assert np.array_equal(removed[0::2], removed[1::2])
        assert np.all(removed | ~before)
        assert removed.sum(axis=1).tolist() == [4 * number] * 32
        assert (removed[one] == removed[one[0]]).all()
        assert (removed[other] == removed[other[0]]).all()
        before = removed


def test_every_layer_is_ranked_on_models_of_the_chains_own_half_without_the_layers_before(onion) -> None:
    course, layers = onion
    ranking, (one, other) = Ranking("memorization", course.world.dataset, QUICK, 0), halves(course.start.pair)
    for (removed, _), (after, _) in itertools.pairwise(layers):
        sets = removed[other[0]], removed[one[0]]  # what the first and what the second half chose
        pool = course.pools(own(course.start.pair, sets))[0]
        for half, chosen, further in zip((one, other), sets, (after[other[0]], after[one[0]]), strict=True):
            order = ranking.most_first(pool, half, ~chosen)
            assert np.array_equal(further, chosen | among(order[:4], 80))


def test_layers_take_what_is_memorized_away_and_say_when(onion) -> None:
    """16 of 80 records are memorized, 4 a layer are taken: 16, 12, 8, 4 are left, and the first layer already tells."""
    course, layers = onion
    nothing = Without(course.start, np.zeros((32, 80), bool), "not attacked")
    without = [Without(pool, removed, "not attacked") for removed, pool in layers]
    found = list(layers_of(nothing, without, course.world.dataset, QUICK))
    assert [layer.left for layer in found] == [80, 76, 72, 68]
    for layer, left in zip(found, (16, 12, 8, 4), strict=True):
        assert layer.memorized.now.value == pytest.approx(left, abs=2)
        assert layer.memorized.now.value == pytest.approx(layer.memorized.expected.value, abs=2)
    assert found[0].memorized.fallen is None
    assert all(layer.memorized.fallen.high < 0 for layer in found[2:])
    assert found[0].auc is None
