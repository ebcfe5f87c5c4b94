"""SARIF 2.1.0: the structure that its schema and code scanning ask for. The schema itself is not shipped:

`AUDIT_SARIF_SCHEMA=FILE` validates against it (it travels with the npm package @microsoft/sarif-multitool).
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden_files import assert_golden
from policy_outcomes import HOSTILE, outcome

from reports.outcome import PolicyOutcome
from reports.sarif import sarif


def run_of(hostile: str = "x", judged: PolicyOutcome | None = None) -> dict[str, Any]:
    log = json.loads(sarif(judged or outcome(hostile), "1.2.3"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    assert len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_tool_is_named_with_its_version_and_a_rule_a_limit() -> None:
    driver = run_of()["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("memorization-audit", "1.2.3")
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == [
        "test-accuracy-at-least-0.902",
        "x-at-most-0.07",
        "the-guarantee-of-dp-holds",
        "differences.*.estimate-at-most-1",
        "data.records-at-least-1000",
    ]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])


def test_what_is_broken_is_an_error_and_what_is_undecided_a_warning() -> None:
    results = run_of()["results"]
    assert [(one["properties"]["arm"], one["level"]) for one in results] == [
        ("standard", "error"),
        ("dp-eps-8", "warning"),
        ("dp-eps-8", "error"),
        ("whole audit", "warning"),
    ]


@pytest.mark.parametrize("hostile", ["x", HOSTILE])
def test_results_point_at_their_rule_and_at_the_policy_alone(hostile: str) -> None:
    run = run_of(hostile)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]
        artifact = place["physicalLocation"]["artifactLocation"]
        assert artifact["uri"] == run["artifacts"][artifact["index"]]["location"]["uri"] == "my%20policy.yaml"
        assert place["logicalLocations"][0]["name"] == result["properties"]["arm"]
        assert len(result["message"]["text"]) > 10
    assert run["artifacts"][0]["hashes"] == {"sha-256": "ab" * 32}
    assert len({r["partialFingerprints"]["limitAndArm/v1"] for r in run["results"]}) == len(run["results"])


def test_control_characters_do_not_get_out() -> None:
    text = sarif(outcome(HOSTILE), "1")
    assert not re.search(r"\x1b|\\u001b|\\u0007|\ud800", text)
    assert text.encode()


def test_an_outcome_without_a_file_has_no_file_and_a_kept_policy_no_result() -> None:
    bare = outcome().model_copy(update={"name": "", "digest": ""})
    run = run_of(judged=bare)
    assert run["artifacts"] == []
    assert all("physicalLocation" not in result["locations"][0] for result in run["results"])
    kept = PolicyOutcome(verdict="pass", limits=tuple(x for x in bare.limits if x.verdict == "pass"))
    assert run_of(judged=kept)["results"] == []


@pytest.mark.skipif("AUDIT_SARIF_SCHEMA" not in os.environ, reason="the official schema is not shipped")
@pytest.mark.parametrize("hostile", ["x", HOSTILE])
def test_the_official_schema_holds(hostile: str) -> None:
    schema = json.loads(Path(os.environ["AUDIT_SARIF_SCHEMA"]).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(json.loads(sarif(outcome(hostile), "1.2.3")))] == []


def test_sarif_is_as_it_was() -> None:
    assert_golden("policy.sarif", sarif(outcome(), "1.2.3"))
