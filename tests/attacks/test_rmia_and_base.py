from dataclasses import replace

import numpy as np
import pytest
from oracles import attacks as oracle
from scipy.stats import norm
from worlds import evidence, gaussian_world, unpaired_world, with_views

from attacks import ATTACKS, Base, RmiaOffline, RmiaOnline, Sample, UnscorableError

WORLDS = {
    "paired": gaussian_world(8, 12, 1.0, 0),
    "unpaired, some references missing": unpaired_world(5, 25, 1.0, 1),
    "two views": with_views(gaussian_world(8, 12, 1.0, 2), 2, 3),
    "one pair": gaussian_world(2, 5, 1.0, 0),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
class TestAgainstLoops:
    def test_base(self, world):
        np.testing.assert_allclose(Base().scores(world), oracle.base(world), rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("gamma", [1.0, 2.0])
    def test_rmia_online(self, world, gamma):
        np.testing.assert_allclose(RmiaOnline(gamma).scores(world), oracle.rmia(world, gamma, None), rtol=1e-9)

    @pytest.mark.parametrize("gamma", [1.0, 2.0])
    @pytest.mark.parametrize("a", [0.0, 1 / 3, 1.0])
    def test_rmia_offline(self, world, gamma, a):
        np.testing.assert_allclose(RmiaOffline(gamma, a).scores(world), oracle.rmia(world, gamma, a), rtol=1e-9)


@pytest.mark.parametrize("gamma", [1.0, 2.0])
@pytest.mark.parametrize("a", [None, 1 / 3])
def test_against_a_separate_population(gamma, a):
    world = WORLDS["paired"]
    attack = RmiaOnline(gamma, "separate") if a is None else RmiaOffline(gamma, a, "separate")
    np.testing.assert_allclose(attack.scores(world), oracle.rmia_separate(world, gamma, a), rtol=1e-9)


def test_a_separate_population_has_to_be_there():
    world = replace(WORLDS["paired"], population=None)
    with pytest.raises(UnscorableError, match="population"):
        ATTACKS["rmia-online-population"].scores(world)


def test_offline_has_no_score_without_an_out_reference():
    scores = RmiaOffline().scores(WORLDS["unpaired, some references missing"])
    assert 0 < np.isnan(scores).mean() < 1


def test_no_confidence_is_too_small_for_a_ratio():
    # p_y = e^-900 is zero in floating point, its logarithm is not.
    membership = np.array([[True, False], [False, True]] * 2)
    phi = np.array([[-900.0, 900.0], [-901.0, 900.0], [-902.0, 900.0], [-903.0, 900.0]])
    world = evidence(membership, phi)
    reference = np.logaddexp(-902.0, -903.0) - np.log(2)
    assert Base().scores(world)[0, 0] == pytest.approx(-900 - reference)
    for attack in (RmiaOnline(), RmiaOffline(a=1.0)):
        assert np.isfinite(attack.scores(world)).all()


def test_the_optimum_is_reached_where_records_are_equally_hard():
    # Equal records: ln p_y orders them as phi does, so BASE and both RMIAs are Neyman-Pearson tests but for
    # the noise of the reference means. 100 models x 300 records: standard deviation of the AUC about .003.
    world = gaussian_world(100, 300, shift=1.0, seed=0, difficulty=0.0)
    for attack in (Base(), RmiaOnline(), RmiaOffline()):
        reached = Sample.of(attack.scores(world), world.membership).auc()
        assert reached == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.015)


def test_gamma_one_orders_a_target_as_base_does():
    world = gaussian_world(8, 100, 1.0, 0)
    base, rmia = Base().scores(world), RmiaOnline().scores(world)
    for k in range(8):
        assert np.array_equal(np.argsort(base[k]), np.argsort(rmia[k]))


def test_gamma_two_ties_records_that_gamma_one_tells_apart():
    world = gaussian_world(8, 200, 1.0, 0, difficulty=1.0)
    distinct = {gamma: len(np.unique(RmiaOnline(gamma).scores(world)[0])) for gamma in (1.0, 2.0)}
    assert distinct[1.0] == 200
    assert distinct[2.0] < 150
