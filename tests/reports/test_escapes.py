"""Nothing that is printed is more than text, wherever it comes from: names, ids, groups, columns and paths."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sample_result import sample

from audit.cli_options import stderr, stdout
from audit.profiles import read_profile
from audit.records import write_csv
from reports.html import render as html
from reports.mapping import mapping_of
from reports.markdown import escape
from reports.markdown import render as markdown
from reports.records_table import render_records
from reports.result import AuditResult, RecordRow, Release
from reports.serialization import from_json, to_json
from reports.terminal import render as terminal

MARK = "MARK"
ESC, BEL, BACK, CSI = "\x1b", "\x07", "\x08", "\x9b"
OVERRIDE, ISOLATE, NO_WIDTH = "\u202e", "\u2066", "\u200b"
CONTROL = (ESC, BEL, BACK, CSI, OVERRIDE, ISOLATE, NO_WIDTH, "\x00", "\x7f", "\r")
TEXTS = {
    "html": f"{MARK}<script>alert(1)</script>\"'&amp;",
    "rich": f"{MARK}[bold red]x[/bold red][link=https://evil.example]y[/link]",
    "markdown": f"{MARK}|a|`b`[c](https://evil.example)![d](e)*f*<img src=g>",
    "formula": f'=HYPERLINK("https://evil.example";"{MARK}")',
    "control": f"{MARK}{''.join(CONTROL)}[31mx",
}
PLACES = ("class", "id", "group", "column", "path")


def placed(text: str) -> AuditResult:
    """The sample with a text in every place, each followed by the name of the place."""
    result = sample()
    arm, row = result.arms[0], {place: f"{text}{place}" for place in PLACES}
    groups = {"writer": row["group"], row["column"]: "x"}
    said = {"class_name": row["class"], "id": row["id"], "groups": groups}
    rows = tuple(one.model_copy(update=said) for one in arm.most_exposed[:3])
    parts = {name: _grouped(getattr(arm, name), row) for name in ("utility", "memorization", "leakage")}
    arm = arm.model_copy(update={**parts, "most_exposed": rows, "most_memorized": rows})
    source = result.provenance.model_copy(
        update={"command": f"audit run --data {row['path']}", "config": {"data": {"source": row["path"]}}}
    )
    data = result.data.model_copy(update={"name": row["path"], "notes": (row["path"],)})
    release = Release(who=row["path"], sees=row["path"], purpose=row["path"])
    arms = (arm, *result.arms[1:])
    return result.model_copy(update={"arms": arms, "provenance": source, "data": data, "release": release})


def _grouped(part: Any, row: dict[str, str]) -> object:
    """A part of an arm with the texts as a class, as a group and as a column of its figures."""
    first, second, *rest = part.by_group
    several = {"records": 50}
    added = (
        first.model_copy(update={"group": row["class"], **several}),
        first.model_copy(update={"column": "writer", "group": row["group"], **several}),
        first.model_copy(update={"column": "writer", "group": "other", **several}),
        first.model_copy(update={"column": row["column"], "group": "a", **several}),
        first.model_copy(update={"column": row["column"], "group": "b", **several}),
    )
    return part.model_copy(update={"by_group": (*added, second, *rest)})


def printed(result: AuditResult) -> str:
    stream = io.StringIO()
    profile = mapping_of(result, read_profile("edpb-28-2024"))
    console = Console(file=stream, width=200, force_terminal=True, color_system="truecolor")
    terminal(result, console, {"report": result.provenance.command}, [profile])
    render_records(result.arms[0].most_exposed, console, result.provenance.command)
    return re.sub(r"\x1b\[[\d;]*m", "", stream.getvalue())  # what rich itself wrote


@cache
def document(form: str, text: str) -> str:
    result = placed(text)
    profile = mapping_of(result, read_profile("gdpr-dpia"))
    if form == "terminal":
        return printed(result)
    return markdown(result, [profile]) if form == "markdown" else html(result, mappings=[profile])


every_place = pytest.mark.parametrize("place", PLACES)
every_format = pytest.mark.parametrize("form", ["terminal", "markdown", "html"])


@every_format
@pytest.mark.parametrize("kind", TEXTS)
def test_no_sign_of_a_text_commands_anything(form: str, kind: str) -> None:
    text = document(form, TEXTS[kind]).replace("\N{NO-BREAK SPACE}", " ")
    found = {hex(ord(sign)) for sign in text if not sign.isprintable() and sign != "\n"}
    assert found == set()


@every_place
@every_format
def test_a_control_character_leaves_a_mark_and_the_rest_of_the_text(form: str, place: str) -> None:
    shown = "".join(document(form, f"A{''.join(CONTROL)}B").split())
    mark = "" if form == "markdown" else "?" * len(CONTROL)
    assert f"A{mark}B{place}" in shown


@every_place
def test_rich_markup_is_printed_and_not_obeyed(place: str) -> None:
    assert f"[b]x[/b][link=y]{place}" in document("terminal", "[b]x[/b][link=y]")


class Tags(HTMLParser):
    """Tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen |= {(tag, name) for name, _ in attributes} | {(tag, "")}

    def handle_data(self, data: str) -> None:
        self.text += data


@every_place
@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_html_shows_the_text_and_has_no_other_tags_than_without_it(place: str, kind: str) -> None:
    evil, plain = (Tags(document("html", text)) for text in (TEXTS[kind], MARK))
    assert f"{TEXTS[kind]}{place}" in evil.text
    assert evil.seen == plain.seen


@every_place
def test_markdown_has_the_same_cells_and_no_link_or_code_from_it(place: str) -> None:
    text, plain = (document("markdown", text) for text in (TEXTS["markdown"], MARK))
    assert f"{escape(TEXTS['markdown'])}{place}" in text
    bare = re.sub(r"\\.", "", text)
    assert not re.search(r"\]\(|`b`|<img|https?://evil", bare)
    assert [line.count("|") for line in bare.splitlines()] == [line.count("|") for line in plain.splitlines()]


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "http://x"])
def test_a_bare_address_is_no_link_in_markdown(text: str) -> None:
    """GitHub makes links of bare addresses; a backslash before a sign of them prevents it and is not shown."""
    assert not re.search(r"(?<!\\)://|www\.", escape(text))
    assert escape(text).replace("\\", "") == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u200b="])
@pytest.mark.parametrize("place", ["class", "id", "group", "column"])
def test_a_spreadsheet_computes_nothing_from_a_csv(start: str, place: str, tmp_path: Path) -> None:
    row, header = written(placed(f"{start}1+1{MARK}").arms[0].most_exposed, tmp_path)
    cell = next(one for one in (*row, *header) if one.endswith(f"{MARK}{place}"))
    assert cell.startswith("group_" if place == "column" else "'")
    assert all(sign.isprintable() for sign in cell)


def test_no_control_character_reaches_a_csv(tmp_path: Path) -> None:
    row, header = written(placed(TEXTS["control"]).arms[0].most_exposed, tmp_path)
    assert all(sign.isprintable() for cell in (*row, *header) for sign in cell)


def test_plain_names_and_numbers_stay_as_they_are_in_a_csv(tmp_path: Path) -> None:
    rows = sample().arms[0].most_exposed
    row, header = written(rows, tmp_path)
    said = dict(zip(header, row, strict=True))
    assert said["id"] == rows[0].id
    assert float(said["memorization"]) == pytest.approx(rows[0].memorization.value)  # type: ignore[union-attr]
    assert said["hits"] == str(rows[0].hits)


def test_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    row = sample().arms[0].most_exposed[0]
    negative = row.memorization.model_copy(update={"value": -0.25})  # type: ignore[union-attr]
    cells, header = written((row.model_copy(update={"memorization": negative}),), tmp_path)
    assert dict(zip(header, cells, strict=True))["memorization"] == "-0.25"


def written(rows: tuple[RecordRow, ...], folder: Path) -> tuple[list[str], list[str]]:
    """The first row and the header of a CSV file."""
    write_csv(folder / "x.csv", list(rows))
    with (folder / "x.csv").open(newline="", encoding="utf-8") as file:
        header, first, *_ = csv.reader(file)
    return first, header


def test_json_keeps_the_text_but_no_control_character_as_such() -> None:
    result = placed(TEXTS["control"])
    text = to_json(result)
    assert [hex(ord(sign)) for sign in text if not sign.isprintable() and sign != "\n"] == []
    assert from_json(text) == result


def test_what_the_command_line_prints_itself_is_only_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress, the plan and errors name data sets, columns and files, too."""
    for console in (stdout(), stderr()):
        console.print(f"{TEXTS['control']}\nnext", highlight=False, markup=False, soft_wrap=True)
    shown = "".join(capsys.readouterr())
    assert [hex(ord(sign)) for sign in shown if not sign.isprintable() and sign != "\n"] == []
    assert shown.count("\nnext\n") == 2
