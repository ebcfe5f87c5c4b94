"""Profiles against results: every figure is the result's, and what it does not have is not covered, never made up."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sample_result import minimal, sample, unmeasured

from audit.profiles import profiles, read_profile
from reports.html import render as html
from reports.mapping import DISCLAIMER, Evidence, Mapping, Profile, mapping_of
from reports.markdown import escape
from reports.markdown import render as markdown
from reports.result import AuditResult
from reports.result_paths import FORMATS, filled, found_at, problem_of
from reports.terminal import as_text, render
from reports.text import plain

RESULT = sample()
SHIPPED = {name: read_profile(name) for name in profiles()}


def said(pattern: str, result: AuditResult = RESULT) -> str | None:
    return filled(pattern, result, result)


def one_point(result: AuditResult = RESULT, **point: object) -> Mapping:
    given = {"asks": "Is it?", "where": "1", **point}
    return mapping_of(result, Profile.model_validate({"name": "x", "title": "X", "points": [given]}))


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("{data.records} records", "1,437 records"),
        ("{model.name} and {provenance.seed}", "resnet and 0"),
        ("{arms.*.name}", "standard, dp-eps-8"),
        ("{arms.dp-eps-8.guarantee.epsilon:up}", "8.00"),
        ("{arms.kind=dp.guarantee.delta:small}", "1e-4"),
        ("{arms.standard.attacks.@headline.title}", "BASE"),
        ("{arms.standard.attacks.name=@headline.title}", "BASE"),
        ("{arms.standard.utility.test_accuracy:percent}", "97.4 % (97.0 to 97.8)"),
        ("{confidence:percent}", "95.0 %"),
        ("{confidence:confidence}", "95 %"),
        ("{provenance.seconds:duration}", "5 min 12 s"),
        ("{provenance.digests.data}", "5f1c" * 16),
        ("{arms.standard.memorization.mean}", "0.034 (0.030 to 0.038)"),
        ("{differences.quantity=test accuracy.estimate:points}", "-7.1 points (-7.6 to -6.6)"),
        ("{not_tested.*}", " ".join(RESULT.not_tested)),
        ("{arms.standard.epsilon.proved.epsilon:proved}", "2.28"),
        ("{arms.dp-eps-8.epsilon.proved.epsilon:proved}", "nothing"),
    ],
)
def test_a_path_leads_to_the_figure_of_the_result(pattern: str, wanted: str) -> None:
    assert problem_of(pattern) == ""
    assert said(pattern) == wanted


def test_a_rate_that_was_never_seen_is_no_zero() -> None:
    shown = said("{arms.*.attacks.base.tpr_at.0.01.tpr:proportion}", minimal())
    assert shown is not None
    assert shown.startswith("< 1/40")


@pytest.mark.parametrize(
    "pattern",
    ["{release.who}", "{policy.verdict}", "{arms.nobody.name}", "{arms.standard.guarantee.epsilon:up}", "{summary.*}"],
)
def test_what_the_result_does_not_have_leaves_the_sentence_out(pattern: str) -> None:
    assert problem_of(pattern) == ""
    assert said(f"It is {pattern}.", RESULT.model_copy(update={"summary": ()})) is None


def test_paths_of_items_begin_at_the_item_and_may_go_back_to_the_result() -> None:
    evidence = Evidence(each="arms.kind=dp", say="{name} of {result.data.name}: {guarantee.relation}")
    (item,) = found_at(evidence.each, RESULT, RESULT)
    assert filled(evidence.say, item, RESULT) == "dp-eps-8 of digits: add/remove one record"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{data.recrods}", "did you mean 'records'"),
        ("{arms.standard.guarantee}", "go on to one of: epsilon"),
        ("{arms}", "leads to nothing that a sentence can show"),
        ("{arms.kin=dp.name}", "did you mean 'kind'"),
        ("{data.records:percnt}", "did you mean 'percent'"),
        ("{data.name:up}", "format 'up'"),
        ("{data.records", "brace"),
        ("data.records}", "brace"),
        ("{data..records}", "single dots"),
        ("{}", "no"),
    ],
)
def test_a_path_that_no_result_has_is_a_problem_with_the_nearest_name(pattern: str, problem: str) -> None:
    assert problem in problem_of(pattern)


@pytest.mark.parametrize("each", ["arms", "data.name", "arms.*.nme"])
def test_items_are_those_of_a_list(each: str) -> None:
    with pytest.raises(ValidationError):
        Evidence(each=each, say="x")


def test_the_three_states_of_a_point() -> None:
    evidence = [{"say": "{data.records} records"}]
    absent = [{"say": "{policy.verdict}"}]
    (point,) = one_point(evidence=evidence).points
    assert (point.status, point.evidence, point.missing) == ("evidence here", ("1,437 records",), "")
    (point,) = one_point(evidence=evidence, missing="The rest.").points
    assert (point.status, point.missing) == ("evidence in part", "The rest.")
    (point,) = one_point(evidence=absent, otherwise="No policy.", missing="The rest.").points
    assert (point.status, point.evidence) == ("not covered by this audit", ())
    assert point.missing == "No policy. The rest."
    (point,) = one_point(missing="All of it.").points
    assert (point.status, point.missing) == ("not covered by this audit", "All of it.")


def test_a_point_with_nothing_to_say_is_refused() -> None:
    with pytest.raises(ValidationError, match="neither evidence nor"):
        one_point()


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize(
    "result", [sample(controls=True), minimal(), unmeasured()], ids=["full", "least", "unmeasured"]
)
def test_shipped_profiles_fill_and_every_point_without_evidence_says_what_is_missing(
    name: str, result: AuditResult
) -> None:
    for point in mapping_of(result, SHIPPED[name]).points:
        assert point.evidence or point.missing
        assert (point.status == "not covered by this audit") == (not point.evidence)
        assert not any("{" in sentence or "None" in sentence for sentence in point.evidence)


def test_without_dp_the_guarantee_s_points_are_not_covered() -> None:
    points = {point.where: point for point in mapping_of(minimal(), SHIPPED["nist-800-226"]).points}
    assert points["unit of privacy"].status == "not covered by this audit"
    assert points["unit of privacy"].missing.startswith("No arm was trained with differential privacy.")
    full = {point.where: point for point in mapping_of(RESULT, SHIPPED["nist-800-226"]).points}
    assert full["unit of privacy"].evidence == ("dp-eps-8: one record (add/remove one record).",)


def test_what_was_not_tested_is_not_covered() -> None:
    untested = {p.asks for p in mapping_of(RESULT, SHIPPED["edpb-28-2024"]).points if not p.evidence}
    for word in ("attribute inference", "model inversion", "reconstruction", "exfiltration"):
        assert any(word in asks for asks in untested), word
    text = (mapping_of(RESULT, SHIPPED["edpb-28-2024"])).points[0]
    assert text.status == "evidence in part"


VERDICTS = ("compliant", "complies", "lawful", "anonymous", "conform", "satisfies", "fulfil", "passes")


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_draws_a_legal_conclusion_and_every_output_says_so_first(name: str) -> None:
    mapping = mapping_of(RESULT.model_copy(update={"verdict": ("It leaks.",)}), SHIPPED[name])
    text = " ".join(word for p in mapping.points for word in (p.asks, p.status, *p.evidence, p.missing)).lower()
    assert not [word for word in VERDICTS if word in text]
    shown = plain(lambda console: render(RESULT, console, None, [mapping]), 1000)
    shown = " ".join(shown[shown.index(f"Evidence for {mapping.title}") :].split())
    assert shown.startswith(f"Evidence for {mapping.title} {DISCLAIMER}")
    section = markdown(RESULT, [mapping]).split(f"## Evidence for {escape(mapping.title)}\n\n")[1]
    assert section.startswith(f"**{escape(DISCLAIMER)}**")
    page = html(RESULT, mappings=[mapping])
    section = page[page.index(f'id="mapping-{name}"') :].split("</h2>")[1].strip()
    assert section.startswith(f"<p><strong>{DISCLAIMER}</strong></p>")


def test_the_terminal_counts_and_names_what_is_not_covered() -> None:
    mapping = mapping_of(RESULT, SHIPPED["edpb-28-2024"])
    text = plain(lambda console: render(RESULT, console, None, [mapping]), 100)
    none = [point for point in mapping.points if not point.evidence]
    assert text.count("Not covered: paragraph") == len(none)
    assert f"not covered by this audit: {len(none)}" in " ".join(text.split())


def test_reports_without_a_profile_have_no_such_section() -> None:
    assert "Evidence for" not in as_text(RESULT) + markdown(RESULT)


def test_every_format_of_a_figure_is_used_or_documented() -> None:
    from pathlib import Path

    doc = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in doc for name in FORMATS if name)
