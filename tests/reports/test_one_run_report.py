"""The report on a single run with canaries."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_result import one_run, sample

from reports.one_run_result import SCHEMA_VERSION, OneRunResult
from reports.one_run_terminal import arms, render_one_run
from reports.serialization import from_json, one_run_from_json, to_json


def printed(result: OneRunResult, width: int = 80, **console: object) -> str:
    stream = io.StringIO()
    render_one_run(result, Console(file=stream, width=width, **console))  # type: ignore[arg-type]
    return stream.getvalue()


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_verdict_comes_first_and_what_was_not_tested_last() -> None:
    found = lines(printed(one_run()))
    assert found[0] == "Verdict"
    assert found[found.index("Not tested") + 1 :] == [f"- {text}" for text in one_run().not_tested]
    assert "- One model an arm: nothing is known of other seeds." in found


def test_a_violation_comes_before_the_verdict() -> None:
    found = lines(printed(one_run(verdict="violated")))
    assert found[:2] == ["DP self-check VIOLATED: dp-eps-8", "Verdict"]
    assert any(line.startswith("dp-eps-8: VIOLATED. On record") for line in found)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("verdict", ["consistent", "violated", "not tested"])
def test_no_line_is_wider_than_the_console(width: int, verdict: str) -> None:
    text = printed(one_run(verdict=verdict), width)
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= min(width, 100)


def test_the_table_of_arms_holds_the_results_figures() -> None:
    rows = {row.label: [str(cell) for cell in row.cells] for row in arms(one_run()).rows}
    assert rows["Test accuracy"] == ["97.4 % (97.0 to 97.8)", "90.3 % (89.9 to 90.7)"]
    assert rows["AUC of the canaries"] == ["0.950 (0.930 to 0.970)", "0.635 (0.615 to 0.655)"]
    assert rows["Canaries trained on"] == ["507 (of 1,000)"] * 2
    assert rows["Epsilon claimed"] == ["none", "8.00 (delta 1e-4)"]
    assert rows["Epsilon proved, at least"] == ["2.28 (2.73 provable)", "nothing (2.73 provable)"]
    assert rows["DP self-check"] == ["no DP", "consistent"]


def test_proved_and_assumed_stand_apart_each_with_its_method_and_counts() -> None:
    text = re.sub(r"\s+", " ", printed(one_run()))
    proved, assumed = text.split("Proved: epsilon is at least")[1].split("Not proved: epsilon is at least")
    assert "at least 2.28" in proved
    assert "if it holds" not in proved
    assert "3.47 if it holds" in assumed
    assert "at least 3.47" not in assumed
    assert "that of a Gaussian mechanism" in assumed
    assert "binomial tail of the right guesses" in proved
    assert "618 of 640 right" in proved


def test_without_dp_nothing_is_claimed_or_checked() -> None:
    result = one_run().model_copy(update={"arms": one_run().arms[:1]})
    text = printed(result)
    assert "self-check" not in text
    assert "Is DP implemented right?" not in text
    assert re.search(r"Epsilon claimed +none", text)


def test_figures_that_cannot_be_had_are_named() -> None:
    bare = tuple(arm.model_copy(update={"test_accuracy": None, "auc": None, "bounds": ()}) for arm in one_run().arms)
    rows = {row.label: row.cells for row in arms(one_run().model_copy(update={"arms": bare})).rows}
    for label in ("Test accuracy", "AUC of the canaries", "Epsilon proved, at least"):
        assert [cell.text for cell in rows[label]] == ["not available"] * 2
    assert "Proved: " not in printed(one_run().model_copy(update={"arms": bare}))


def test_a_file_of_canaries_shows_its_name_alone_and_commands_nothing() -> None:
    text = printed(one_run(kind="/home/anna/secret/\x1b[3m[b]x.npz"))
    assert "secret" not in text
    assert "\x1b" not in text
    assert "1,000 canaries (?[3m[b]x.npz)" in re.sub(r"\s+", " ", text)


def test_colour_changes_no_text() -> None:
    result = one_run(verdict="violated")
    coloured = printed(result, force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == printed(result, no_color=True)


def test_json_is_exact_versioned_and_without_nan() -> None:
    text = to_json(one_run())
    assert one_run_from_json(text) == one_run()
    assert json.loads(text)["schema_version"] == SCHEMA_VERSION
    broken = one_run().provenance.model_copy(update={"config": {"rate": float("nan")}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(one_run().model_copy(update={"provenance": broken}))


def test_the_two_kinds_of_result_are_not_read_as_each_other() -> None:
    with pytest.raises(ValueError, match=f"schema version '{SCHEMA_VERSION}' cannot be read"):
        from_json(to_json(one_run()))
    with pytest.raises(ValueError, match="cannot be read"):
        one_run_from_json(to_json(sample()))
