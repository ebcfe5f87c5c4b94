from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from sample_result import minimal, sample

from reports import epsilon_figures, figures, frontier_figures, group_figures, leakage_figures, link_figures
from reports.marks import color, dash, swatch_dash
from reports.overview import Column, columns_of
from reports.svg import Picture
from reports.tables import proportion

pytestmark = pytest.mark.draws

COLUMNS = columns_of(sample(controls=True))


def every_picture(columns: tuple[Column, ...]) -> list[Picture]:
    drawn = [
        figures.memorization_histogram(columns),
        figures.headline_roc(columns, "BASE"),
        link_figures.deciles(columns),
        link_figures.hit_shares(columns),
        link_figures.link_correlations(columns),
        leakage_figures.pool_sizes(columns),
        group_figures.utility_by_group(columns, "class", 0),
        group_figures.utility_by_group(columns, "writer", 1),
        group_figures.memorization_by_group(columns, "class", 0),
        group_figures.memorization_by_group(columns, "writer", 1),
        *frontier_figures.frontiers(columns),
        frontier_figures.caps(columns),
        *(figures.arm_roc(column, number) for number, column in enumerate(columns)),
        *(epsilon_figures.trade_off(column, number) for number, column in enumerate(columns)),
        *(link_figures.link_density(column, number) for number, column in enumerate(columns)),
    ]
    return [picture for picture in drawn if picture]


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return every_picture(COLUMNS)


def test_all_are_drawn(pictures: list[Picture]) -> None:
    assert len(pictures) == 13 + 3 * len(COLUMNS)


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
    assert leakage_figures.pool_sizes(columns) is None
    assert group_figures.utility_by_group(columns, "class", 0) is None
    assert group_figures.memorization_by_group(columns, "class", 0) is None
    assert frontier_figures.frontiers(columns) == []
    assert frontier_figures.caps(columns) is None


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


def marks_of(picture: Picture, arm: int) -> list[str]:
    """What the marks of an arm say."""
    root = ElementTree.fromstring(picture.svg)
    groups = [group for group in root.iter("g") if group.get("class") == f"arm-{arm}"]
    return [title.text or "" for group in groups for title in group.findall("title")]


def test_every_mark_belongs_to_an_arm_and_says_its_figure(pictures: list[Picture]) -> None:
    for picture in pictures:
        assert picture.arms
        for arm in picture.arms:
            tips = marks_of(picture, arm)
            assert all(tip == tip.strip() and re.search(r"\d", tip) for tip in tips), picture.title


def test_marks_say_the_figures_of_the_result() -> None:
    picture = link_figures.deciles(COLUMNS)
    link = next(link for link in COLUMNS[1].arm.links if link.attack == "base")
    tips = marks_of(picture, 1)
    assert len(tips) == len(link.deciles)
    assert tips[-1] == f"dp-eps-8, tenth 10: finds {proportion(link.deciles[-1].tpr)}"


def shape_of(path: str) -> tuple[int, ...]:
    """A marker's outline whatever its size."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    return tuple(round(number / max(map(abs, numbers))) + 0 for number in numbers)


def test_an_arm_has_one_colour_in_every_figure(pictures: list[Picture]) -> None:
    for picture in pictures:
        for group in ElementTree.fromstring(picture.svg).iter("g"):
            arm = re.fullmatch(r"arm-(\d+)", group.get("class") or "")
            styles = " ".join(part.get("style") or "" for part in group.iter())
            assert not arm or set(re.findall(r"--series-(\d)", styles)) <= {str(int(arm[1]) + 1)}, picture.title


def test_an_arm_has_one_marker_in_every_figure_of_several_arms(pictures: list[Picture]) -> None:
    shapes: dict[int, set[tuple[int, ...]]] = {number: set() for number in range(len(COLUMNS))}
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        paths = {path.get("id"): path.get("d") or "" for path in root.iter("path") if path.get("id")}
        for group in root.iter("g") if len(picture.arms) == len(COLUMNS) else ():
            if (group.get("class") or "").startswith("arm-") and group.find("title") is not None:
                used = [paths[use.get("href")[1:]] for use in group.iter("use")]
                shapes[int(group.get("class")[4:])] |= {shape_of(path) for path in used if path.endswith("z")}
    assert all(len(found) == 1 for found in shapes.values())
    assert len(set.union(*shapes.values())) == len(COLUMNS)


def test_beyond_eight_arms_colours_come_back_with_other_lines() -> None:
    looks = [(color(number), str(dash(number))) for number in range(24)]
    assert len(set(looks)) == len(looks)
    assert len({swatch_dash(number) for number in range(8)}) == 8


def test_a_column_with_thousands_of_groups_draws_its_rarest() -> None:
    values = COLUMNS[0].arm.utility.by_group[:1] * 3000
    many = tuple(one.model_copy(update={"group": f"g{n}", "records": 10 + n}) for n, one in enumerate(values))
    utility = COLUMNS[0].arm.utility.model_copy(update={"by_group": many})
    arm = COLUMNS[0].arm.model_copy(update={"utility": utility})
    picture = group_figures.utility_by_group((Column("x", arm, "base"),), "class", 0)
    assert len(marks_of(picture, 0)) == group_figures.MOST_GROUPS
    assert "Of 3,000 groups, the 40 rarest." in picture.caption
    assert marks_of(picture, 0)[0].endswith(" 10 records")
