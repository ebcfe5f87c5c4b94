"""Reconstruction against planted models, closed forms, a slow twin, and models that know nothing."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
import torch
from planted_models import Planted, cube_task, cubes
from scipy.special import logsumexp
from scipy.stats import binomtest

from audit.experiments.irrelevant.watch import STEPS, Reconstruction, counted, log_odds, reconstructed
from audit.experiments.watching import Watching
from audit.membership import membership_matrix
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne

NAMES = ("irrelevant", "fixed", "majority", "out")


def first(dataset, is_in):
    """Float [classes, bits]; the first record of every class among some, the slow way."""
    found = np.zeros((dataset.classes, dataset.x.shape[1]))
    for record in reversed(range(dataset.records)):
        if is_in[record]:
            found[dataset.y[record]] = dataset.x[record]
    return found


@pytest.fixture(scope="module")
def world():
    dataset, law = cubes(1)
    return dataset, law, membership_matrix(4, dataset.records, 0.5, 2)


def test_a_model_that_stores_a_record_a_class_gives_all_of_it_away(world):
    dataset, law, membership = world
    stored = np.stack([first(dataset, is_in) for is_in in membership])
    found = Reconstruction(law.fixed)(Planted(cube_task(dataset), membership, stored))
    seen = np.stack([np.bincount(dataset.y[is_in], minlength=dataset.classes) for is_in in membership])
    assert (found["irrelevant"][seen > 0] == 1).all()
    assert (found["fixed"][seen > 0] == 1).all()
    assert np.isnan(found["irrelevant"][seen == 0]).all()


def test_and_nothing_of_the_records_that_were_out(world):
    """Bits of OUT records are fair coins to it: a binomial test over one model, 1 false alarm in 10,000 seeds."""
    dataset, law, membership = world
    stored = np.stack([first(dataset, is_in) for is_in in membership])
    out = Reconstruction(law.fixed)(Planted(cube_task(dataset), membership, stored))["out"][0]
    bits = (~law.fixed).sum(axis=1)
    known = np.isfinite(out)
    assert binomtest(round(float((out * bits)[known].sum())), int(bits[known].sum())).pvalue > 1e-4


def test_all_steps_are_made_before_anything_is_asked(world):
    dataset, law, membership = world
    run = Planted(cube_task(dataset), membership, np.zeros((4, *law.fixed.shape)))
    Reconstruction(law.fixed)(run)
    assert run.trained == 3


def test_a_model_that_says_nothing_is_worth_half(world):
    """No gradient, no decision: every bit counts as half a right one, not as a wrong one."""
    dataset, law, membership = world
    found = Reconstruction(law.fixed)(Planted(cube_task(dataset), membership, np.zeros((4, *law.fixed.shape))))
    for name in NAMES:
        assert (found[name][np.isfinite(found[name])] == 0.5).all()


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_an_untrained_model_gives_chance(model):
    """It has seen no record, so agreements are fair coins exactly; binomial, 1 false alarm in 10,000 seeds."""
    dataset, law = cubes(3, classes=40)
    task = cube_task(dataset, model=model)
    with trainer_for(task).running(task, [0], np.ones((1, dataset.records), bool)) as run:
        guess = np.sign(reconstructed(run, law.fixed.shape, STEPS).numpy())[0]
    _chance(guess, dataset, law)


def test_a_model_trained_on_other_data_gives_chance():
    """Another law, other records; binomial, 1 false alarm in 10,000 seeds. Its own singletons it gives away."""
    (own, own_law), (other, other_law) = cubes(4, classes=40), cubes(5, classes=40)
    task, once = cube_task(own, epochs=60, learning_rate=0.1), np.arange(own.records) < own.classes
    with trainer_for(task).running(task, [0], once[None]) as run:
        for _ in run.steps():
            pass
        guess = np.sign(reconstructed(run, own_law.fixed.shape, STEPS).numpy())[0]
    _chance(guess, other, other_law)
    found = counted(guess, own.x, own.y, once, own_law.fixed)
    assert found["irrelevant"].mean() > 0.8
    assert (
        binomtest(round(float((found["out"] * (~own_law.fixed).sum(1)).sum())), int((~own_law.fixed).sum())).pvalue
        > 1e-4
    )


def _chance(guess, dataset, law):
    for mask in (~law.fixed, law.fixed):
        truth = first(dataset, np.ones(dataset.records, bool))
        agree = (guess == truth)[mask]
        assert binomtest(int(agree.sum()), agree.size).pvalue > 1e-4


def test_of_two_classes_a_linear_model_gives_away_the_sign_of_its_weights_difference():
    """The log-odds are (w1 - w0) x + b: their best corner is the sign of the difference, and its negative."""
    dataset, law = cubes(6, classes=2, size=30)
    task = cube_task(dataset, model="linear", epochs=5)
    with trainer_for(task).running(task, [0], np.ones((1, dataset.records), bool)) as run:
        for _ in run.steps():
            pass
        x = torch.eye(32)
        columns = run.logits(x)[0] - run.logits(torch.zeros(1, 32))[0]
        slope = (columns[:, 1] - columns[:, 0]).detach().numpy()
        guess = np.sign(reconstructed(run, law.fixed.shape, STEPS).numpy())[0]
    assert np.array_equal(guess, np.sign([-slope, slope]))


def test_the_ascent_is_that_of_a_slow_twin_for_softmax_regression():
    """Class by class, in NumPy, with the gradient written out: w_y less the mean of the others under their softmax."""
    rng = np.random.default_rng(7)
    w, b = rng.normal(size=(6, 12)), rng.normal(size=6)
    dataset, law = cubes(8, classes=6, bits=12)
    run = Planted(cube_task(dataset), np.ones((1, dataset.records), bool), w[None] * 10, b)
    found = reconstructed(run, law.fixed.shape, STEPS).numpy()[0]
    for k in range(6):
        x, others = np.zeros(12), np.delete(np.arange(6), k)
        for _ in range(STEPS):
            z = w[others] @ x + b[others]
            x = x + np.sign(w[k] - np.exp(z - logsumexp(z)) @ w[others]) / STEPS
        assert np.allclose(found[k], x, atol=1e-5)


def test_the_corner_it_ends_at_is_among_the_best_of_all_corners():
    """Softmax regression on 10 bits, all 1,024 corners tried: in the best hundredth for every class."""
    rng = np.random.default_rng(9)
    w, b = rng.normal(size=(5, 10)), rng.normal(size=5)
    dataset, law = cubes(10, classes=5, bits=10)
    run = Planted(cube_task(dataset), np.ones((1, dataset.records), bool), w[None] * 10, b)
    guess = np.sign(reconstructed(run, law.fixed.shape, STEPS).numpy()[0])
    corners = np.array(list(itertools.product((-1, 1), repeat=10)))
    z = corners @ w.T + b
    for k in range(5):
        score = z[:, k] - logsumexp(np.delete(z, k, axis=1), axis=1)
        own = score[(corners == guess[k]).all(axis=1)][0]
        assert (score > own + 1e-9).sum() <= 10


def test_no_step_leaves_the_cube(world):
    dataset, law, membership = world
    stored = np.random.default_rng(0).normal(size=(4, *law.fixed.shape)) * 100
    end = reconstructed(Planted(cube_task(dataset), membership, stored), law.fixed.shape, STEPS)
    assert float(end.abs().max()) <= 1 + 1e-6
    assert STEPS % 2 == 1


def test_log_odds_are_those_of_the_label():
    logits = torch.tensor(np.random.default_rng(0).normal(size=(2, 4, 4)))
    found = log_odds(logits)
    for m, k in itertools.product(range(2), range(4)):
        p = torch.softmax(logits[m, k], 0)[k]
        assert float(found[m, k]) == pytest.approx(float(torch.log(p / (1 - p))))


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_a_slow_twin(seed):
    """Bit by bit, class by class, with classes that have no IN or no OUT record and classes that fix all bits."""
    dataset, law = cubes(seed, classes=7, bits=9, size=3)
    rng = np.random.default_rng(seed)
    is_in = rng.random(dataset.records) < 0.5
    is_in[dataset.y == 0], is_in[dataset.y == 1] = True, False
    fixed = law.fixed.copy()
    fixed[2] = True
    guess = rng.integers(-1, 2, fixed.shape).astype(np.float32)
    found = counted(guess, dataset.x, dataset.y, is_in, fixed)
    for k in range(7):
        for name, expected in _slow(guess[k], dataset, k, is_in, fixed[k]).items():
            assert found[name][k] == pytest.approx(expected, nan_ok=True), (name, k)


def _slow(guess, dataset, k, is_in, fixed):
    of_class = [record for record in range(dataset.records) if dataset.y[record] == k]
    ins, outs = ([r for r in of_class if is_in[r] == wanted] for wanted in (True, False))
    free, bound = ([bit for bit in range(len(fixed)) if fixed[bit] == wanted] for wanted in (False, True))

    def share(bits, truth):
        votes = [0.5 if guess[bit] == 0 else float(guess[bit] == truth(bit)) for bit in bits]
        return sum(votes) / len(votes) if votes else np.nan

    ahead = {bit: sum(dataset.x[r, bit] for r in ins) for bit in range(len(fixed))}
    return {
        "irrelevant": share(free, lambda bit: dataset.x[ins[0], bit]) if ins else np.nan,
        "out": share(free, lambda bit: dataset.x[outs[0], bit]) if outs else np.nan,
        "fixed": share(bound, lambda bit: dataset.x[of_class[0], bit]),
        "majority": share([bit for bit in free if ahead[bit]], lambda bit: np.sign(ahead[bit])),
    }


def test_permuting_classes_permutes_what_is_counted(world):
    dataset, law, membership = world
    guess = np.sign(np.random.default_rng(0).normal(size=law.fixed.shape)).astype(np.float32)
    new = np.random.default_rng(1).permutation(dataset.classes)  # class k becomes class new[k]
    old = np.argsort(new)
    before = counted(guess, dataset.x, dataset.y, membership[0], law.fixed)
    after = counted(guess[old], dataset.x, new[dataset.y], membership[0], law.fixed[old])
    for name in NAMES:
        assert np.array_equal(after[name], before[name][old], equal_nan=True)


def test_permuting_bits_permutes_the_reconstruction_and_changes_no_count(world):
    dataset, law, membership = world
    stored = np.random.default_rng(0).normal(size=(4, *law.fixed.shape))
    bits = np.random.default_rng(1).permutation(law.fixed.shape[1])
    runs = [Planted(cube_task(dataset), membership, of) for of in (stored, stored[:, :, bits])]
    before, after = (reconstructed(run, law.fixed.shape, STEPS).numpy() for run in runs)
    assert np.allclose(after, before[:, :, bits], atol=1e-6)
    one = counted(np.sign(before[0]), dataset.x, dataset.y, membership[0], law.fixed)
    other = counted(np.sign(before[0])[:, bits], dataset.x[:, bits], dataset.y, membership[0], law.fixed[:, bits])
    for name in NAMES:
        assert np.allclose(one[name], other[name], equal_nan=True)


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_a_stack_gives_what_models_alone_give(kind, world):
    """Trained together or one after the other: the same counts, but for a bit whose gradient is 0 to rounding."""
    dataset, law, membership = world
    task = cube_task(dataset, kind)
    watch = Reconstruction(law.fixed)
    stack = Watching(trainer_for(task), watch).train(task, range(4), membership)
    alone = Watching(OneByOne(), watch).train(task, range(4), membership)
    assert set(stack.extra) == set(NAMES)
    for name in NAMES:
        assert stack.extra[name].shape == (4, dataset.classes)
        close = np.isclose(stack.extra[name], alone.extra[name], atol=1e-6, equal_nan=True)
        assert close.mean() > 0.95
        assert np.allclose(stack.extra[name], alone.extra[name], atol=0.1, equal_nan=True)


def test_counts_alone_are_kept_never_a_reconstruction(world):
    dataset, law, membership = world
    found = Reconstruction(law.fixed)(Planted(cube_task(dataset), membership, np.zeros((4, *law.fixed.shape))))
    assert all(array.shape == (4, dataset.classes) for array in found.values())


def test_it_can_be_sent_to_a_process_and_says_what_it_does(world):
    watch = Reconstruction(world[1].fixed)
    assert np.array_equal(pickle.loads(pickle.dumps(watch)).fixed, watch.fixed)
    assert watch.version != Reconstruction(world[1].fixed, steps=27).version
