import numpy as np
import pytest
from repetitions import times
from scipy.stats import binom
from worlds import evidence, gaussian_world, paired_membership

from attacks import Base, Gap, Loss, compare, evaluate


def test_an_evaluation_does_not_differ_from_itself():
    result = evaluate(Base(), gaussian_world(12, 60, 1.0, 0), fprs=(0.1,))
    difference = compare(result, result).auc
    assert difference.value == 0
    assert difference.low < 0 < difference.high  # nothing moves: no certainty either


def test_second_less_first():
    world = gaussian_world(12, 60, 1.0, 0)
    loss, base = evaluate(Loss(), world, fprs=(0.1,)), evaluate(Base(), world, fprs=(0.1,))
    found = compare(loss, base)
    assert found.auc.value == pytest.approx(base.auc.value - loss.auc.value)
    assert found.balanced_accuracy.value == pytest.approx(base.balanced_accuracy.value - loss.balanced_accuracy.value)
    assert found.tpr_at[0].difference.value == pytest.approx(base.tpr_at[0].tpr.value - loss.tpr_at[0].tpr.value)
    assert found.auc.low > 0
    back = compare(base, loss).auc
    assert (back.low, back.high) == pytest.approx((-found.auc.high, -found.auc.low))


def test_an_unresolved_side_gives_a_reason():
    world = gaussian_world(8, 40, 1.0, 0)
    found = compare(evaluate(Loss(), world), evaluate(Base(), world)).tpr_at[-1]
    assert found.difference is None
    assert found.reason == "not resolvable with 160 non-members (needs 100,000)"


def test_arms_of_equal_leakage_differ_at_the_nominal_rate():
    # Two arms share memberships and most of their noise. At the nominal 95 % more misses have probability
    # < 1e-4; and pairing must pay: the difference's interval is the shorter.
    misses, widths, pools = 0, [], times(201)
    for seed in range(pools):
        rng = np.random.default_rng(seed)
        membership = paired_membership(12, 50, rng)
        common = rng.normal(membership * 1.0)
        arms = [evaluate(Loss(), evidence(membership, common + rng.normal(0, 0.3, common.shape))) for _ in range(2)]
        difference = compare(*arms).auc
        misses += not difference.low <= 0 <= difference.high
        widths.append((difference.high - difference.low) / (arms[0].auc.high - arms[0].auc.low))
    assert misses <= binom.isf(1e-4, pools, 0.05)
    assert np.median(widths) < 0.8


def test_only_equal_rates_can_be_compared():
    world = gaussian_world(8, 40, 1.0, 0)
    with pytest.raises(ValueError, match="same false-positive rates"):
        compare(evaluate(Gap(), world, fprs=(0.1,)), evaluate(Gap(), world, fprs=(0.2,)))
