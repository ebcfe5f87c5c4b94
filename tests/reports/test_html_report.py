from __future__ import annotations

import base64
import hashlib
import itertools
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from sample_pages import page as rendered
from sample_result import sample

from reports.html import render
from reports.result import AuditResult

EVIL = '<script>alert("1")</script>'
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Checks that tags are balanced; collects attributes and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    parsed.close()
    return parsed


@cache
def poisoned_page() -> str:
    return render(poisoned())


def poisoned() -> AuditResult:
    """A script in every string that comes from the audited data or from the command line."""
    result = sample()
    row = result.arms[0].most_memorized[0].model_copy(update={"id": EVIL, "class_name": EVIL, "groups": {EVIL: EVIL}})
    group = result.arms[0].utility.by_group[0].model_copy(update={"group": EVIL, "column": EVIL})
    arm = result.arms[0].model_copy(
        update={
            "name": EVIL,
            "description": EVIL,
            "recipe": {EVIL: EVIL},
            "most_memorized": (row,),
            "most_exposed": (row,),
            "utility": result.arms[0].utility.model_copy(
                update={"by_group": (group, group.model_copy(update={"group": "x"}))}
            ),
        }
    )
    provenance = result.provenance.model_copy(
        update={"command": EVIL, "config": {EVIL: EVIL}, "digests": {EVIL: EVIL}, "versions": {EVIL: EVIL}}
    )
    return result.model_copy(
        update={
            "arms": (arm, *result.arms[1:]),
            "verdict": (EVIL,),
            "warnings": (EVIL,),
            "not_tested": (EVIL,),
            "data": result.data.model_copy(update={"name": EVIL, "class_names": (EVIL,), "notes": (EVIL,)}),
            "model": result.model.model_copy(update={"name": EVIL}),
            "recipe_differences": {EVIL: {EVIL: EVIL}},
            "provenance": provenance,
        }
    )


@pytest.fixture(scope="module")
def page() -> str:
    return rendered("four-arms")


@pytest.fixture(scope="module", params=["least", "two-arms", "violated", "untested", "poisoned"])
def any_page(request: pytest.FixtureRequest) -> str:
    return poisoned_page() if request.param == "poisoned" else rendered(request.param)


def test_tags_are_balanced_and_headings_skip_no_level(any_page: str) -> None:
    parsed = outline(any_page)
    assert parsed.open == []
    assert parsed.headings[0] == 1
    assert parsed.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(parsed.headings))


def test_ids_are_unique_and_links_inside_the_page_arrive(any_page: str) -> None:
    parsed = outline(any_page)
    ids = [value for _, name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [value[1:] for tag, name, value in parsed.attributes if (tag, name) == ("a", "href")]
    assert set(targets) <= set(ids)


def test_nothing_is_asked_for_from_anywhere(any_page: str) -> None:
    loads = [
        (tag, value)
        for tag, name, value in outline(any_page).attributes
        if name in ("src", "href", "srcset", "data", "action", "poster") and not value.startswith(("#", "data:"))
    ]
    assert loads == []
    assert not re.search(r"@import|url\((?!#)", any_page)
    assert "http://" not in any_page
    assert "https://" not in any_page


def test_a_script_in_a_name_is_text() -> None:
    page = poisoned_page()
    assert "<script>alert" not in page
    assert page.count("<script") == 1
    assert page.count("&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;") > 20
    assert all(name[:2] != "on" for _, name, _ in outline(page).attributes)


@pytest.mark.draws
def test_only_the_pages_own_script_may_run(page: str) -> None:
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1
    assert f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'" in page


def test_the_same_result_gives_the_same_bytes() -> None:
    assert render(sample()) == rendered("two-arms")


def test_tables_have_captions_and_headers(page: str) -> None:
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) > 10
    for table in tables:
        assert "<caption>" in table
        assert 'scope="col"' in table
        assert table.count('<th scope="row"') == len(re.findall(r"<tr[ >]", table)) - 1


def test_drawings_speak_or_are_silent(page: str) -> None:
    for opening in re.findall(r"<svg[^>]*>", page):
        assert ('role="img"' in opening and 'aria-label="' in opening) or 'aria-hidden="true"' in opening


@pytest.mark.parametrize(
    ("level", "heading"),
    [
        (2, "Verdict"),
        (2, "At a glance"),
        (2, "What is memorized"),
        (3, "The most memorized records"),
        (3, "High-influence pairs"),
        (2, "What it leaks"),
        (3, "Who is exposed?"),
        (3, "What is an accusation worth?"),
        (2, "The link"),
        (2, "What DP buys and costs"),
        (3, "Epsilon: claimed, proved, capped"),
        (3, "Canaries"),
        (3, "Is DP implemented right?"),
        (3, "Who pays for privacy"),
        (2, "How this was tested"),
        (2, "Provenance"),
        (2, "What was not tested"),
        (2, "How to read the numbers"),
    ],
)
def test_sections(page: str, level: int, heading: str) -> None:
    assert re.search(rf"<h{level}[^>]*>{re.escape(heading)}</h{level}>", page)


def test_sections_stand_in_the_order_of_the_answer(page: str) -> None:
    order = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert order == [
        "Verdict",
        "At a glance",
        "What is memorized",
        "What it leaks",
        "The link",
        "What DP buys and costs",
        "How this was tested",
        "Provenance",
        "What was not tested",
        "How to read the numbers",
    ]


def test_what_makes_it_repeatable_is_there(page: str) -> None:
    provenance = sample().provenance
    for value in (provenance.command, *provenance.digests.values(), *provenance.versions.values(), "5 min 12 s"):
        assert value in page


def test_without_dp_no_epsilon_is_promised() -> None:
    page = rendered("least")
    assert "Epsilon: claimed, proved, capped" not in page
    assert "Is DP implemented right?" not in page
    assert "4 models are too few for two halves" in page
    assert "every model is always right" in page
    assert "not resolvable with 40 non-members" in page


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_meets_wcag_aa_in_light_dark_and_print(page: str) -> None:
    themes = [_colours(block) for block in re.findall(r":root \{(.*?)\}", page, re.DOTALL)]
    assert len(themes) == 3
    for colours in themes:
        for ground in ("--paper", "--card"):
            for text in ("--ink", "--muted", "--accent"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
            for series in range(1, 9):
                assert _contrast(colours[f"--series-{series}"], colours[ground]) >= 3, (series, ground)
        for loud in ("--warn", "--alarm", "--pass"):
            assert _contrast(colours[loud], colours[f"{loud}-wash"]) >= 4.5
        assert _contrast(colours["--alarm"], colours["--card"]) >= 4.5


def _colours(block: str) -> dict[str, str]:
    found = re.findall(r"(--[\w-]+): #([0-9a-f]{6}|[0-9a-f]{3})\b", block)
    return {name: "#" + (hexes if len(hexes) == 6 else "".join(2 * sign for sign in hexes)) for name, hexes in found}
