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
    assert f"memorizes {standard.memorization.memorized_by_interval} of" in first
    assert f"one in {1 / point.fpr:,.0f} finds {percent(point.tpr.value)}" in first
    cost = next(d for d in result.differences if d.quantity == "test accuracy" and d.second == private.name)
    assert cost.estimate is not None
    assert f"{100 * cost.estimate.value:+.1f}" in second
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
    assert "`audit run --dp-eps 8`" in said(sample().arms[0])[1]
