"""What Python and a notebook show of a result: short, whole in its figures, escaped."""

from __future__ import annotations

import json
from pathlib import Path

from sample_result import minimal, sample

from reports.overview import columns_of, overview
from reports.result import AuditResult
from reports.schema import as_text, result_schema

ROOT = Path(__file__).parents[2]
SCRIPT = "<script>alert(1)</script>"


def test_a_result_prints_the_answer_and_the_table_of_arms_and_nothing_long() -> None:
    for result in (sample(), minimal()):
        shown = repr(result)
        assert shown == str(result)
        assert len(shown) < 4_000
        assert len(shown.splitlines()) < 30
        table = overview(columns_of(result), result.confidence)
        assert all(row.label in shown and all(str(cell) in shown for cell in row.cells) for row in table.rows)
        assert all(sentence in shown for sentence in result.summary)
        assert all(arm.name in shown for arm in result.arms)


def test_no_part_of_a_result_prints_a_page() -> None:
    def parts(value: object) -> list[object]:
        if isinstance(value, tuple):
            return [found for one in value for found in parts(one)]
        if not hasattr(type(value), "model_fields"):
            return []
        return [value, *(found for name in type(value).model_fields for found in parts(getattr(value, name)))]

    found = parts(sample())
    assert len(found) > 300
    assert max(len(repr(part)) for part in found) < 4_000
    assert max(len(str(part)) for part in found) < 4_000
    estimate = sample().arms[0].attacks[0].auc
    assert f"value={estimate.value}" in repr(estimate)


def test_a_notebook_shows_a_small_table_in_which_nothing_runs() -> None:
    result = minimal()
    data, arm = (part.model_copy(update={"name": SCRIPT}) for part in (result.data, result.arms[0]))
    page = result.model_copy(update={"data": data, "arms": (arm,), "summary": (SCRIPT,)})._repr_html_()
    assert len(page) < 12_000
    assert "<script" not in page
    assert "&lt;script" in page
    assert "http" not in page
    assert page.count("<table>") == page.count("</table>") == 1
    assert minimal().to_html().startswith("<!DOCTYPE html>")


def test_the_schema_of_the_class_is_the_one_that_is_published() -> None:
    published = json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))
    assert AuditResult.model_json_schema() == published == result_schema() == json.loads(as_text())
    assert published["$defs"]["Estimate"]["properties"]["low"]["description"] == "lower confidence limit."
    assert "$id" not in AuditResult.model_json_schema(mode="validation")
