"""The two sentences: what they say, in each of the cases that there are."""

from __future__ import annotations

import pytest
from sample_result import sample

from audit.summary import lowest, summary
from reports.numbers import percent
from reports.result import ArmResult


def said(*arms: ArmResult) -> tuple[str, str]:
    result = sample()
    return summary(arms or result.arms, result.differences, result.headline)


def test_two_sentences_carry_the_figures_of_the_result() -> None:
    result = sample()
    first, second = said()
    standard, private = result.arms[0], next(arm for arm in result.arms if arm.guarantee)
    point = lowest(standard, result.headline)
    assert standard.memorization is not None
    assert point is not None
    assert point.tpr is not None
    assert f"memorizes {standard.memorization.discovered} of" in first
    assert f"one in {1 / point.fpr:,.0f} finds {percent(point.tpr.value)}" in first
    cost = next(d for d in result.differences if d.quantity == "test accuracy" and d.second == private.name)
    assert cost.estimate is not None
    assert cost.estimate.high < 0
    assert f"it costs {-100 * cost.estimate.value:.1f} points of accuracy" in second
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for sentence in (first, second))


def test_a_rate_within_its_interval_of_guessing_is_not_sold_as_a_finding() -> None:
    result = sample()
    arm = result.arms[0]
    attacks = []
    for attack in arm.attacks:
        points = tuple(
            p.model_copy(update={"tpr": p.tpr.model_copy(update={"low": p.fpr / 2})}) if p.tpr else p
            for p in attack.tpr_at
        )
        attacks.append(attack.model_copy(update={"tpr_at": points}))
    assert "not shown to be more than guessing" in said(arm.model_copy(update={"attacks": tuple(attacks)}))[0]


@pytest.mark.parametrize(
    ("verdict", "claim"),
    [
        ("violated", "Do not rely on the guarantee of dp-eps-8: this audit proves that it does not hold."),
        ("consistent", "nothing contradicts its guarantee."),
        ("not tested", "whether the guarantee of epsilon 8 holds was not tested."),
    ],
)
def test_what_the_self_check_found_is_in_the_second_sentence(verdict: str, claim: str) -> None:
    result = sample()
    private = next(arm for arm in result.arms if arm.guarantee)
    assert private.epsilon is not None
    assert private.epsilon.self_check is not None
    check = private.epsilon.self_check.model_copy(update={"verdict": verdict})
    changed = private.model_copy(update={"epsilon": private.epsilon.model_copy(update={"self_check": check})})
    assert claim in said(result.arms[0], changed)[1]


def test_a_headline_that_the_sample_cannot_carry_is_refused_with_the_size_that_could() -> None:
    result = sample()
    attacks = []
    for attack in result.arms[0].attacks:
        reasons = [f"not resolvable with 40 non-members (needs {10 / point.fpr:,.0f})" for point in attack.tpr_at]
        points = zip(attack.tpr_at, reasons, strict=True)
        changed = tuple(point.model_copy(update={"tpr": None, "reason": why}) for point, why in points)
        attacks.append(attack.model_copy(update={"tpr_at": changed}))
    first = said(result.arms[0].model_copy(update={"attacks": tuple(attacks)}))[0]
    assert "cannot be told: not resolvable with 40 non-members (needs 100)." in first
    none = said(result.arms[0].model_copy(update={"attacks": ()}))[0]
    assert "cannot be told: not run." in none


def test_without_dp_it_says_how_to_learn_more() -> None:
    assert "the same command with --dp-eps 8" in said(sample().arms[0])[1]


def test_a_gain_is_called_a_gain_and_what_is_not_shown_is_not_a_price() -> None:
    result = sample()
    for low, high, claim in (
        (0.01, 0.05, "it gains 2.9 points"),
        (-0.01, 0.05, "it is not shown to change the accuracy"),
    ):
        better = tuple(
            d.model_copy(update={"estimate": d.estimate.model_copy(update={"value": 0.029, "low": low, "high": high})})
            if d.quantity == "test accuracy" and d.estimate
            else d
            for d in result.differences
        )
        second = summary(result.arms[:2], better, result.headline)[1]
        assert claim in second
        assert "price" not in second


def test_of_one_model_memorization_cannot_be_read() -> None:
    one = sample().arms[0].model_copy(update={"memorization": None, "models": 1, "recipe": {}})
    assert said(one)[0].startswith("What is memorized cannot be read from one model, and")


def test_models_that_learnt_nothing_are_a_warning_and_no_comfort() -> None:
    arm = sample().arms[0]
    assert arm.memorization is not None
    assert arm.utility is not None
    share = arm.utility.new_accuracy.low
    nothing = arm.model_copy(
        update={
            "memorization": arm.memorization.model_copy(update={"discovered": 0}),
            "utility": arm.utility.model_copy(update={"largest_class": share}),
        }
    )
    first = said(nothing)[0]
    assert first.startswith("WARNING: the models learnt nothing")
    assert "not shown to memorize" not in first
    better = nothing.model_copy(update={"utility": arm.utility.model_copy(update={"largest_class": share - 0.001})})
    assert "is not shown to memorize any record" in said(better)[0]
    private = next(one for one in sample().arms if one.guarantee)
    assert private.utility is not None
    dead = private.model_copy(update={"utility": private.utility.model_copy(update={"largest_class": 1.0})})
    assert "the models learnt nothing" in said(arm, dead)[1]


def test_a_pool_too_small_to_name_anybody_says_which_could() -> None:
    arm = sample().arms[0]
    assert arm.memorization is not None
    update = {"discovered": 0, "models_to_discover": 30}
    small = arm.model_copy(update={"models": 16, "memorization": arm.memorization.model_copy(update=update)})
    assert "(16 models could not show it of a single record, about 30 could)" in said(small)[0]
