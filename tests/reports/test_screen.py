"""The one screen: 40 lines of 80 columns, nothing cut off at any width, and paths and commands that can be copied."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_experiments import ALONE, alone, experiments
from sample_pages import judged, results
from sample_result import one_run, sample

from reports.ending import HEIGHT
from reports.experiments.result import Experiments
from reports.experiments.terminal import render_experiment, render_experiment_screen
from reports.one_run_terminal import render_one_run_screen
from reports.overview import columns_of, overview
from reports.result import AuditResult
from reports.screen import ROWS, render_screen
from reports.terminal import render
from reports.text import wrapped

SUMMARY = (
    "Trained without DP, this recipe memorizes 1,313 of 101,438 records, and an attacker who wrongly accuses one in "
    "1,000 finds 10.93 % of all training records, which is not shown to be more than guessing finds.",
    "With DP he finds 10.17 % at epsilon 8, its price in points of accuracy is -40.3, and whether the guarantee of "
    "epsilon 8 holds was not tested.",
)
LONG = "/home/somebody with a name/projects and audits/" + "a folder of many words/" * 5 + "digits-resnet"
WARNING = "16 models an arm are few: a record's memorization has a standard deviation of up to 0.25. Grow the pool."
RESULTS: dict[str, AuditResult] = {
    name: result.model_copy(update={"summary": SUMMARY}) for name, result in (results() | {"judged": judged()}).items()
}


def files(run: str) -> dict[str, str]:
    return {what: f"{run}/{name}" for what, name in (("HTML report", "report.html"), ("result", "result.json"))}


def printed(draw: Callable[[Console], None], width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    draw(Console(file=stream, width=width))
    stream.flush()
    return raw.getvalue().decode(encoding)


def screen(result: AuditResult, width: int = 80, run: str = "runs/digits-resnet", encoding: str = "utf-8") -> str:
    return printed(lambda console: render_screen(result, console, files(run), run), width, encoding)


def experiment(name: str, console: Console, run: str = "runs/x") -> None:
    made = Experiments.model_validate({name: getattr(experiments(), name)})
    render_experiment_screen(made, console, files(run), run, (WARNING,) * 3)


@pytest.mark.parametrize("name", RESULTS)
def test_an_audit_ends_with_one_screen(name: str) -> None:
    lines = screen(RESULTS[name]).splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(cell_len, lines)) <= 80


def test_many_long_warnings_leave_it_one_screen_and_are_counted() -> None:
    text = screen(sample().model_copy(update={"summary": SUMMARY, "warnings": (WARNING,) * 9}))
    assert len(text.splitlines()) <= HEIGHT
    shown = text.count("Warning: ")
    assert shown >= 1
    assert f"{9 - shown} more warnings: see --full." in text


def test_a_verdict_of_many_lines_leaves_it_one_screen_with_fewer_records() -> None:
    said = tuple(f"WARNING: {sentence} {sentence}" for sentence in SUMMARY)
    text = screen(sample().model_copy(update={"summary": said, "warnings": (WARNING,) * 3}))
    assert len(text.splitlines()) <= HEIGHT
    assert sample().arms[0].most_exposed[0].id in text


@pytest.mark.parametrize("name", [block.name for block in experiments().made])
def test_an_experiment_ends_with_one_screen(name: str) -> None:
    lines = printed(lambda console: experiment(name, console)).splitlines()
    assert len(lines) <= HEIGHT
    assert max(map(cell_len, lines)) <= 80
    assert getattr(experiments(), name).answer[0].split()[0] in " ".join(lines)


@pytest.mark.parametrize("verdict", ["consistent", "violated", "not tested"])
def test_a_one_run_audit_ends_with_one_screen(verdict: str) -> None:
    result = one_run(verdict=verdict)
    text = printed(lambda console: render_one_run_screen(result, console, "runs/one"))
    assert len(text.splitlines()) <= HEIGHT
    assert "audit report runs/one --full" in text


def test_every_row_that_an_arm_is_judged_by_is_one_of_the_overview() -> None:
    """A row that is renamed there would vanish here."""
    assert set(ROWS) <= {row.label for row in overview(columns_of(sample()), 0.95).rows}


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_no_figure_of_the_table_is_cut_off_at_any_width(name: str, width: int) -> None:
    text = screen(RESULTS[name], width)
    columns = columns_of(RESULTS[name])
    table = overview(columns, RESULTS[name].confidence)
    resolved = {"TPR at 1 % FPR"} if "TPR at 0.1 % FPR" in text else {"TPR at 0.1 % FPR"}
    for row in (row for row in table.rows if row.label in set(ROWS) - resolved):
        for cell in row.cells:
            assert cell.text in text
            assert " to " not in cell.detail or cell.detail in text
    for one in RESULTS[name].arms[0].most_exposed[:5]:
        assert one.id in text


@pytest.mark.parametrize("run", ["runs/x", LONG])
def test_paths_and_commands_are_never_broken(run: str) -> None:
    """Every width from 20 to 200 columns."""
    draws: list[Callable[[Console], None]] = [
        lambda console: render_screen(sample(), console, files(run), run),
        lambda console: render(sample(), console, files(run)),
        lambda console: render_one_run_screen(one_run(), console, run),
        lambda console: experiment("longtail", console, run),
        lambda console: render_experiment(alone(ALONE[0]), console, files(run)),
    ]
    whole = [
        (f"{run}/report.html", f"audit report {shlex.quote(run)} --full"),
        (f"{run}/report.html",),
        (f"audit report {shlex.quote(run)} --full",),
        (f"{run}/report.html", f"audit report {shlex.quote(run)} --full"),
        (f"{run}/report.html",),
    ]
    for width in range(20, 201, 12 if run == LONG else 45):
        for draw, parts in zip(draws, whole, strict=True):
            lines = printed(draw, width).splitlines()
            assert all(any(part in line for line in lines) for part in parts), width


@pytest.mark.parametrize("width", range(20, 201, 5))
def test_commands_paths_and_figures_in_a_sentence_stay_on_one_line(width: int) -> None:
    command, path = f"`audit extend {shlex.quote(LONG)} --models 128`", shlex.quote(LONG)
    text = f"The pool of {path} has 12.5 % of what it needs, it's said: run {command}, or look into {LONG} yourself."
    lines = wrapped(text, width, [LONG])
    assert " ".join(lines) == text
    assert all(any(part in line for line in lines) for part in (command, path, "12.5 %", f"{LONG} yourself"[:-9]))
    short = [line for line in lines if command not in line and LONG not in line]
    assert all(len(line) <= width for line in short)


def test_an_id_that_is_longer_than_its_column_has_a_line_of_its_own() -> None:
    first = sample().arms[0].most_exposed[0].model_copy(update={"id": "images/of/animals/" + "x" * 60 + ".png"})
    arm = sample().arms[0].model_copy(update={"most_exposed": (first,)})
    lines = screen(sample().model_copy(update={"arms": (arm,)})).splitlines()
    assert first.id in lines
    assert re.search(r"\d", lines[lines.index(first.id) + 1])


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("width", [40, 80])
def test_a_console_without_unicode_gets_a_whole_screen(encoding: str, width: int) -> None:
    text = screen(RESULTS["two-arms"], width, encoding=encoding)
    assert "----" in text
    assert "97.4 %" in text


def test_the_next_step_is_what_the_result_wants_most() -> None:
    untested = screen(RESULTS["untested"], run="/a b/run")
    assert "audit extend '/a b/run' --models 128" in untested
    assert "audit check '/a b/run' --policy research" in screen(RESULTS["two-arms"], run="/a b/run")
    assert "--policy" not in screen(RESULTS["judged"])


def test_a_violation_is_the_first_line_and_has_its_proof() -> None:
    lines = screen(RESULTS["violated"]).splitlines()
    assert lines[0] == "DP self-check VIOLATED: dp-eps-8"
    assert "proved with 95 % confidence" in " ".join(lines)
