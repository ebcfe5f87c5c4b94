from __future__ import annotations

import json

import pytest
from sample_result import minimal, sample

from reports.result import SCHEMA_VERSION, AuditResult
from reports.serialization import from_json, to_json


@pytest.mark.parametrize("result", [sample(), sample(controls=True), minimal()], ids=["two arms", "four arms", "least"])
def test_the_round_trip_is_exact(result: AuditResult) -> None:
    text = to_json(result)
    assert from_json(text) == result
    assert to_json(from_json(text)) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_not_written(number: float) -> None:
    result = sample()
    broken = result.provenance.model_copy(update={"config": {"rate": number}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(result.model_copy(update={"provenance": broken}))


def test_nan_is_not_read() -> None:
    text = to_json(sample()).replace('"seconds": 312.4', '"seconds": NaN')
    with pytest.raises(ValueError, match="NaN is no number"):
        from_json(text)


@pytest.mark.parametrize("version", ["2.0", "0.9", None])
def test_another_schema_version_is_refused_by_name(version: str | None) -> None:
    content = json.loads(to_json(sample()))
    content["schema_version"] = version
    with pytest.raises(ValueError, match=f"schema version {version!r} cannot be read.*'{SCHEMA_VERSION}'"):
        from_json(json.dumps(content))


def test_a_list_is_no_result() -> None:
    with pytest.raises(ValueError, match="schema version None"):
        from_json("[]")


def test_a_missing_part_is_named() -> None:
    content = json.loads(to_json(sample()))
    del content["arms"][0]["utility"]["test_accuracy"]
    with pytest.raises(ValueError, match=r"arms\.0\.utility\.test_accuracy: Field required"):
        from_json(json.dumps(content))


def test_an_unknown_key_is_refused() -> None:
    content = json.loads(to_json(sample()))
    content["arms"][1]["surprise"] = 1
    with pytest.raises(ValueError, match=r"arms\.1\.surprise"):
        from_json(json.dumps(content))


def test_text_of_any_script_stays_as_it_is() -> None:
    result = sample()
    data = result.data.model_copy(update={"name": "手書き <数字> 🙂"})
    text = to_json(result.model_copy(update={"data": data}))
    assert "手書き <数字> 🙂" in text
    assert from_json(text).data.name == "手書き <数字> 🙂"
