"""The ensemble: one scale for all scores, weights that never saw what they are used for, no part that is stronger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_expit, ndtri
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from worlds import evidence, gaussian_world, null_world, paired_membership

from attacks import Ensemble, Evidence, Sample, UnscorableError, evaluate
from attacks.ensemble import PARTS, Combination, learnt
from attacks.levels import Scale
from attacks.logistic import RIDGE, logistic_weights, rising_weights


def test_scores_of_non_members_are_standard_normal_on_their_scale() -> None:
    out = np.random.default_rng(0).exponential(size=20_000)
    levels = Scale.of(out)(np.sort(out))
    # The quantiles of a sample of 20,000 stray by less than .03 between the 1st and the 99th percentile.
    inner = slice(200, -200)
    np.testing.assert_allclose(levels[inner], ndtri((np.arange(20_000) + 0.5) / 20_000)[inner], atol=0.03)


def test_a_scale_rises_everywhere_and_keeps_no_score_where_there_is_none() -> None:
    out = np.random.default_rng(1).normal(size=500)
    scores = np.linspace(-10, 10, 1001)
    assert (np.diff(Scale.of(out)(scores)) > 0).all()
    assert np.isnan(Scale.of(out)(np.array([np.nan]))).all()


def test_a_scale_of_ties_tells_above_from_below() -> None:
    scale = Scale.of(np.zeros(50))
    assert scale(np.array([-1.0, 0.0, 2.0])).tolist() == sorted(scale(np.array([-1.0, 0.0, 2.0])).tolist())
    assert scale(np.array([2.0]))[0] > scale(np.array([0.0]))[0] > scale(np.array([-1.0]))[0]
    two = Scale.of(np.repeat([0.0, 1.0], [30, 20]))
    assert two(np.array([1.0]))[0] > two(np.array([0.0]))[0]


def test_weights_are_those_of_a_library() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3000, 3))
    y = rng.random(3000) < 1 / (1 + np.exp(-(x @ [1.0, -0.5, 0.0] - 0.3)))
    # Its objective is half the squared weights plus C times the loss, ours the loss plus half the penalty.
    library = LogisticRegression(C=1 / (RIDGE * 3000), tol=1e-10, max_iter=1000).fit(x, y)
    np.testing.assert_allclose(logistic_weights(x, y), library.coef_[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e3, 1e8])
@pytest.mark.parametrize("shift", [0.0, 1.0, 50.0])
def test_weights_are_finite_and_the_best_there_are_whatever_the_size_of_the_columns(size: float, shift: float) -> None:
    """At the optimum the slope of the penalised likelihood is 0; separable columns and saturated rows among them."""
    rng = np.random.default_rng(8)
    y = rng.random(400) < 0.5
    x = size * (rng.standard_t(2, (400, 3)) + shift * y[:, None] * [1.0, 0.5, 0.0])
    weights = logistic_weights(x, y)
    assert np.isfinite(weights).all()

    def loss(of: np.ndarray) -> float:
        def given(intercept: float) -> float:
            return -log_expit(np.where(y, 1, -1) * (x @ of + intercept)).sum()

        return minimize_scalar(given, bracket=(-1, 1)).fun + RIDGE * 400 * (of @ of) / 2

    own = loss(weights)
    for _ in range(20):
        assert own <= loss(weights + rng.normal(size=3) * (np.abs(weights).max() + 1 / size) * 0.05) + 1e-6


def test_a_part_that_says_nothing_gets_no_weight() -> None:
    rng = np.random.default_rng(3)
    membership = paired_membership(16, 500, rng)
    telling, silent = rng.normal(membership * 1.0), rng.normal(size=membership.shape)
    weights = Combination.learnt([telling, silent], membership).weights
    assert weights[0] > 0.8  # the log-odds of a shift of 1 have slope 1; the ridge costs a little
    assert 0 <= weights[1] < 0.1  # 5 standard errors


def test_a_part_that_says_the_opposite_is_left_out() -> None:
    rng = np.random.default_rng(4)
    y = rng.random(2000) < 0.5
    x = np.column_stack([rng.normal(y * 1.0), rng.normal(-1.0 * y), rng.normal(size=2000)])
    weights = rising_weights(x, y)
    assert weights[1] == 0
    assert weights[0] == pytest.approx(logistic_weights(x[:, [0, 2]], y)[0] if weights[2] else weights[0])
    assert (rising_weights(-x[:, :1], y) == 0).all()


def test_one_sided_targets_are_no_teachers() -> None:
    with pytest.raises(UnscorableError, match="too few targets"):
        Combination.learnt([np.zeros((2, 3))], np.ones((2, 3), bool))


def test_weights_of_a_quarter_never_saw_the_coins_it_is_used_for() -> None:
    """All coins of a quarter's targets on its records are thrown anew: what was learnt for it stays as it was."""
    world = gaussian_world(16, 80, 1.5, 4)
    before = learnt(world)
    first = before.halves(world.pair)
    membership = world.membership.copy()
    redrawn = paired_membership(16, 80, np.random.default_rng(5))
    quarter = np.ix_(first, before.even)
    membership[quarter] = redrawn[quarter]
    after = learnt(replace(world, membership=membership))
    np.testing.assert_array_equal(after.even, before.even)
    np.testing.assert_array_equal(after.combinations[True, True].weights, before.combinations[True, True].weights)
    assert not np.array_equal(after.combinations[False, False].weights, before.combinations[False, False].weights)


def test_a_replicate_has_the_weights_of_the_whole_pool() -> None:
    world = gaussian_world(24, 60, 1.5, 6)
    whole = Ensemble().resolved(world)
    kept = np.arange(4, 24)
    assert whole.resolved(world.take(kept)).quarters is whole.quarters


@pytest.mark.parametrize("kind", ["shifted", "null", "extreme"])
def test_rounding_of_the_signals_moves_figures_by_no_more_than_rounding(kind: str) -> None:
    """Another stack's last digits, at 1e-9 of a signal: few scores change places, and no record its half."""
    world = {
        "shifted": gaussian_world(16, 600, 1.0, 11),
        "null": null_world(16, 600, 12),
        "extreme": gaussian_world(16, 600, 300.0, 13, spread=200.0, difficulty=100.0),
    }[kind]
    before = _figures(Ensemble(), world)
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(size=world.phi.shape)
        moved = replace(world, phi=world.phi * (1 + 1e-9 * noise))
        np.testing.assert_array_equal(learnt(moved).even, learnt(world).even)
        np.testing.assert_allclose(_figures(Ensemble(), moved), before, atol=3 / world.phi.size)  # three scores of all


def test_records_in_another_order_keep_their_half_and_their_scores() -> None:
    world = gaussian_world(8, 101, 1.0, 14)
    order = np.random.default_rng(0).permutation(101)
    np.testing.assert_array_equal(learnt(world.records(order)).even, learnt(world).even[order])
    scores = Ensemble().scores(world)
    np.testing.assert_allclose(Ensemble().scores(world.records(order)), scores[:, order], rtol=1e-9, atol=1e-9)


def test_models_in_another_order_leave_the_halves_of_the_records_as_they_are() -> None:
    world = gaussian_world(16, 200, 1.0, 15)
    order = np.random.default_rng(1).permutation(16)
    np.testing.assert_array_equal(learnt(world.take(order)).even, learnt(world).even)


@pytest.mark.parametrize("records", [2, 3, 40])
def test_copies_of_one_record_are_dealt_out_to_both_halves(records: int) -> None:
    membership = paired_membership(16, records, np.random.default_rng(3))
    copies = evidence(membership, np.repeat(np.random.default_rng(4).normal(size=(16, 1)), records, axis=1))
    even = learnt(copies).even
    assert even.sum() == -(-records // 2)
    assert np.isfinite(Ensemble().scores(copies)).all()


def test_the_halves_are_alike_in_what_models_say_of_them() -> None:
    world = gaussian_world(8, 400, 1.0, 16, difficulty=5.0)
    mean, even = world.phi.mean(axis=(0, 2)), learnt(world).even
    assert abs(mean[even].mean() - mean[~even].mean()) < 0.2  # by chance it would be .5 (its standard deviation)


def test_one_record_cannot_be_divided() -> None:
    with pytest.raises(UnscorableError, match="here is one record"):
        Ensemble().scores(gaussian_world(8, 1, 1.0, 17))


def test_nothing_is_found_where_there_is_nothing() -> None:
    """Sixty pools; |z| above 4.5 in one of 100,000 runs."""
    found = [_area(Ensemble(), null_world(16, 100, seed)) for seed in range(60)]
    assert abs((np.mean(found) - 0.5) / (np.std(found, ddof=1) / np.sqrt(60))) < 4.5


@pytest.mark.parametrize("shape", ["alike", "uneven", "heavy-tailed"])
def test_no_part_is_significantly_stronger(shape: str) -> None:
    """AUC and TPR at 1 % FPR, over eight pools of 32 models: within .003, .01 and three standard errors."""
    gaps = {part.name: [] for part in PARTS}
    for seed in range(8):
        world = _world(shape, seed)
        own = _figures(Ensemble(), world)
        for part in PARTS:
            gaps[part.name].append(_figures(part, world) - own)
    for found in gaps.values():
        mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(8)
        assert (mean < np.array([0.003, 0.01]) + 3 * error).all()


def test_a_known_optimum_is_reached() -> None:
    world = gaussian_world(64, 500, shift=1.5, seed=8)
    reached = evaluate(Ensemble(), world, fprs=(0.01,))
    assert reached.auc.value == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.02)
    optimum = norm.sf(norm.isf(0.01) - 1.5)
    assert reached.tpr_at[0].tpr is not None
    assert reached.tpr_at[0].tpr.value == pytest.approx(optimum, abs=0.02)


def _world(shape: str, seed: int) -> Evidence:
    rng = np.random.default_rng(100 + seed)
    membership = paired_membership(32, 400, rng)
    centre = rng.normal(0, 2, 400)
    if shape == "alike":
        noise = rng.normal(size=membership.shape)
    elif shape == "uneven":
        noise = rng.normal(size=membership.shape) * np.sqrt(3 / rng.chisquare(3, 400))
    else:
        noise = rng.standard_t(3, membership.shape)
    return evidence(membership, centre + membership * rng.gamma(1.0, 1.0, 400) + noise)


def _area(attack, world: Evidence) -> float:
    return Sample.of(attack.scores(world), world.membership).auc()


def _figures(attack, world: Evidence) -> np.ndarray:
    sample = Sample.of(attack.scores(world), world.membership)
    return np.array([sample.auc(), float(sample.tpr(0.01))])
