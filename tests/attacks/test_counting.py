"""Figures from counts between marks: against sorted scores, and against attacks repeated and sorted anew."""

import numpy as np
import pytest
from repetitions import THOROUGH
from worlds import gaussian_world, planted_world, suited, unpaired_world

import attacks.evaluation
from attacks import ATTACKS, Sample, evaluate
from attacks.counting import BINS, CATEGORIES, Marks, figures_of
from attacks.targets import balanced_accuracy

FPRS = np.array([0.001, 0.01, 0.03, 0.1, 0.5, 1.0])


def counted(scores, membership, marks_of=None):
    """Figures of scores, by marks that lie where these or other scores lie."""
    marks = Marks.of(Sample.of(scores if marks_of is None else marks_of, membership))
    first = np.arange(len(scores)) % 4 < 2
    category = membership + 2 * first[:, None] + 4 * (np.arange(scores.shape[1]) % 2)
    return figures_of(marks.counts(scores, category.astype(np.uint8)), marks.solid, FPRS), first


def sorted_figures(scores, membership, first):
    sample = Sample.of(scores, membership)
    return np.array([sample.auc(), balanced_accuracy(scores, membership, first), *sample.tpr(FPRS)])


def draw(kind, seed, records=4000):
    rng = np.random.default_rng(seed)
    membership = rng.random((8, records)) < 0.5
    normal = rng.normal(membership * 0.5)
    scores = {
        "normal": normal,
        "far from zero": 1e6 + normal,
        "long tails": np.sign(normal) * np.exp(3 * np.abs(normal)),
        "losses": -np.exp(-4 * normal),
        "ranks": np.argsort(np.argsort(normal, axis=1), axis=1) / records,
        "missing": np.where(rng.random(normal.shape) < 0.1, np.nan, normal),
    }[kind]
    return scores, membership


@pytest.mark.parametrize("kind", ["normal", "far from zero", "long tails", "losses", "ranks", "missing"])
def test_counts_lose_next_to_nothing(kind):
    # A TPR may be off by the members between two neighbouring marks, of .5 % of an FPR each.
    scores, membership = draw(kind, 0)
    found, first = counted(scores, membership)
    expected = sorted_figures(scores, membership, first)
    assert found[0] == pytest.approx(expected[0], abs=5e-6)
    assert found[1] == pytest.approx(expected[1], abs=5e-4)
    np.testing.assert_allclose(found[2:], expected[2:], rtol=0.005, atol=1e-4)


@pytest.mark.parametrize("kind", ["normal", "long tails", "losses"])
def test_marks_of_other_scores_serve_as_well(kind):
    scores, membership = draw(kind, 0)
    others, _ = draw(kind, 1)
    found, first = counted(scores, membership, marks_of=others)
    expected = sorted_figures(scores, membership, first)
    assert found[0] == pytest.approx(expected[0], abs=5e-6)
    np.testing.assert_allclose(found[2:], expected[2:], rtol=0.02, atol=2e-4)


def test_no_line_is_drawn_through_a_tie():
    # Two values: at an FPR below that of the upper one nobody can be hit, at any above just those.
    rng = np.random.default_rng(0)
    membership = rng.random((8, 1000)) < 0.5
    scores = (rng.random((8, 1000)) < np.where(membership, 0.6, 0.2)).astype(float)
    found, first = counted(scores, membership)
    np.testing.assert_allclose(found, sorted_figures(scores, membership, first), atol=1e-12)


def test_zero_has_no_sign():
    membership = np.array([[True, False] * 4] * 4)
    scores = np.where(membership, 0.0, -0.0)
    assert counted(scores, membership)[0][0] == 0.5


def test_nobody_or_one_side_alone_has_no_figures():
    nobody = np.zeros((BINS, CATEGORIES), int)
    one_sided = nobody.copy()
    one_sided[3] = [5, 0] * 4
    for counts in (nobody, one_sided):
        assert np.isnan(figures_of(counts, np.zeros(BINS, bool), FPRS)).all()


LARGE = {
    "alike": gaussian_world(40, 800, 1.0, 0),
    "planted": planted_world(40, 800, 60, 5.0, 1),
    "unpaired": unpaired_world(30, 1100, 1.0, 2),
}
CASES = [
    (name, world)
    for place, name in enumerate(ATTACKS)
    for number, world in enumerate(LARGE)
    if THOROUGH or number == place % len(LARGE) or name in ("loss", "lira-online")
]
"""Every attack in one of the worlds, two and a thorough test in each."""


@pytest.mark.parametrize(("name", "world"), CASES)
def test_intervals_are_those_of_repeated_attacks(name, world, monkeypatch):
    # Twin: every attack repeated without each group, its scores sorted anew. Values are the same to the last digit;
    # half-widths, themselves uncertain by 17 % with 20 groups, differ by some per cent: most where few false
    # positives decide, and for the balanced accuracy, whose thresholds jump.
    monkeypatch.setattr(attacks.evaluation, "FEW_SCORES", 0)
    attack = ATTACKS[name]
    world = suited(attack, LARGE[world])
    quick = evaluate(attack, world, fprs=(0.1, 0.01))
    monkeypatch.setattr(attacks.evaluation, "FEW_SCORES", 10**9)
    slow = evaluate(attack, world, fprs=(0.1, 0.01))
    np.testing.assert_allclose(quick.jackknife.value, slow.jackknife.value, rtol=1e-12)
    np.testing.assert_allclose(quick.roc.tpr, slow.roc.tpr, rtol=1e-12)
    assert quick.targets == slow.targets
    halves = [found.jackknife.half_width(0.95) for found in (quick, slow)]
    np.testing.assert_allclose(halves[0][0], halves[1][0], rtol=0.01, atol=1e-5)
    np.testing.assert_allclose(halves[0][1], halves[1][1], rtol=0.4, atol=1e-3)
    np.testing.assert_allclose(halves[0][2:], halves[1][2:], rtol=0.2, atol=1e-3)
