"""How it was tested: attacker and release are the result's own, and no difference between them is passed over."""

from __future__ import annotations

import dataclasses

import pytest
from sample_result import minimal, sample

from attacks.base import ATTACKS
from reports.html import render as html
from reports.markdown import render as markdown
from reports.result import AuditResult, Release
from reports.terminal import as_text
from reports.threat import Sight, sight_of, threat_of


def with_knowledge(knowledge: dict[str, str], sees: str | None) -> AuditResult:
    """The sample, its attacks knowing what is told and the release showing what is told."""
    result = sample()

    def of(arm):  # type: ignore[no-untyped-def]
        attacks = (a.model_copy(update={"knowledge": knowledge.get(a.name, "something")}) for a in arm.attacks)
        return arm.model_copy(update={"attacks": tuple(attacks)})

    release = None if sees is None else Release(who="customers", sees=sees, purpose="triage")
    return result.model_copy(update={"arms": tuple(map(of, result.arms)), "release": release})


KNOWN = {
    "base": "the target's log-odds of the label; reference models",
    "gap": "the target's predicted class; no reference models",
}


def release_of(sees: str | None) -> str:
    return " ".join(threat_of(with_knowledge(KNOWN, sees)).release)


@pytest.mark.parametrize(
    ("words", "sight"),
    [
        ("the label alone", Sight.LABEL),
        ("labels only, no probabilities", Sight.LABEL),
        ("a decision, without scores", Sight.LABEL),
        ("the label and its confidence", Sight.CONFIDENCE),
        ("the probability of the predicted class", Sight.CONFIDENCE),
        ("all probabilities", Sight.PROBABILITIES),
        ("softmax outputs of all classes", Sight.PROBABILITIES),
        ("everything: they get the weights", Sight.WEIGHTS),
        ("what we show on the web page", None),
        ("", None),
    ],
)
def test_plain_words_are_read_by_the_most_that_they_show(words: str, sight: Sight | None) -> None:
    assert sight_of(words) is sight


@pytest.mark.parametrize("name", list(ATTACKS))
def test_what_every_attack_sees_is_known(name: str) -> None:
    assert sight_of(ATTACKS[name].knowledge.split(";")[0]) is not None


@pytest.mark.parametrize(
    ("name", "sight"),
    [
        ("gap", Sight.LABEL),
        ("label-only", Sight.LABEL),
        ("lira-online", Sight.CONFIDENCE),
        ("entropy", Sight.PROBABILITIES),
        ("ensemble", Sight.CONFIDENCE),
    ],
)
def test_what_an_attack_sees(name: str, sight: Sight) -> None:
    assert sight_of(ATTACKS[name].knowledge.split(";")[0]) is sight


def test_a_release_that_shows_less_names_the_attacks_that_make_do_with_it() -> None:
    said = release_of("the label alone")
    gap = next(a for a in sample().arms[0].attacks if a.name == "gap")
    assert "customers" in said
    assert "triage" in said
    assert "That is less than BASE uses" in said
    assert f"Gap (AUC {gap.auc.value:.3f}" in said  # type: ignore[union-attr]
    assert "LiRA" not in said


def test_a_label_only_attack_that_did_not_run_is_named_with_its_reason() -> None:
    result = with_knowledge(KNOWN, "the label alone")
    first = result.arms[0]
    failed = [a.model_copy(update={"auc": None, "failed": "one view"}) if a.name == "gap" else a for a in first.attacks]
    arms = (first.model_copy(update={"attacks": tuple(failed)}), *result.arms[1:])
    said = " ".join(threat_of(result.model_copy(update={"arms": arms})).release)
    assert "none that ran" in said
    assert "Gap did not run: one view." in said


@pytest.mark.parametrize(
    ("sees", "said"),
    [
        ("all probabilities", "That is more than BASE uses"),
        ("the confidence", "That is as much as BASE uses"),
        ("the weights", "That is more than any attack of this audit sees"),
        ("a web page", "these words do not tell which is more"),
        (None, "was not said"),
    ],
)
def test_every_other_difference_is_said(sees: str | None, said: str) -> None:
    assert said in release_of(sees)
    assert "make do with" not in release_of(sees)


def test_the_attacker_is_that_of_the_headline_attack() -> None:
    said = " ".join(threat_of(with_knowledge(KNOWN, None)).attacker)
    assert "BASE, uses the target's log-odds of the label; and besides: reference models." in said
    assert "knows the right label" in said
    blind = {"base": "the target's probabilities of all classes; no label, no reference models"}
    assert "knows the right label" not in " ".join(threat_of(with_knowledge(blind, None)).attacker)


def test_every_attack_is_listed_once_and_a_failed_one_says_why() -> None:
    rows = {row.label: row.cells for row in threat_of(minimal()).attacks.rows}
    assert list(rows) == ["Gap", "BASE"]
    assert rows["Gap"][-1].text == "no: every model is always right"
    assert rows["BASE"][-1].text == "yes"
    assert [row.label for row in threat_of(sample()).attacks.rows] == [a.title for a in sample().arms[0].attacks]


def test_an_attack_that_failed_in_one_arm_names_the_arm() -> None:
    result = sample()
    second = result.arms[1]
    failed = tuple(a.model_copy(update={"failed": "too few"} if a.name == "gap" else {}) for a in second.attacks)
    arms = (result.arms[0], second.model_copy(update={"attacks": failed}))
    rows = {row.label: row.cells[-1].text for row in threat_of(result.model_copy(update={"arms": arms})).attacks.rows}
    assert rows["Gap"] == "no: too few (dp-eps-8)"


def test_what_repeats_the_audit_is_there() -> None:
    facts, source = dict(threat_of(sample()).facts), sample().provenance
    assert facts["Command"] == source.command
    assert facts["Seed"] == "0"
    assert facts["Models attacked"] == "standard 64, dp-eps-8 64"
    assert facts["Wall time"] == "5 min 12 s"
    assert set(source.digests.values()) <= set(facts.values())
    assert all(version in facts["Versions"] for version in source.versions.values())
    assert facts["Confidence"].startswith("95 %")


def test_settings_of_the_pool_are_told_where_the_result_has_them() -> None:
    config = {"pool": {"inclusion": 0.7, "views": ["plain", "mirror"]}, "data": {"seed": 3}, "canaries": {"seed": 4}}
    source = sample().provenance.model_copy(update={"config": config})
    threat = threat_of(sample().model_copy(update={"provenance": source}))
    facts = dict(threat.facts)
    assert facts["A record is trained on with probability"] == "0.7"
    assert (facts["Seed of the held-out part"], facts["Seed of canaries"]) == ("3", "4")
    assert "plain, mirror" in " ".join(threat.attacker)


def test_thresholds_are_those_of_the_result() -> None:
    said = " ".join(threat_of(sample()).thresholds)
    proved = [bound for bound in sample().arms[0].epsilon.bounds if bound.kind == "proved"]  # type: ignore[union-attr]
    assert proved
    assert all(bound.selection.rstrip(".") in said for bound in proved)
    assert "1 % FPR" in said
    assert "0.25" in said


def test_every_format_says_how_it_was_tested() -> None:
    result = with_knowledge(KNOWN, "the label alone")
    for text in (as_text(result, 200), markdown(result), html(result)):
        flat = " ".join(text.split())
        assert "How this was tested" in flat
        assert "That is less than BASE uses" in flat
    assert sample().provenance.command in html(result)


def test_a_threat_model_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        threat_of(sample()).release = ()  # type: ignore[misc]
