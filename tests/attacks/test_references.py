import numpy as np
import pytest
from oracles import attacks as oracle
from worlds import gaussian_world, unpaired_world, with_views

from attacks.moments import Moments
from attacks.references import NOBODY, References, others, outside, record_blocks

PAIRS = [np.array([0, 0, 1, 1, 2, 2]), np.array([7, 3, 7, 5, 3, 5]), np.arange(6), np.array([0, 0, 0, 1, 4, 4])]


@pytest.mark.parametrize("pair", PAIRS)
def test_outside_sums_all_models_of_other_pairs(pair):
    values = np.random.default_rng(0).normal(size=(6, 4, 2))
    expected = np.array([values[pair != pair[k]].sum(axis=0) for k in range(6)])
    np.testing.assert_allclose(outside(values, pair), expected, atol=1e-12)


def test_nothing_cancels_when_the_target_dwarfs_its_references():
    values = np.array([1e20, 1.0, 2.0])
    assert list(outside(values, np.arange(3))) == [3.0, 1e20, 1e20]


def test_a_single_pair_has_nothing_outside():
    assert list(outside(np.ones(2), np.zeros(2, int))) == [0, 0]
    assert others(np.ones((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("every_record", [True, False])
@pytest.mark.parametrize("pair", PAIRS)
def test_sums_are_those_of_a_loop_over_models_outside_pair_and_group(pair, leave, every_record, monkeypatch):
    monkeypatch.setattr("attacks.references.BLOCK_ELEMENTS", 10)
    values = np.random.default_rng(1).normal(size=(6, 7))
    group = np.searchsorted(np.unique(pair), pair) // 2 if len(np.unique(pair)) > 3 else np.searchsorted([1, 4], pair)
    references = References.of(pair, group, 7, lambda models, records: [values[models, records]])
    seen = []
    for own in range(group.max() + 1):
        for at in references.sums(own, leave, every_record):
            for row, k in enumerate(at.models):
                seen += [(at.left_out, int(k), i) for i in range(7)[at.records]]
                expected = values[(pair != pair[k]) & (group != at.left_out)].sum(axis=0)[at.records]
                np.testing.assert_allclose(at.terms[0][row], expected, atol=1e-12)
    left_out = range(group.max() + 1) if leave else [NOBODY]
    assert sorted(seen) == [(g, k, i) for g in left_out for k in range(6) if group[k] != g for i in range(7)]


@pytest.mark.parametrize(
    "world", [with_views(gaussian_world(8, 15, 1.0, 0), 2, 1), unpaired_world(6, 15, 1.0, 0, views=3)]
)
@pytest.mark.parametrize("inside", [True, False])
def test_a_side_is_what_a_loop_over_the_references_finds(world, inside):
    moments, (at,) = moments_of(world, inside)
    (found,) = moments.sides(at)
    views = world.phi.shape[2]
    for k in range(len(world.pair)):
        for i in range(world.membership.shape[1]):
            signals = oracle.side(world, k, i, inside)
            assert found.count[k, i] == len(signals)
            mean = np.array([view[k, i] for view in found.mean])
            scatter = np.array(
                [[found.scatter[max(a, b)][min(a, b)][k, i] for b in range(views)] for a in range(views)]
            )
            if not len(signals):
                assert np.isnan(mean).all()
                assert np.isnan(scatter).all()
                continue
            residual = signals - signals.mean(axis=0)
            np.testing.assert_allclose(mean + moments.centre[i], signals.mean(axis=0), atol=1e-12)
            np.testing.assert_allclose(scatter, residual.T @ residual, atol=1e-12)


def moments_of(world, inside):
    moments = Moments.of(world.phi, [world.membership == inside], world.pair, np.zeros(len(world.pair), int))
    return moments, list(moments.sums.sums(0, leave=False))


def test_scatter_survives_signals_far_from_zero():
    world = gaussian_world(12, 20, 1.0, 0)
    far = type(world)(world.membership, world.phi + 1e8, world.correct, world.pair)
    scatter = []
    for one in (world, far):
        moments, (at,) = moments_of(one, True)
        scatter.append(moments.sides(at)[0].scatter[0][0])
    np.testing.assert_allclose(scatter[1], scatter[0], rtol=1e-5)  # phi itself is rounded to 1e-8 there


@pytest.mark.parametrize(("records", "width"), [(10, 16), (100_003, 1024), (7, 10**9), (12, 0)])
def test_blocks_cover_every_record_once(records, width):
    blocks = list(record_blocks(records, width))
    covered = np.concatenate([np.arange(records)[block] for block in blocks])
    assert np.array_equal(covered, np.arange(records))
    assert width or len(blocks) == 1
