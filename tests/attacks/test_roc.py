import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import attacks as oracle
from sklearn.metrics import roc_auc_score, roc_curve

from attacks import Sample

FPRS = (0.0, 0.01, 0.1, 0.25, 0.5, 1.0)


def draw(seed, ties):
    rng = np.random.default_rng(seed)
    labels = rng.random(120) < 0.4
    scores = rng.normal(labels * 0.8)
    return (np.round(scores) if ties else scores), labels


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
class TestAgainstScikitLearn:
    def test_area(self, seed, ties):
        scores, labels = draw(seed, ties)
        assert Sample.of(scores, labels).auc() == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)

    def test_every_step(self, seed, ties):
        scores, labels = draw(seed, ties)
        fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
        steps = Sample.of(scores, labels).steps()
        np.testing.assert_allclose(steps.false_positives / (~labels).sum(), fpr)
        np.testing.assert_allclose(steps.true_positives / labels.sum(), tpr)


few_values = st.lists(st.integers(-3, 3), min_size=1, max_size=12).map(lambda x: np.array(x, float))


@given(few_values, few_values)
@settings(max_examples=200, deadline=None)
def test_ties_are_half_a_win_and_stay_together(members, others):
    sample = Sample(np.sort(members), np.sort(others))
    assert sample.auc() == pytest.approx(oracle.auc(members, others), abs=1e-12)
    np.testing.assert_allclose(sample.tpr(FPRS), [oracle.tpr_at_fpr(members, others, f) for f in FPRS])
    assert (sample.false_positives(sample.threshold(FPRS)) <= np.array(FPRS) * len(others) + 1e-9).all()


@given(few_values, few_values)
@settings(max_examples=200, deadline=None)
def test_best_threshold_has_the_highest_balanced_accuracy(members, others):
    sample = Sample(np.sort(members), np.sort(others))
    chosen = np.mean(members > sample.best_threshold()) - np.mean(others > sample.best_threshold())
    assert chosen == pytest.approx(max(np.mean(members > t) - np.mean(others > t) for t in [*members, *others]))


def test_a_two_valued_score_earns_the_area_under_its_corner():
    # 60 of 100 members and 20 of 100 others at 1: (1 + .6 - .2) / 2. Keeping the first of the ties, or a
    # hull between the corners, gives something else; at an FPR below .2 nobody can be hit.
    scores = np.repeat([1.0, 0.0, 1.0, 0.0], [60, 40, 20, 80])
    sample = Sample.of(scores, np.arange(200) < 100)
    assert sample.auc() == pytest.approx(0.7)
    assert list(sample.tpr([0.1, 0.19, 0.2, 0.5, 1.0])) == [0, 0, 0.6, 0.6, 1]


def test_a_rate_that_is_whole_but_for_rounding_counts_as_whole():
    sample = Sample(np.zeros(1), np.arange(100.0))
    assert sample.false_positives(sample.threshold(0.29)) == 29  # 0.29 * 100 = 28.999999999999996


def test_scores_that_are_missing_are_left_out():
    scores, labels = draw(0, False)
    with_gaps = np.concatenate([scores, np.full(7, np.nan)])
    assert Sample.of(with_gaps, np.append(labels, [True] * 7)).auc() == Sample.of(scores, labels).auc()


def test_one_sided_samples_have_no_rates():
    sample = Sample(np.arange(3.0), np.array([]))
    assert np.isnan(sample.auc())
    assert np.isnan(sample.tpr(FPRS)).all()
    assert np.isnan(sample.best_threshold())


def test_an_fpr_is_resolved_from_ten_false_positives_on():
    assert Sample(np.zeros(1), np.zeros(10_000)).unresolved(0.001) == ""
    assert Sample(np.zeros(1), np.zeros(9_999)).unresolved(0.001) != ""
    reason = "not resolvable with 23 non-members (needs 10,000)"
    assert Sample(np.zeros(1), np.zeros(23)).unresolved(0.001) == reason
