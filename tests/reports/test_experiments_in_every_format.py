"""Experiments in every format: every section is there, no string of the data runs, and nothing overflows."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache

import jsonschema
import pytest
from sample_experiments import ALONE, alone, experiments, with_experiments
from sample_result import sample

from audit.experiments.standalone import FORMATS, rendered
from reports.experiments.block import Block
from reports.experiments.figures import FIGURES, figures_of
from reports.experiments.result import KINDS, Experiments
from reports.experiments.sections import HEADING, SECTIONS, sections_of
from reports.html import render
from reports.markdown import render as as_markdown
from reports.result import AuditResult
from reports.schema import result_schema
from reports.serialization import experiment_from_json, from_json, to_json
from reports.svg import Picture
from reports.terminal import as_text

NAMES = list(KINDS)
POISON = "<script>alert('x')</script>"


def with_answer(block: Block, sentence: str) -> AuditResult:
    """The sample with one experiment whose answer, limits and command hold a string."""
    changed = block.model_copy(update={"answer": (sentence,), "limits": (sentence,), "command": sentence})
    return sample().model_copy(update={"experiments": Experiments.model_validate({block.name: changed})})


@cache
def whole_page() -> str:
    return render(with_experiments())


@cache
def whole_markdown() -> str:
    return as_markdown(with_experiments())


@cache
def on_a_terminal(width: int) -> str:
    return as_text(with_experiments(), width)


@cache
def figures() -> dict[str, list[Picture]]:
    return figures_of(experiments(), ["standard", "dp-eps-8"])


def test_every_experiment_has_a_section_and_figures() -> None:
    assert NAMES == list(SECTIONS) == list(FIGURES) == [block.name for block in experiments().made]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_its_section_answer_and_figures(name: str) -> None:
    page = whole_page()
    section = page.split(f'id="experiment-{name}"')[1].split('<div id="experiment-')[0]
    assert section.count("<figure") >= len(figures()[name]) > 0
    first = next(found for found in sections_of(experiments()) if found.name == name)
    assert f"<h3>{first.title}</h3>" in section
    assert f'<a href="#experiments">{HEADING}</a>' in page


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    page = whole_page()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_without_experiments_nothing_of_them_is_there() -> None:
    assert HEADING not in render(sample())
    assert HEADING not in as_markdown(sample())


@pytest.mark.parametrize("name", NAMES)
def test_a_string_of_an_experiment_never_runs(name: str) -> None:
    result = with_answer(getattr(experiments(), name), POISON)
    page = render(result)
    assert POISON not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in re.sub(r"`[^`]*`", "", as_markdown(result))
    assert "\x1b" not in as_text(with_answer(getattr(experiments(), name), "\x1b[2J"))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_of_the_terminal_is_too_long(width: int) -> None:
    long = [line for line in on_a_terminal(width).splitlines() if len(line) > width]
    commands = [block.command for block in experiments().made]
    assert set(long) <= set(commands)  # a command is never broken: it can be copied
    assert len(long) == sum(len(command) > width for command in commands)


@pytest.mark.parametrize("name", NAMES)
def test_terminal_and_markdown_have_the_answer(name: str) -> None:
    block = getattr(experiments(), name)
    words = re.sub(r"\s+", " ", on_a_terminal(100))
    assert block.answer[0][:60].replace("  ", " ") in words
    section = next(found for found in sections_of(experiments()) if found.name == name)
    assert f"### {section.title}".replace("'", "'") in whole_markdown().replace("\\", "")


def test_the_result_is_read_again_and_keeps_the_schema() -> None:
    result = with_experiments()
    assert from_json(to_json(result)) == result
    found = jsonschema.Draft202012Validator(result_schema()).iter_errors(json.loads(to_json(result)))
    assert [error.message for error in found] == []


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("form", FORMATS)
def test_an_experiment_by_itself_renders_in_every_format(name: str, form: str) -> None:
    result = alone(name)
    text = rendered(result, form)
    if form == "json":
        assert experiment_from_json(text) == result
    else:
        assert "Something limits this." in text


@pytest.mark.parametrize("name", ALONE)
def test_a_page_by_itself_is_one_file_with_unique_ids(name: str) -> None:
    page = rendered(alone(name), "html")
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("name", NAMES)
def test_all_that_an_experiment_measured_has_a_method_and_a_size(name: str) -> None:
    """Every estimate of the real blocks: named, of at least one unit, its value within its limits."""
    found = list(estimates(getattr(experiments(), name).model_dump()))
    assert found
    for one in found:
        assert one["method"]
        assert one["n"] >= 1
        assert one["low"] <= one["value"] <= one["high"]


def estimates(part: object):
    if isinstance(part, dict):
        if {"value", "low", "high", "method", "n"} <= part.keys():
            yield part
        for value in part.values():
            yield from estimates(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from estimates(value)
