"""The JSON Schema of a result: its published copy is current, every result keeps it, what is wrong breaks it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden_files import assert_golden
from policy_outcomes import outcome
from sample_result import minimal, sample, unmeasured, untested, violated

from reports.result import SCHEMA_VERSION, AuditResult, Release
from reports.schema import as_text, described, result_schema
from reports.serialization import to_json

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(result_schema())
RESULTS = {
    "two arms": sample(),
    "four arms": sample(controls=True),
    "least": minimal(),
    "violated": violated(),
    "untested": untested(),
    "unmeasured": unmeasured(),
    "judged": sample().model_copy(update={"policy": outcome(), "release": Release(who="anyone", sees="labels")}),
}


def test_the_published_copy_is_the_current_schema() -> None:
    assert_golden(str(ROOT / "docs" / "result.schema.json"), as_text())


def test_it_is_a_schema_with_a_version_and_without_a_host() -> None:
    jsonschema.Draft202012Validator.check_schema(result_schema())
    assert result_schema()["$id"] == f"urn:memorization-audit:result:{SCHEMA_VERSION}"
    assert result_schema()["title"]


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_keeps_it(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(to_json(RESULTS[name])))] == []


def broken(change: Callable[[Any], object]) -> Any:
    content = copy.deepcopy(json.loads(to_json(RESULTS["judged"])))
    change(content)
    return content


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result.pop("arms"),
        lambda result: result.pop("policy"),
        lambda result: result.update(schema_version="0.9"),
        lambda result: result.update(surprise=1),
        lambda result: result.update(confidence=1.5),
        lambda result: result["arms"][0].update(kind="other"),
        lambda result: result["arms"][0]["attacks"][0]["auc"].update(low=None),
        lambda result: result["arms"][0]["attacks"][0]["auc"].pop("n"),
        lambda result: result["arms"][1]["guarantee"].update(epsilon="8"),
        lambda result: result["arms"][1]["epsilon"]["self_check"].update(verdict="fine"),
        lambda result: result["policy"]["limits"][0].update(verdict="maybe"),
        lambda result: result["data"].update(records=1.5),
    ],
)
def test_what_is_wrong_breaks_it(change: Callable[[Any], object]) -> None:
    assert not VALIDATOR.is_valid(broken(change))


def test_nothing_that_it_refuses_is_read_and_nothing_that_is_written_is_refused() -> None:
    assert VALIDATOR.is_valid(broken(lambda result: None))
    AuditResult.model_validate_json(json.dumps(broken(lambda result: None)))


def test_every_class_is_described_and_estimates_key_by_key() -> None:
    parts = result_schema()["$defs"]
    assert all(part["description"] for part in parts.values())
    assert all("Attributes:" not in part["description"] for part in parts.values())
    assert parts["Estimate"]["properties"]["low"] == {"type": "number", "description": "lower confidence limit."}
    assert "null where the interval" not in parts["LimitOutcome"]["properties"]["verdict"]["description"]
    assert "null" in parts["LimitOutcome"]["properties"]["estimate"]["description"]


def test_every_key_is_required_for_a_result_is_written_whole() -> None:
    for part in (result_schema(), *result_schema()["$defs"].values()):
        assert part["required"] == list(part["properties"])
        assert part["additionalProperties"] is False


def test_a_docstring_is_taken_apart() -> None:
    said = "One thing.\n\nAttributes:\n    a: first,\n        with more.\n    b: None if absent.\n"
    assert described(said) == ("One thing.", {"a": "first, with more.", "b": "null if absent."})
    assert described("Only this.") == ("Only this.", {})
