"""`--no-records`: no id of any record is left, in no format, and every figure of the whole is."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Cli
from sample_experiments import with_experiments
from sample_result import sample, violated

from reports.findings import Part
from reports.overview import columns_of, overview
from reports.serialization import from_json, to_json
from reports.suppression import IDS, WITHHELD, without_records


def ids_in(value: object) -> set[str]:
    if isinstance(value, tuple):
        return {found for one in value for found in ids_in(one)}
    if not isinstance(value, Part):
        return set()
    found: set[str] = set()
    for name in type(value).model_fields:
        inner = getattr(value, name)
        if name in IDS and inner:
            found |= {inner} if isinstance(inner, str) else set(inner)
        found |= ids_in(inner)
    return found


@pytest.mark.parametrize("make", [sample, violated, with_experiments])
def test_nothing_names_a_record_and_the_table_of_arms_is_the_same(make) -> None:  # type: ignore[no-untyped-def]
    whole = make()
    bare = without_records(whole)
    assert len(ids_in(whole)) > 10
    assert ids_in(bare) <= {WITHHELD}
    assert overview(columns_of(bare), bare.confidence) == overview(columns_of(whole), whole.confidence)
    assert from_json(to_json(bare)) == bare


def test_the_markdown_report_has_no_list_of_records(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_text(to_json(sample()))
    code, whole, _ = cli("report", tmp_path / "run", "--format", "markdown")
    assert code == 0
    assert "## Most exposed records" in whole
    for form in ("markdown", "terminal", "html", "json"):
        code, bare, err = cli("report", tmp_path / "run", "--format", form, "--no-records")
        assert code == 0, err
        shown = [row.id for row in sample().arms[0].most_exposed]
        assert all(f"| {name} |" not in bare and f">{name}<" not in bare for name in shown)
    code, bare, _ = cli("report", tmp_path / "run", "--format", "markdown", "--no-records")
    assert "Most exposed records" not in bare
    assert "## Arms side by side" in bare
    code, _, err = cli("report", tmp_path / "run", "--format", "html", "--no-records", "--show-records")
    assert code == 2
    assert "leave one out" in err
