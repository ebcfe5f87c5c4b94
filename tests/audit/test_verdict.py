"""The verdict says what the intervals show, and no more."""

from __future__ import annotations

import pytest
from sample_result import sample

from audit.verdict import verdict
from reports.result import ArmResult, AuditResult, Estimate


def said(result: AuditResult, arms: tuple[ArmResult, ...] | None = None) -> str:
    return " ".join(verdict(arms or result.arms, result.differences, result.headline))


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="given", n=100)


def with_tpr(arm: ArmResult, headline: str, tpr: Estimate) -> ArmResult:
    """The arm with this TPR at its lowest resolved FPR."""
    attacks = []
    for attack in arm.attacks:
        points = [p for p in attack.tpr_at if p.tpr is not None]
        if attack.name == headline and points:
            rarest = min(points, key=lambda p: p.fpr)
            changed = tuple(p.model_copy(update={"tpr": tpr}) if p is rarest else p for p in attack.tpr_at)
            attack = attack.model_copy(update={"tpr_at": changed})
        attacks.append(attack)
    return arm.model_copy(update={"attacks": tuple(attacks)})


def test_a_rate_whose_interval_holds_chance_is_not_called_a_leak() -> None:
    result = sample()
    arm = with_tpr(result.arms[0], result.headline, estimate(0.02, 0.0, 0.04))
    assert "not shown to be more than what guessing gives" in said(result, (arm,))
    arm = with_tpr(result.arms[0], result.headline, estimate(0.05, 0.04, 0.06))
    assert "times what guessing gives" in said(result, (arm,))


def test_no_record_shown_to_be_memorized_is_said_so() -> None:
    result = sample()
    arm = result.arms[0]
    none = arm.model_copy(update={"memorization": arm.memorization.model_copy(update={"discovered": 0})})
    assert "no record is shown to be memorized" in said(result, (none,))


@pytest.mark.parametrize(
    ("share", "claim"), [((0.6, 0.4, 0.8), "Leakage follows memorization"), ((0.06, 0.01, 0.2), "not shown to follow")]
)
def test_the_link_is_claimed_only_beyond_chance(share: tuple[float, float, float], claim: str) -> None:
    result = sample()
    arm = result.arms[0]
    links = tuple(
        link.model_copy(
            update={"hit_shares": tuple(s.model_copy(update={"share": estimate(*share)}) for s in link.hit_shares)}
        )
        for link in arm.links
    )
    assert claim in said(result, (arm.model_copy(update={"links": links}),))


def checked(arm: ArmResult, outcome: str, explanation: str) -> ArmResult:
    assert arm.epsilon is not None
    assert arm.epsilon.self_check is not None
    said = arm.epsilon.self_check.model_copy(update={"verdict": outcome, "explanation": explanation})
    return arm.model_copy(update={"epsilon": arm.epsilon.model_copy(update={"self_check": said})})


def test_a_violation_stands_first_and_is_said_once() -> None:
    result = sample()
    broken = checked(next(arm for arm in result.arms if arm.guarantee), "violated", "record-7 gives it away.")
    sentences = verdict((result.arms[0], broken), result.differences, result.headline)
    assert sentences[0].startswith("VIOLATION in arm dp-eps-8 (confidence 95 %): record-7 gives it away.")
    assert sum("record-7" in sentence for sentence in sentences) == 1


@pytest.mark.parametrize(
    ("outcome", "claim"),
    [
        ("consistent", "training without DP in its place would have been caught"),
        ("not tested", "could not have refuted it"),
    ],
)
def test_a_check_without_a_violation_says_what_it_is_worth(outcome: str, claim: str) -> None:
    result = sample()
    arm = checked(next(arm for arm in result.arms if arm.guarantee), outcome, "The reason is this.")
    assert claim in said(result, (result.arms[0], arm))


def test_what_is_proved_without_dp_is_said() -> None:
    result = sample()
    assert "This audit proves (confidence 95 %)" in said(result, result.arms[:1])


def test_the_price_is_given_against_the_standard_arm() -> None:
    result = sample()
    change = next(d for d in result.differences if d.quantity == "test accuracy")
    assert change.estimate is not None
    assert f"{100 * change.estimate.value:+.1f} points against standard training" in said(result)
