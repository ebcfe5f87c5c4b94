"""What a reader sees of the experiment `irrelevant`, from a block made by hand whose figures are known."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from reports.experiments.figures import figures_of
from reports.experiments.irrelevant import Irrelevant, Occurrence, Recovery
from reports.experiments.irrelevant_section import bands_of, section, times
from reports.experiments.result import Experiments
from reports.experiments.terminal import print_experiments
from reports.experiments.unlisted import name_unlisted, places_of
from reports.findings import Estimate
from reports.marks import point
from reports.svg import of_arm, picture
from reports.text import Page

BANDS = {"0": None, "1": 1.0, "2": 0.75, "3-5": 0.72, "6-10": 0.64, "11+": 0.57}


def estimate(value: float, half: float = 0.02, n: int = 16) -> Estimate:
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Estimate(value=value, low=low, high=high, confidence=0.95, method="by hand", n=n)


def occurrence(band: str, irrelevant: float, accuracy: float, most: float = 0.0) -> Occurrence:
    there = band != "0"
    return Occurrence(
        band=band,
        cases=1234,
        irrelevant=estimate(irrelevant) if there else None,
        out=estimate(0.501),
        fixed=estimate(0.91 if there else 0.499),
        majority=estimate(0.81) if there else None,
        most=estimate(most) if there else None,
        accuracy=estimate(accuracy),
        of_the_mean=BANDS[band],
    )


def recovery(arm: str, shares: list[float], right: list[float], cap: float | None = None, **more) -> Recovery:
    found = [occurrence(band, share, acc) for band, share, acc in zip(BANDS, shares, right, strict=True)]
    return Recovery(
        arm=arm,
        models=32,
        accuracy=estimate(right[-1]),
        null=estimate(0.5),
        cap=cap,
        by_occurrence=tuple(found),
        **more,
    )


@pytest.fixture
def block() -> Irrelevant:
    return Irrelevant(
        answer=("Most bits come back.",),
        limits=("One attack.",),
        command="audit experiment irrelevant",
        settings={"steps": 25},
        seconds=12.0,
        arms=(
            recovery("standard", [0.5, 0.831, 0.702, 0.65, 0.58, 0.53], [0.0, 0.766, 0.98, 0.99, 1.0, 1.0]),
            recovery("dp-eps-1", [0.5, 0.503, 0.5, 0.5, 0.5, 0.5], [0.0, 0.01, 0.01, 0.02, 0.1, 0.4], cap=0.6036),
        ),
        bits=128,
        subpopulations=200,
        relevant=0.5,
        most=0.9,
    )


def cells(table, label):
    return next([str(cell) for cell in row.cells] for row in table.rows if row.label == label)


def test_the_table_of_singletons_says_what_was_measured(block):
    table = section(block).tables[0]
    assert table.columns == ("standard", "dp-eps-1")
    assert cells(table, "Irrelevant bits that come back") == ["83.1 % (81.1 to 85.1)", "50.3 % (48.3 to 52.3)"]
    assert cells(table, "Cases with 90 % of them or more") == ["< 1/16 (0 to 2.0 %)", "< 1/16 (0 to 2.0 %)"]
    assert cells(table, "The most that DP lets anyone expect") == ["none", "60.4 %"]
    assert cells(table, "Of a record that was OUT: chance") == ["50.1 % (48.1 to 52.1)", "50.1 % (48.1 to 52.1)"]
    assert cells(table, "Test accuracy on their kind")[0] == "76.6 % (74.6 to 78.6)"
    assert cells(table, "Cases") == ["1,234", "1,234"]


def test_a_cap_is_rounded_up_and_loud_where_it_is_broken(block):
    broken = block.arms[1].model_copy(update={"over_cap": True})
    row = section(block.model_copy(update={"arms": (block.arms[0], broken)})).tables[0].rows[2]
    assert [cell.loud for cell in row.cells] == [False, True]
    assert row.cells[1].text == "60.4 %"  # 60.36


def test_the_table_by_times_has_the_majoritys_column(block):
    table = section(block).tables[1]
    assert [row.label for row in table.rows] == ["once", "twice", "3-5 times", "6-10 times", "11+ times"]
    assert [str(row.cells[-1]) for row in table.rows] == ["100 %", "75.0 %", "72.0 %", "64.0 %", "57.0 %"]
    assert cells(table, "twice")[0] == "70.2 % (68.2 to 72.2)"


def test_what_was_never_seen_stands_where_there_is_a_figure(block):
    accuracy, fixed, majority, out = section(block).folded
    assert accuracy.rows[0].label == fixed.rows[0].label == out.rows[0].label == "never"
    assert str(fixed.rows[0].cells[0]) == "49.9 % (47.9 to 51.9)"
    assert majority.rows[0].label == "once"


def test_an_arm_without_a_band_has_an_empty_cell(block):
    """Arms share their memberships, but a block may come from elsewhere."""
    less = block.arms[1].model_copy(update={"by_occurrence": block.arms[1].by_occurrence[:3]})
    found = block.model_copy(update={"arms": (block.arms[0], less)})
    assert bands_of(found) == tuple(BANDS)
    assert cells(section(found).tables[1], "11+ times") == ["53.0 % (51.0 to 55.0)", "not available", "57.0 %"]


@pytest.mark.parametrize(("band", "word"), [("0", "never"), ("1", "once"), ("2", "twice"), ("3-5", "3-5 times")])
def test_how_often_in_a_word(band, word):
    assert times(band) == word


def test_the_section_names_the_question_the_paper_and_how_to_read_it(block):
    found = section(block)
    assert "200 subpopulations fixes about 50 % of 128 bits" in found.question
    assert "arXiv 2012.06421" in found.question
    assert any("before looking" in sentence for sentence in found.reading)


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_holds_it(block, width):
    stream = io.StringIO()
    print_experiments(Page(Console(file=stream, width=width, no_color=True)), Experiments(irrelevant=block))
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    said = stream.getvalue()
    assert "Most bits come back." in said
    assert "83.1 %" in said
    assert "60.4 %" in said


def drawn(block, page=("standard", "dp-eps-1")):
    return figures_of(Experiments(irrelevant=block), page)["irrelevant"]


def tips(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("title")]


@pytest.mark.draws
def test_every_mark_has_a_tip_with_its_figure(block):
    by_times, beside = drawn(block)
    assert len(tips(by_times.svg)) == len(tips(beside.svg)) == 2 * 5
    assert "standard, seen once: 83.1 % (81.1 to 85.1) of the irrelevant bits, 1,234 cases" in tips(by_times.svg)
    assert any(tip.endswith("; test accuracy 76.6 % (74.6 to 78.6)") for tip in tips(beside.svg))


@pytest.mark.draws
def test_figures_are_the_same_bytes_each_time_and_have_names_of_their_own(block):
    first, again = drawn(block), drawn(block)
    assert [one.svg for one in first] == [one.svg for one in again]
    owned = [set(re.findall(r'id="(irrelevant-[a-z]+)-', one.svg)) for one in first]
    assert owned == [{"irrelevant-times"}, {"irrelevant-accuracy"}]


@pytest.mark.draws
def test_chance_is_named_and_the_cap_of_each_private_arm_is_drawn(block):
    def dotted(svg):
        return len(re.findall(r"stroke-dasharray: 1\.1", svg))

    assert all("guessing" in one.svg for one in drawn(block))
    without = block.model_copy(update={"arms": tuple(arm.model_copy(update={"cap": None}) for arm in block.arms)})
    assert dotted(drawn(block)[0].svg) == dotted(drawn(without)[0].svg) + 1


def test_names_of_arms_cannot_break_a_page(block):
    wild = block.arms[0].model_copy(update={"arm": '<script>"&'})
    pictures = drawn(block.model_copy(update={"arms": (wild, block.arms[1])}), ("standard",))
    assert all("<script>" not in one.svg for one in pictures)


@pytest.mark.draws
def test_an_arm_without_accuracy_is_left_out_of_the_second_figure(block):
    silent = tuple(one.model_copy(update={"accuracy": None}) for one in block.arms[1].by_occurrence)
    found = block.model_copy(
        update={"arms": (block.arms[0], block.arms[1].model_copy(update={"by_occurrence": silent}))}
    )
    assert [one.arms for one in drawn(found)] == [(0, 1), (0,)]


def test_arms_of_other_pages_come_after_those_of_the_page():
    assert places_of(["standard", "dp-eps-1"], ["standard", "dp-eps-8"]) == {
        "standard": 0,
        "dp-eps-8": 1,
        "dp-eps-1": 2,
    }


@pytest.mark.draws
def test_arms_that_the_page_has_not_are_named_in_the_figure_and_leave_its_key():
    places = places_of(["standard", "dp-eps-1"], ["standard"])

    def draw(axes):
        for name, place in places.items():
            point(axes, (place, 0.5), place, f"tip of {name}", upright=estimate(0.5))
        name_unlisted(axes, places, ["standard"])

    found = picture("some", "title", "caption", draw)
    assert found.arms == (0,)
    assert tips(found.svg) == ["tip of standard"]
    assert ">dp-eps-1</text>" in found.svg


def test_where_the_page_has_all_arms_nothing_is_changed():
    axes = Figure().add_subplot()
    axes.plot([0, 1], gid=of_arm(0, "tip"))
    name_unlisted(axes, {"standard": 0}, ["standard"])
    assert axes.lines[0].get_gid() == of_arm(0, "tip")
    assert len(axes.lines) == 1
