import numpy as np
import pytest
from oracles import attacks as oracle
from repetitions import times
from scipy import stats
from worlds import evidence, gaussian_world, null_world, paired_membership

from attacks import ATTACKS, Evidence, Gap, LiraOnline, Loss, RmiaOnline, Sample, UnscorableError, evaluate
from attacks.targets import balanced_accuracy, half_of_pairs, target_spread


def test_figures_are_those_of_the_pooled_scores():
    world = gaussian_world(8, 40, 1.0, 0)
    scores = Loss().scores(world)
    members, others = scores[world.membership], scores[~world.membership]
    result = evaluate(Loss(), world, fprs=(0.1, 0.25))
    assert result.auc.value == pytest.approx(oracle.auc(members, others))
    for at in result.tpr_at:
        assert at.tpr.value == pytest.approx(oracle.tpr_at_fpr(members, others, at.fpr))
        assert at.false_positives == (others > at.threshold).sum() <= at.fpr * len(others)
        assert at.tpr.value == (members > at.threshold).mean()


def test_the_spread_is_that_of_single_targets():
    world = gaussian_world(8, 40, 1.0, 0)
    scores = Loss().scores(world)
    single = [oracle.auc(s[m], s[~m]) for s, m in zip(scores, world.membership, strict=True)]
    spread = evaluate(Loss(), world).targets
    assert (spread.lowest, spread.highest) == pytest.approx((min(single), max(single)))
    assert spread.median == pytest.approx(np.median(single))
    assert spread.standard_deviation == pytest.approx(np.std(single, ddof=1))
    assert spread.targets == 8


def test_a_target_that_holds_every_record_has_no_area_of_its_own():
    membership = np.array([[True, True], [True, False]])
    assert target_spread(np.array([[1.0, 2.0], [4.0, 3.0]]), membership).targets == 1
    with pytest.raises(UnscorableError):
        target_spread(np.ones((1, 2)), np.ones((1, 2), bool))


def test_rates_that_the_sample_cannot_resolve_say_so():
    result = evaluate(Loss(), gaussian_world(8, 40, 1.0, 0), fprs=(0.1, 0.01))
    assert result.tpr_at[0].tpr is not None
    assert result.tpr_at[0].reason == ""
    assert result.tpr_at[1].tpr is None
    assert result.tpr_at[1].reason == "not resolvable with 160 non-members (needs 1,000)"


def test_the_roc_runs_from_the_resolvable_to_everybody_within_its_band():
    world = gaussian_world(8, 100, 1.0, 0)
    roc = evaluate(Loss(), world).roc
    assert roc.fpr[0] == pytest.approx(10 / 400)
    assert roc.fpr[-1] == roc.tpr[-1] == 1
    assert (np.diff(roc.tpr) >= 0).all()
    assert ((roc.low <= roc.tpr) & (roc.tpr <= roc.high)).all()
    np.testing.assert_array_equal(roc.tpr, Sample.of(Loss().scores(world), world.membership).tpr(roc.fpr))


def test_perfect_separation_is_not_certainty():
    membership = paired_membership(8, 20, np.random.default_rng(0))
    result = evaluate(Loss(), evidence(membership, np.where(membership, 5.0, -5.0)), fprs=(0.2,))
    for measured in (result.auc, result.balanced_accuracy, result.tpr_at[0].tpr):
        assert measured.value == 1
        assert 0.8 < measured.low < 1


def test_a_constant_score_is_chance_without_certainty():
    world = gaussian_world(8, 20, 0.0, 0)
    always = Evidence(world.membership, world.phi, np.ones_like(world.correct), world.pair)
    result = evaluate(Gap(), always)
    assert result.auc.value == result.balanced_accuracy.value == 0.5
    assert result.auc.low < 0.45
    assert result.auc.high > 0.55


@pytest.mark.parametrize("attack", [a for a in ATTACKS.values() if a.references], ids=lambda a: a.name)
def test_two_pairs_leave_no_reference_when_one_is_left_out(attack):
    world = gaussian_world(4, 40, 1.0, 0)
    if attack.name.endswith("per-record"):  # one reference a side has no variance
        with pytest.raises(UnscorableError, match="too few reference models"):
            evaluate(attack, world, fprs=(0.2,))
        return
    result = evaluate(attack, world, fprs=(0.2,))
    assert (result.auc.low, result.auc.high) == (0, 1)
    assert (result.tpr_at[0].tpr.low, result.tpr_at[0].tpr.high) == (0, 1)
    assert result.auc.method == "none: too few model pairs to leave any out"


@pytest.mark.parametrize("attack", [a for a in ATTACKS.values() if a.references], ids=lambda a: a.name)
def test_one_pair_has_nothing_to_compare_with(attack):
    with pytest.raises(UnscorableError, match=r"too few (reference models|targets)"):
        evaluate(attack, gaussian_world(2, 10, 1.0, 0))


def test_methods_say_over_what_the_intervals_range():
    result = evaluate(LiraOnline(), gaussian_world(8, 40, 1.0, 0), fprs=(0.2,))
    for measured in (result.auc, result.balanced_accuracy, result.tpr_at[0].tpr):
        assert measured.method.endswith("jackknife over 4 groups of model pairs; ranges over models")
        assert measured.low <= measured.value <= measured.high


@pytest.mark.parametrize(("fprs", "confidence"), [((0.0, 0.1), 0.95), ((1.0,), 0.95), ((0.1,), 95)])
def test_rates_outside_zero_and_one_are_refused(fprs, confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        evaluate(Loss(), gaussian_world(4, 40, 1.0, 0), fprs, confidence)


def test_balanced_accuracy_needs_two_pairs():
    result = evaluate(Loss(), gaussian_world(2, 40, 1.0, 0))
    assert result.balanced_accuracy is None
    assert (result.auc.low, result.auc.high) == (0, 1)


def test_balanced_accuracy_takes_thresholds_from_other_targets_and_other_records():
    # Quarters, by hand: pairs 0, 2 against 1, 3 and even against odd records.
    world = gaussian_world(8, 30, 1.0, 0)
    scores, first = Loss().scores(world), half_of_pairs(world.pair)
    assert list(first) == [True, True, False, False] * 2
    even, hit = np.arange(30) % 2 == 0, np.zeros((8, 30), bool)
    for pairs in (True, False):
        for records in (True, False):
            chooser = np.ix_(first != pairs, even != records)
            threshold = Sample.of(scores[chooser], world.membership[chooser]).best_threshold()
            judged = np.ix_(first == pairs, even == records)
            hit[judged] = scores[judged] > threshold
    expected = (hit[world.membership].mean() + 1 - hit[~world.membership].mean()) / 2
    assert balanced_accuracy(scores, world.membership, first) == pytest.approx(expected)


def test_balanced_accuracy_is_chance_under_a_null():
    # 700 pools; thresholds chosen on other targets alone would be 5 standard errors too high.
    # False alarm: |z| > 4 in one of 16,000 runs.
    found = []
    for seed in range(700):
        world = null_world(16, 30, seed)
        found.append(balanced_accuracy(LiraOnline().scores(world), world.membership, half_of_pairs(world.pair)))
    assert abs(np.mean(found) - 0.5) < 4 * np.std(found) / np.sqrt(len(found))


def test_intervals_cover_the_truth_of_a_gaussian_world():
    # Equally hard records: AUC = Phi(1 / sqrt 2) and TPR at 20 % = Phi(1 + Phi^-1(.2)) exactly, up to the
    # last step of the ROC. At the nominal 95 % more misses have probability < 1e-4.
    auc, tpr = stats.norm.cdf(1 / np.sqrt(2)), stats.norm.cdf(1 + stats.norm.ppf(0.2))
    misses, pools = np.zeros(2, int), times(300)
    for seed in range(pools):
        result = evaluate(Loss(), gaussian_world(12, 50, 1.0, seed, difficulty=0.0), fprs=(0.2,))
        measured = ((result.auc, auc), (result.tpr_at[0].tpr, tpr))
        misses += [not m.low <= truth <= m.high for m, truth in measured]
    assert (misses <= stats.binom.isf(1e-4, pools, 0.05)).all()


def test_a_target_may_lack_scores_of_some_records():
    world = gaussian_world(8, 40, 1.0, 0)

    class Partial(RmiaOnline):
        name = "partial"

        def scores(self, evidence):
            scores = super().scores(evidence)
            scores[:, :10] = np.nan
            return scores

    kept = Evidence(world.membership[:, 10:], world.phi[:, 10:], world.correct[:, 10:], world.pair)
    assert evaluate(Partial(), world).auc.value == pytest.approx(
        Sample.of(RmiaOnline().scores(world)[:, 10:], kept.membership).auc()
    )
