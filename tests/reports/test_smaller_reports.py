"""Comparison, record list, policy outcome, formats."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from sample_parts import estimate
from sample_result import minimal, sample

from reports.check import render_check
from reports.compare import render_comparison
from reports.comparison import ComparedArm, Comparison
from reports.formats import FORMATS, Extras
from reports.records_table import render_records
from reports.result import Difference, LimitOutcome, PolicyOutcome, Verdict
from reports.serialization import from_json


def drawn(draw: object, *content: object, width: int = 80) -> str:
    stream = io.StringIO()
    draw(*content[:1], Console(file=stream, width=width, no_color=True), *content[1:])  # type: ignore[operator]
    return stream.getvalue()


def comparison(*runs: str) -> Comparison:
    arms = tuple(ComparedArm(run=run, headline="base", arm=arm) for run in runs for arm in sample().arms)
    changes = (
        Difference(quantity="test accuracy", first="a", second="b", estimate=estimate(-0.071, 0.005), unit="rate"),
        Difference(quantity="mean memorization", first="a", second="b", estimate=estimate(0.034, 0.004)),
        Difference(quantity="AUC", first="a", second="b", estimate=None, reason="the pools differ"),
    )
    return Comparison(confidence=0.95, arms=arms, differences=changes, warnings=("Other data.",))


def test_a_comparison_of_runs_heads_each_arm_by_its_run() -> None:
    text = drawn(render_comparison, comparison("first", "second"))
    assert "first" in text
    assert "second" in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_a_comparison_within_a_run_does_not() -> None:
    assert "first" not in drawn(render_comparison, comparison("first"))


def test_differences_of_rates_are_points_and_others_are_not() -> None:
    text = drawn(render_comparison, comparison("first"))
    assert "-7.1 points (-7.6 to -6.6)" in text
    assert "+0.034" in text
    assert "(+0.030 to +0.038)" in text
    assert "AUC, b: the pools differ." in text


def private(epsilon: float, accuracy: float, auc: float) -> ComparedArm:
    arm = next(arm for arm in sample().arms if arm.guarantee)
    guarantee = arm.guarantee.model_copy(update={"epsilon": epsilon, "target_epsilon": epsilon})
    utility = arm.utility.model_copy(update={"test_accuracy": estimate(accuracy, 0.004)})
    attacks = tuple(
        a.model_copy(update={"auc": estimate(auc, 0.004)}) if a.name == sample().headline else a for a in arm.attacks
    )
    changed = {"name": f"dp-eps-{epsilon:g}", "guarantee": guarantee, "utility": utility, "attacks": attacks}
    return ComparedArm(run="one", headline=sample().headline, arm=arm.model_copy(update=changed))


def test_three_epsilons_give_the_frontier_the_most_private_first_and_name_who_is_beaten() -> None:
    arms = (private(8.0, 0.90, 0.58), private(1.0, 0.60, 0.52), private(3.0, 0.55, 0.55))
    text = drawn(render_comparison, Comparison(confidence=0.95, arms=arms))
    table = text[text.index("What DP buys and costs") :]
    assert table.index("dp-eps-1 ") < table.index("dp-eps-3 ") < table.index("dp-eps-8 ")
    assert "dp-eps-3: dp-eps-1 is more accurate and leaks less" in " ".join(table.split())
    assert "dp-eps-8: " not in table
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80


def test_one_epsilon_gives_no_frontier() -> None:
    one = Comparison(confidence=0.95, arms=(private(8.0, 0.90, 0.58),))
    assert "What DP buys and costs" not in drawn(render_comparison, one)


def test_a_record_list_shows_ids_scores_and_hits() -> None:
    text = drawn(render_records, sample().arms[0].most_memorized[:3], "Most memorized records", width=100)
    assert "digits-0061" in text
    assert "0.97" in text
    assert "31 of 32" in text
    assert len(text.strip().splitlines()) == 6


def test_a_record_without_a_score_says_so() -> None:
    row = sample().arms[0].most_memorized[0].model_copy(update={"memorization": None, "exposure": None, "in_models": 0})
    text = drawn(render_records, [row], "Records")
    assert text.count("no score") == 2


def test_no_records_say_so() -> None:
    assert "No record has a score." in drawn(render_records, [], "Records")


@pytest.mark.parametrize("verdict", ["pass", "fail", "inconclusive"])
def test_a_policy_names_its_verdict_and_each_limit_with_its_figure(verdict: Verdict) -> None:
    limit = LimitOutcome(
        limit="tpr_at_fpr",
        arm="standard",
        quantity="TPR at 0.1 % FPR",
        bound=0.01,
        estimate=estimate(0.047, 0.002),
        verdict=verdict,
        explanation="Because.",
    )
    text = drawn(render_check, PolicyOutcome(verdict=verdict, limits=(limit,)))
    assert text.strip().splitlines()[1].startswith(verdict.capitalize())
    assert f"{verdict}: tpr_at_fpr, standard" in text
    assert "TPR at 0.1 % FPR: 0.0470 (0.0450 to 0.0490); limit 0.01" in text


def test_a_limit_without_a_figure_says_so() -> None:
    limit = LimitOutcome(
        limit="x", arm="a", quantity="q", bound=1, estimate=None, verdict="inconclusive", explanation="No DP."
    )
    text = drawn(render_check, PolicyOutcome(verdict="inconclusive", limits=(limit,)))
    assert "No DP." in text
    assert "q:" not in text


@pytest.mark.parametrize("name", ["terminal", "html", "json", "markdown"])
@pytest.mark.parametrize("result", [sample(), minimal()], ids=["two arms", "least"])
def test_every_format_renders_every_result(name: str, result: object) -> None:
    text = FORMATS[name].render(result, Extras())  # type: ignore[arg-type]
    assert text.endswith("\n")
    assert "nan" not in text.lower().split()
    if name == "json":
        assert from_json(text) == result


def test_formats_are_listed_under_their_own_names() -> None:
    assert list(FORMATS) == ["terminal", "html", "json", "markdown"]
    assert all(name == form.name for name, form in FORMATS.items())
