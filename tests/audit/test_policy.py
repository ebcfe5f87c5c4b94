"""The gate: intervals are held against limits, never points; each verdict for its own reason."""

from pathlib import Path

import pytest
from sample_result import sample

from audit.errors import PolicyError
from audit.policy import Policy, TprLimit, check, read_policy
from reports.result import ArmResult, AuditResult, Estimate


def result_with(accuracy: tuple[float, float, float]) -> AuditResult:
    """The sample with a known test accuracy (value, low, high) in its standard arm."""
    result = sample()
    value, low, high = accuracy
    estimate = Estimate(value=value, low=low, high=high, confidence=0.95, method="given", n=10)
    arm = result.arms[0]
    utility = arm.utility.model_copy(update={"test_accuracy": estimate})
    return result.model_copy(update={"arms": (arm.model_copy(update={"utility": utility}), *result.arms[1:])})


@pytest.mark.parametrize(
    ("accuracy", "verdict"),
    [((0.95, 0.91, 0.97), "pass"), ((0.85, 0.80, 0.89), "fail"), ((0.92, 0.89, 0.95), "inconclusive")],
)
def test_a_floor_is_held_against_the_whole_interval(accuracy: tuple[float, float, float], verdict: str) -> None:
    outcome = check(result_with(accuracy), Policy(arms=("standard",), test_accuracy_at_least=0.9))
    assert (outcome.verdict, outcome.limits[0].verdict) == (verdict, verdict)


def test_one_failure_outweighs_everything() -> None:
    policy = Policy(
        arms=("standard",), test_accuracy_at_least=0.0, share_memorized_at_most=0.0, claimed_epsilon_at_most=8
    )
    outcome = check(sample(), policy)
    verdicts = {limit.quantity: limit.verdict for limit in outcome.limits}
    assert verdicts["test accuracy"] == "pass"
    assert verdicts["claimed epsilon"] == "fail"
    assert outcome.verdict == "fail"


def test_an_arm_without_dp_has_no_claim_to_pass() -> None:
    outcome = check(sample(), Policy(claimed_epsilon_at_most=8.5))
    by_arm = {limit.arm: limit.verdict for limit in outcome.limits}
    assert by_arm["standard"] == "fail"
    assert by_arm["dp-eps-8"] == "pass"


def with_bound(arm: ArmResult, epsilon: float, most_provable: float) -> ArmResult:
    assert arm.epsilon is not None
    changed = {"epsilon": epsilon, "most_provable": most_provable}
    bounds = tuple(b.model_copy(update=changed) if b.kind == "proved" else b for b in arm.epsilon.bounds)
    return arm.model_copy(update={"epsilon": arm.epsilon.model_copy(update={"bounds": bounds})})


@pytest.mark.parametrize(
    ("epsilon", "most_provable", "verdict"), [(3.0, 5.0, "fail"), (0.0, 1.0, "inconclusive"), (0.5, 5.0, "pass")]
)
def test_a_lower_bound_passes_only_if_it_could_have_failed(epsilon: float, most_provable: float, verdict: str) -> None:
    result = sample()
    changed = result.model_copy(update={"arms": tuple(with_bound(a, epsilon, most_provable) for a in result.arms[:1])})
    assert check(changed, Policy(proved_epsilon_at_most=2.0)).verdict == verdict


def test_a_bound_that_only_holds_under_an_assumption_breaks_no_limit() -> None:
    result = sample()
    arm = with_bound(result.arms[0], 0.5, 5.0)
    assert arm.epsilon is not None
    assert max(bound.epsilon for bound in arm.epsilon.bounds if bound.kind == "assumes") > 2.0
    assert check(result.model_copy(update={"arms": (arm,)}), Policy(proved_epsilon_at_most=2.0)).verdict == "pass"


def test_a_violated_guarantee_fails_every_policy() -> None:
    result = sample()
    lenient = Policy(test_accuracy_at_least=0.0)
    assert check(result, lenient).verdict == "pass"
    arms = tuple(violated(arm) if arm.guarantee else arm for arm in result.arms)
    outcome = check(result.model_copy(update={"arms": arms}), lenient)
    assert outcome.verdict == "fail"
    assert [limit.explanation for limit in outcome.limits if limit.verdict == "fail"] == ["the record r7 gives it away"]


def violated(arm: ArmResult) -> ArmResult:
    assert arm.epsilon is not None
    assert arm.epsilon.self_check is not None
    said = {"verdict": "violated", "explanation": "the record r7 gives it away"}
    broken = arm.epsilon.model_copy(update={"self_check": arm.epsilon.self_check.model_copy(update=said)})
    return arm.model_copy(update={"epsilon": broken})


def test_a_rate_that_was_not_measured_is_inconclusive_with_its_reason() -> None:
    limit = TprLimit(fpr=0.0375, at_most=0.5)
    outcome = check(sample(), Policy(arms=("standard",), tpr_at_fpr=(limit,)))
    assert outcome.verdict == "inconclusive"
    assert "0.0375" in outcome.limits[0].explanation


def test_unknown_arms_and_attacks_name_what_there_is() -> None:
    with pytest.raises(PolicyError, match="did you mean 'standard'") as caught:
        check(sample(), Policy(arms=("standrad",), test_accuracy_at_least=0.5))
    assert "dp-eps-8" in caught.value.hint
    with pytest.raises(PolicyError, match="'lyra'"):
        check(sample(), Policy(tpr_at_fpr=(TprLimit(fpr=0.01, at_most=0.1, attack="lyra"),)))


def test_every_mistake_of_a_policy_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("test_acuracy_at_least: 0.9\nshare_memorized_at_most: 5\n")
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert "did you mean 'test_accuracy_at_least'" in caught.value.message
    assert "share_memorized_at_most" in caught.value.message


@pytest.mark.parametrize("content", ["", "arms: [standard]\n"])
def test_a_policy_without_limits_is_no_gate(tmp_path: Path, content: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(content)
    with pytest.raises(PolicyError, match="sets no limit"):
        read_policy(path)
