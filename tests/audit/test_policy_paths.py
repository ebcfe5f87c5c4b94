"""Paths: every figure that a result has can be named, and what leads nowhere is refused with the nearest name."""

from __future__ import annotations

import pytest
from sample_result import minimal, sample

from audit.errors import PolicyError
from audit.policy import PathLimit, Policy, check
from audit.policy.figures import figures
from audit.policy.follow import path_problem
from reports.result import AuditResult, Estimate

RESULT = sample(controls=True)
RELEASED = ("standard", "dp-eps-8")


def values(path: str, result: AuditResult = RESULT) -> list[object]:
    return [figure.value for figure in figures(result, path, RELEASED)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("arms.dp-eps-8.utility.test_accuracy", [RESULT.arms[1].utility.test_accuracy]),
        ("arms.dp-eps-8.utility.test_accuracy.low", [RESULT.arms[1].utility.test_accuracy.low]),
        ("arms.dp-eps-8.guarantee.epsilon", [7.9958]),
        ("data.records", [1437]),
        ("arms.*.models", [64, 64]),
        ("arms.clip-only.models", [64]),
        ("arms.kind=control.models", [64, 64]),
        ("arms.standard.attacks.base.tpr_at.0.001.tpr", [RESULT.arms[0].attacks[-1].tpr_at[2].tpr]),
        ("arms.standard.attacks.base.tpr_at.1e-3.tpr", [RESULT.arms[0].attacks[-1].tpr_at[2].tpr]),
        ("arms.standard.leakage.by_group.*.found", [g.found for g in RESULT.arms[0].leakage.by_group]),
        (
            "arms.standard.utility.by_group.column=writer,group=w03.estimate",
            [next(g.estimate for g in RESULT.arms[0].utility.by_group if g.group == "w03")],
        ),
        (
            "arms.standard.leakage.worth.prior=0.1,fpr=0.01.worth",
            [w.worth for w in RESULT.arms[0].leakage.worth if (w.prior, w.fpr) == (0.1, 0.01)],
        ),
        (
            'differences."test accuracy, class 3".estimate',
            [d.estimate for d in RESULT.differences if d.quantity == "test accuracy, class 3"],
        ),
        ("arms.standard.links.base.deciles.10.tpr", [RESULT.arms[0].links[1].deciles[9].tpr]),
        ("provenance.config.dp.epsilons.*", [8.0]),
        ("arms.standard.recipe.learning_rate", [0.1]),
        ("arms.standard.attacks.base.roc.fpr.*", list(RESULT.arms[0].attacks[-1].roc.fpr)),
    ],
)
def test_a_path_leads_to_its_figures(path: str, expected: list[object]) -> None:
    assert values(path) == expected
    assert path_problem(path) is None


def test_every_estimate_of_a_result_is_reached_by_the_path_that_an_outcome_shows() -> None:
    for path in ("arms.*.attacks.*.tpr_at.*.tpr", "arms.*.utility.by_group.*.estimate", "arms.*.leakage.worth.*.worth"):
        for figure in figures(RESULT, path, RELEASED):
            again = figures(RESULT, f"arms.{figure.arm}.{figure.where}", RELEASED)
            assert [one.value for one in again] == [figure.value]


def test_a_name_with_dots_is_shown_in_quotes_and_found_again() -> None:
    result = sample()
    arm = result.arms[0]
    groups = tuple(g.model_copy(update={"group": f"St. {g.group}"}) for g in arm.leakage.by_group)
    arm = arm.model_copy(update={"leakage": arm.leakage.model_copy(update={"by_group": groups})})
    result = result.model_copy(update={"arms": (arm,)})
    found = figures(result, 'arms.standard.leakage.by_group."St. 3".found', RELEASED)
    assert [figure.where for figure in found] == ['leakage.by_group."St. 3".found']
    assert found[0].value == next(g.found for g in groups if g.group == "St. 3")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("arms.dp-eps-9.utility.test_accuracy", "did you mean 'dp-eps-8'"),
        ("arms.*.utilty.test_accuracy", "did you mean 'utility'"),
        ("arms.*.attacks.bass.auc", "did you mean 'base'"),
        ("arms.*.attacks.base.tpr_at.0.002.tpr", "there are: 0.1, 0.01, 0.001, 0.0001"),
        ("arms.*.utility", "go on to one of: test_accuracy"),
        ("arms.*.attacks", "the name of an item, or *"),
        ("arms.*.name", "arms.*.name is not a number"),
        ("arms.*.epsilon.self_check.tests.record.refuted", "is not a number"),
        ("arms.*.utility.test_accuracy.value.x", "has no parts"),
        ("arms.*.attacks.base.roc.fpr.0.1", "have no names"),
        ("arms..models", "single dots"),
        ("epsilon", "there are: schema_version"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        check(sample(), Policy(limits=(PathLimit(path=path, at_most=1),)))
    assert said in caught.value.message
    assert path in caught.value.message


def test_what_an_audit_could_have_and_has_not_is_no_mistake() -> None:
    unmade = {
        "arms.*.epsilon.canaries.exposed.*.canaries": "the audit has no epsilon",
        "arms.*.leakage.by_group.*.found": "the audit has no leakage",
        "arms.*.attacks.gap.auc": "every model is always right",
        "arms.*.attacks.gap.tpr_at.0.01.tpr": "every model is always right",
        "arms.*.attacks.base.tpr_at.0.001.tpr": "not resolvable with 40 non-members",
        "arms.*.links.base.spearman": "4 models are too few for two halves",
    }
    outcome = check(minimal(), Policy(limits=tuple(PathLimit(path=path, at_most=1) for path in unmade)))
    assert {limit.verdict for limit in outcome.limits} == {"inconclusive"}
    assert [limit.explanation for limit in outcome.limits] == list(unmade.values())


def test_a_mistyped_key_behind_something_absent_is_a_mistake_all_the_same() -> None:
    with pytest.raises(PolicyError, match="did you mean 'exposed'"):
        check(minimal(), Policy(limits=(PathLimit(path="arms.*.epsilon.canaries.exposd.*.canaries", at_most=1),)))


def test_a_mistyped_key_is_found_without_a_result() -> None:
    assert path_problem("arms.*.leakage.by_grop.*.found") is not None
    assert path_problem("arms.anything.leakage.by_group.whoever.found") is None


def test_estimates_are_found_as_they_are() -> None:
    assert all(isinstance(value, Estimate) for value in values("arms.*.attacks.*.auc"))
