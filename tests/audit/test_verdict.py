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


def test_no_record_memorized_by_interval_is_said_so() -> None:
    result = sample()
    arm = result.arms[0]
    none = arm.model_copy(update={"memorization": arm.memorization.model_copy(update={"memorized_by_interval": 0})})
    assert "no record is shown to be memorized" in said(result, (none,))


@pytest.mark.parametrize(
    ("share", "claim"), [((0.6, 0.4, 0.8), "is what leaks"), ((0.06, 0.01, 0.2), "not shown to follow")]
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


def test_a_violation_stands_first_and_names_the_record() -> None:
    result = sample()
    private = next(arm for arm in result.arms if arm.guarantee)
    broken = private.model_copy(
        update={"memorization": private.memorization.model_copy(update={"cap_violations": ("record-7",)})}
    )
    first = verdict((result.arms[0], broken), result.differences, result.headline)[0]
    assert first.startswith("VIOLATION")
    assert "record-7" in first


@pytest.mark.parametrize(("provable", "claim"), [(0.9, "could have shown it"), (0.1, "was not tested")])
def test_a_pool_too_small_to_show_a_violation_vindicates_nothing(provable: float, claim: str) -> None:
    result = sample()
    private = next(arm for arm in result.arms if arm.guarantee)
    memory = private.memorization.model_copy(update={"cap": 0.5, "cap_provable": provable, "cap_violations": ()})
    assert claim in said(result, (result.arms[0], private.model_copy(update={"memorization": memory})))


def test_the_price_is_given_against_the_standard_arm() -> None:
    result = sample()
    change = next(d for d in result.differences if d.quantity == "test accuracy")
    assert change.estimate is not None
    assert f"{100 * change.estimate.value:+.1f} points against standard training" in said(result)
