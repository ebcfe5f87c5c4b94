"""Limits on any figure: which end counts, the worst of many, what would settle it, and what a file must not hold."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sample_result import sample, violated

from audit.errors import PolicyError
from audit.policy import POLICIES, PathLimit, Policy, check, judged, located, outcome_of, read_policy
from audit.policy.figure import Limit, models_needed
from reports.outcome import LimitOutcome
from reports.result import AuditResult, Estimate

ACCURACY = "arms.standard.utility.test_accuracy"


def of(value: float, low: float, high: float, n: int = 64, method: str = "given") -> Estimate:
    return Estimate(value=value, low=low, high=high, confidence=0.95, method=method, n=n)


def with_accuracy(estimate: Estimate | None) -> AuditResult:
    result = sample()
    arm = result.arms[0]
    utility = arm.utility.model_copy(update={"test_accuracy": estimate})
    return result.model_copy(update={"arms": (arm.model_copy(update={"utility": utility}), *result.arms[1:])})


def only(result: AuditResult, **limit: object) -> LimitOutcome:
    outcome = check(result, Policy(limits=(PathLimit(path=ACCURACY, **limit),)))  # type: ignore[arg-type]
    assert outcome.verdict == outcome.limits[0].verdict
    return outcome.limits[0]


@pytest.mark.parametrize(
    ("side", "bound", "interval", "value"),
    [
        ("at_most", 0.95, "pass", "pass"),
        ("at_most", 0.92, "inconclusive", "pass"),
        ("at_most", 0.88, "inconclusive", "fail"),
        ("at_most", 0.80, "fail", "fail"),
        ("at_least", 0.80, "pass", "pass"),
        ("at_least", 0.88, "inconclusive", "pass"),
        ("at_least", 0.92, "inconclusive", "fail"),
        ("at_least", 0.95, "fail", "fail"),
        ("at_most", 0.94, "pass", "pass"),
        ("at_least", 0.86, "pass", "pass"),
    ],
)
def test_the_ends_count_unless_the_policy_asks_for_the_point(
    side: str, bound: float, interval: str, value: str
) -> None:
    result = with_accuracy(of(0.9, 0.86, 0.94))
    assert only(result, **{side: bound}).verdict == interval
    by_point = only(result, **{side: bound}, by="value")
    assert by_point.verdict == value
    assert by_point.compared == "value"
    assert "the interval was not looked at" in by_point.explanation


def test_a_plain_number_is_compared_as_it_is() -> None:
    policy = Policy(
        limits=(
            PathLimit(path="data.records", at_least=1437),
            PathLimit(path="arms.dp-eps-8.guarantee.epsilon", at_most=7.9),
        )
    )
    kept, broken = check(sample(), policy).limits
    assert (kept.verdict, kept.number, kept.arm) == ("pass", 1437, "whole audit")
    assert (broken.verdict, broken.number, broken.arm) == ("fail", 7.9958, "dp-eps-8")


def test_the_worst_group_decides_arm_by_arm() -> None:
    found = [group.found for group in sample().arms[0].leakage.by_group]
    worst = max(found, key=lambda estimate: estimate.high)
    path = "arms.*.leakage.by_group.*.found"
    for bound, verdict in ((worst.high, "pass"), (worst.value, "inconclusive"), (worst.low - 1e-6, "fail")):
        limits = check(sample(), Policy(limits=(PathLimit(path=path, at_most=bound, name="worst"),))).limits
        assert [limit.arm for limit in limits] == ["standard", "dp-eps-8"]
        assert limits[0].verdict == verdict
        assert limits[0].estimate == worst
        assert limits[0].quantity == "leakage.by_group.9.found"
        assert limits[0].limit == f"worst at most {bound:g}"


def test_a_group_without_a_figure_is_not_passed_over() -> None:
    limits = check(sample(), Policy(limits=(PathLimit(path="arms.*.utility.by_group.*.estimate", at_least=-9),))).limits
    assert {limit.verdict for limit in limits} == {"inconclusive"}
    assert {limit.quantity for limit in limits} == {"utility.by_group.w00.estimate"}


def test_controls_are_held_against_a_limit_only_when_they_are_named() -> None:
    result = sample(controls=True)
    everyone = check(result, Policy(limits=(PathLimit(path="arms.*.models", at_least=1),)))
    assert [limit.arm for limit in everyone.limits] == ["standard", "dp-eps-8"]
    chosen = check(result, Policy(arms=("clip-only",), limits=(PathLimit(path="arms.*.models", at_least=1),)))
    assert [limit.arm for limit in chosen.limits] == ["clip-only"]


def test_an_arm_without_dp_fails_every_limit_on_its_guarantee() -> None:
    limits = check(sample(), Policy(limits=(PathLimit(path="arms.*.guarantee.epsilon", at_most=8),))).limits
    assert {limit.arm: limit.verdict for limit in limits} == {"standard": "fail", "dp-eps-8": "pass"}
    assert "no guarantee" in limits[0].explanation


def test_a_violated_guarantee_fails_a_policy_of_paths_too() -> None:
    outcome = check(violated(), Policy(limits=(PathLimit(path="data.records", at_least=1),)))
    assert outcome.verdict == "fail"
    assert [limit.verdict for limit in outcome.limits] == ["fail", "pass"]


@pytest.mark.parametrize(("value", "low", "high", "bound"), [(0.9, 0.86, 0.94, 0.879), (0.5, 0.3, 0.6, 0.552)])
def test_as_many_models_as_are_said_settle_it_and_fewer_do_not(
    value: float, low: float, high: float, bound: float
) -> None:
    for side in ("at most", "at least"):
        limit = Limit(side, bound)  # type: ignore[arg-type]
        needed = models_needed(of(value, low, high), limit, 64)
        assert needed is not None
        assert needed % 2 == 0
        for models, settled in ((needed, True), (needed - 4, False)):
            shrink = (64 / models) ** 0.5
            narrowed = of(value, value - shrink * (value - low), value + shrink * (high - value))
            assert (limit.verdict(narrowed) != "inconclusive") is settled


@pytest.mark.parametrize(
    ("estimate", "number"),
    [
        (of(0.9, 0.86, 0.94), 234),  # 64 * (0.040 / 0.021)^2 = 232.2, and they come in pairs
        (of(0.9, 0.86, 0.94, n=32), 234),  # n counts pairs
        (of(0.9, 0.86, 0.94, n=700, method="Clopper-Pearson; ranges over models"), 234),
        (of(0.9, 0.86, 0.94, n=1437, method="Wilson over records"), None),
        (of(0.879, 0.86, 0.94), None),  # at the limit: no number of models is enough
        (of(0.8791, 0.86, 0.94), None),  # and here more than anyone trains
    ],
)
def test_a_number_of_models_is_given_only_where_the_interval_ranges_over_models(
    estimate: Estimate, number: int | None
) -> None:
    outcome = only(with_accuracy(estimate), at_least=0.879)
    assert (outcome.verdict, outcome.models_needed) == ("inconclusive", number)
    assert ("about 234 models an arm, in place of 64, would settle it" in outcome.explanation) == (number is not None)


def test_what_is_decided_needs_no_models() -> None:
    assert only(with_accuracy(of(0.9, 0.86, 0.94)), at_least=0.5).models_needed is None
    assert only(with_accuracy(None), at_least=0.5).models_needed is None


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "test_acuracy_at_least: 0.9\n"
        "limits:\n"
        "  - {path: arms.*.utilty.test_accuracy, at_least: 0.9}\n"
        "  - {path: data.records, at_lest: 5}\n"
        "  - {path: data.records, at_least: 5, at_most: 6}\n"
        "  - {path: data.records}\n"
        "  - {path: data.record, at_least: .inf}\n"
        "  - {path: data.records, at_least: 5, by: point}\n"
    )
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    message = caught.value.message
    for said in (
        "did you mean 'test_accuracy_at_least'",
        "did you mean 'utility'",
        "did you mean 'at_least'",
        "limits.2: give either at_most or at_least",
        "limits.3: give either at_most or at_least",
        "limits.4.at_least",
        "did you mean 'records'",
        "limits.5.by",
    ):
        assert said in message
    assert all(line.startswith("- ") for line in message.splitlines())


def test_everything_that_a_result_lacks_is_named_at_once() -> None:
    policy = Policy.model_validate(
        {
            "arms": ["standrad"],
            "tpr_at_fpr": [{"fpr": 0.01, "at_most": 0.5, "attack": "lyra"}],
            "limits": [
                {"path": "arms.dp.utility.test_accuracy", "at_least": 0.5},
                {"path": "arms.standard.attacks.bse.auc", "at_most": 1},
            ],
        }
    )
    with pytest.raises(PolicyError) as caught:
        check(sample(), policy)
    for said in ("'standard'", "'lyra'", "no 'dp' in arms", "'base'"):
        assert said in caught.value.message


@pytest.mark.parametrize(
    "content", ["limits: 3\n", "limits: [3]\n", "limits: [{path: 3, at_most: 1}]\n", "- 1\n", "a: [\n"]
)
def test_what_is_no_policy_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(content)
    with pytest.raises(PolicyError, match=r"policy\.yaml"):
        read_policy(path)


def test_an_outcome_names_its_file_and_its_digest_and_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("test_accuracy_at_least: 0.5\n")
    result = judged(sample(), path)
    assert result.policy is not None
    assert (result.policy.name, result.policy.verdict) == ("mine.yaml", "pass")
    assert result.policy.digest == hashlib.sha256(b"test_accuracy_at_least: 0.5\n").hexdigest()
    assert str(tmp_path) not in result.policy.model_dump_json()
    assert result.model_copy(update={"policy": None}) == sample()


def test_shipped_policies_judge_the_sample_as_their_kind_should() -> None:
    assert set(POLICIES) == {"research", "production"}
    assert outcome_of(sample(), POLICIES["research"]).verdict == "pass"
    production = outcome_of(sample(), POLICIES["production"])
    verdicts = {arm: {limit.verdict for limit in production.limits if limit.arm == arm} for arm in RELEASED}
    assert verdicts == {"standard": {"pass", "fail"}, "dp-eps-8": {"pass"}}
    assert outcome_of(sample(), POLICIES["production"], ("dp-eps-8",)).verdict == "pass"
    assert outcome_of(violated(), POLICIES["production"], ("dp-eps-8",)).verdict == "fail"


RELEASED = ("standard", "dp-eps-8")


def test_the_strict_policy_is_nowhere_more_lenient_than_the_lenient_one() -> None:
    lenient, strict = (read_policy(POLICIES[name]) for name in ("research", "production"))
    named = {(limit.path, limit.side): limit.bound for limit in strict.limits}
    assert all(named[limit.path, limit.side] <= limit.bound for limit in lenient.limits)
    rates = {limit.fpr: limit.at_most for limit in strict.tpr_at_fpr}
    assert all(rates[limit.fpr] <= limit.at_most for limit in lenient.tpr_at_fpr)
    assert (strict.share_memorized_at_most or 1) <= (lenient.share_memorized_at_most or 0)
    assert (strict.test_accuracy_at_least or 0) >= (lenient.test_accuracy_at_least or 1)


def test_every_limit_of_a_shipped_policy_is_explained() -> None:
    for path in POLICIES.values():
        lines = path.read_text().splitlines()
        keys = [number for number, line in enumerate(lines) if line[:1].isalpha() or line.startswith("  - name:")]
        assert len(keys) >= 6
        assert all(lines[number - 1].strip().startswith("#") for number in keys)


def test_a_policy_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert located("production") == POLICIES["production"]
    assert located(str(tmp_path / "x.yaml")) == tmp_path / "x.yaml"
    with pytest.raises(PolicyError, match="did you mean 'production'"):
        located("prodction")
