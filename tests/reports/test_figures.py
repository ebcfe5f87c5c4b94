from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from sample_result import minimal, sample

from reports import epsilon_figures, figures, link_figures
from reports.overview import Column, columns_of
from reports.svg import Picture

COLUMNS = columns_of(sample(controls=True))


def every_picture(columns: tuple[Column, ...]) -> list[Picture]:
    drawn = [
        figures.memorization_histogram(columns),
        figures.headline_roc(columns, "BASE"),
        link_figures.deciles(columns),
        link_figures.hit_shares(columns),
        link_figures.link_correlations(columns),
        figures.utility_by_group(columns, "class", 0),
        figures.utility_by_group(columns, "writer", 1),
        *(figures.arm_roc(column, number) for number, column in enumerate(columns)),
        *(epsilon_figures.trade_off(column, number) for number, column in enumerate(columns)),
        *(link_figures.link_density(column, number) for number, column in enumerate(columns)),
    ]
    return [picture for picture in drawn if picture]


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return every_picture(COLUMNS)


def test_all_are_drawn(pictures: list[Picture]) -> None:
    assert len(pictures) == 7 + 3 * len(COLUMNS)


def test_ids_are_unique_over_all_figures_and_every_reference_meets_its_own(pictures: list[Picture]) -> None:
    seen: set[str] = set()
    for picture in pictures:
        ids = re.findall(r' id="([^"]+)"', picture.svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        references = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', picture.svg))
        assert {one or other for one, other in references} <= set(ids)
        seen |= set(ids)


def test_nothing_reaches_beyond_the_figure(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert "<style" not in picture.svg
        assert "http" not in picture.svg
        assert "<script" not in picture.svg
        assert "<metadata" not in picture.svg


def test_colours_come_from_the_page(pictures: list[Picture]) -> None:
    for picture in pictures:
        colours = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", picture.svg)
        assert not colours
        assert "var(--series-1)" in picture.svg or "var(--series-" in picture.svg


def test_each_says_what_it_shows(pictures: list[Picture]) -> None:
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        assert root.get("role") == "img"
        assert (root.get("aria-label") or "").startswith(picture.title)


def test_the_same_figure_twice_is_the_same_bytes(pictures: list[Picture]) -> None:
    assert [picture.svg for picture in every_picture(COLUMNS)] == [picture.svg for picture in pictures]


def test_a_figure_without_anything_to_show_is_not_drawn() -> None:
    columns = columns_of(minimal())
    assert figures.headline_roc(columns, "BASE") is None
    assert figures.arm_roc(columns[0], 0) is None
    assert epsilon_figures.trade_off(columns[0], 0) is None
    assert link_figures.link_density(columns[0], 0) is None
    assert link_figures.deciles(columns) is None
    assert link_figures.hit_shares(columns) is None
    assert link_figures.link_correlations(columns) is None
    assert figures.utility_by_group(columns, "class", 0) is None


def test_names_of_any_script_and_dollars_are_drawn_as_text() -> None:
    arm = COLUMNS[0].arm.model_copy(update={"name": "x"})
    picture = figures.memorization_histogram((Column("$a_b$ 手 <i>\x07", arm, "base"),))
    assert "$a_b$ 手 &lt;i&gt;?" in picture.svg


def test_points_stand_where_the_estimates_are() -> None:
    """The decile figure's marks, read back from the drawing against its own axis: a tick every 10 %."""
    picture = link_figures.deciles(COLUMNS[:1])
    link = next(link for link in COLUMNS[0].arm.links if link.attack == "base")
    assert picture is not None
    used = re.findall(r'<use href="#deciles-\w+" x="[\d.]+" y="([\d.]+)" style="fill: var\(--([\w-]+)\)', picture.svg)
    ticks = sorted({float(y) for y, colour in used if colour == "muted"}, reverse=True)
    marks = [float(y) for y, colour in used if colour == "series-1"][:10]
    shown = [0.1 * (ticks[0] - y) / (ticks[0] - ticks[1]) for y in marks]
    assert shown == pytest.approx([decile.tpr.value for decile in link.deciles], abs=1e-4)
