import numpy as np
import pytest
from oracles import attacks as oracle
from scipy.special import logsumexp
from worlds import gaussian_world, unpaired_world, with_views

from attacks.references import Side, outside, record_blocks

PAIRS = [np.array([0, 0, 1, 1, 2, 2]), np.array([7, 3, 7, 5, 3, 5]), np.arange(6), np.array([0, 0, 0, 1, 4, 4])]


@pytest.mark.parametrize("pair", PAIRS)
def test_outside_sums_all_models_of_other_pairs(pair):
    values = np.random.default_rng(0).normal(size=(6, 4, 2))
    expected = np.array([values[pair != pair[k]].sum(axis=0) for k in range(6)])
    np.testing.assert_allclose(outside(values, pair), expected, atol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_outside_sums_exponentials_in_logarithms(pair):
    values = np.random.default_rng(0).normal(0, 300, size=(6, 4))
    expected = np.array([logsumexp(values[pair != pair[k]], axis=0) for k in range(6)])
    np.testing.assert_allclose(outside(values, pair, np.logaddexp), expected, rtol=1e-12)


def test_nothing_cancels_when_the_target_dwarfs_its_references():
    values = np.array([1e20, 1.0, 2.0])
    assert list(outside(values, np.arange(3))) == [3.0, 1e20, 1e20]


def test_a_single_pair_has_nothing_outside():
    pair = np.zeros(2, int)
    assert list(outside(np.ones(2), pair)) == [0, 0]
    assert list(outside(np.ones(2), pair, np.logaddexp)) == [-np.inf, -np.inf]


@pytest.mark.parametrize(
    "world", [with_views(gaussian_world(8, 15, 1.0, 0), 2, 1), unpaired_world(6, 15, 1.0, 0, views=3)]
)
@pytest.mark.parametrize("inside", [True, False])
def test_side_is_what_a_loop_over_the_references_finds(world, inside):
    found = Side.of(world.phi, world.membership == inside, world.pair)
    for k in range(len(world.pair)):
        for i in range(world.membership.shape[1]):
            signals = oracle.side(world, k, i, inside)
            assert found.count[k, i] == len(signals)
            if not len(signals):
                assert np.isnan(found.mean[k, i]).all()
                assert np.isnan(found.scatter[k, i]).all()
                continue
            residual = signals - signals.mean(axis=0)
            np.testing.assert_allclose(found.mean[k, i], signals.mean(axis=0), atol=1e-12)
            np.testing.assert_allclose(found.scatter[k, i], residual.T @ residual, atol=1e-12)


def test_scatter_survives_signals_far_from_zero():
    world = gaussian_world(12, 20, 1.0, 0)
    near = Side.of(world.phi, world.membership, world.pair)
    far = Side.of(world.phi + 1e8, world.membership, world.pair)
    np.testing.assert_allclose(far.scatter, near.scatter, rtol=1e-5)  # phi itself is rounded to 1e-8 there


@pytest.mark.parametrize("shape", [(4, 10, 1), (64, 100_003, 3), (256, 7, 200)])
def test_blocks_cover_every_record_once(shape):
    covered = np.concatenate([np.arange(shape[1])[block] for block in record_blocks(shape)])
    assert np.array_equal(covered, np.arange(shape[1]))
