"""The report in headless Chromium: fits every width, asks for nothing, sorts, filters, toggles, and works without."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from browser import CHROMIUM, look
from sample_pages import page

WIDTHS = (360, 768, 1280, 2560)
AXE = os.environ.get("AUDIT_AXE", "")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
DRAWN = pytest.param("four-arms", marks=pytest.mark.draws)

FITS = """(frame) => {
  const page = frame.contentDocument;
  page.querySelectorAll("details").forEach((one) => (one.open = true));
  return {
    view: frame.contentWindow.innerWidth, scroll: page.documentElement.scrollWidth,
    narrow: [...page.querySelectorAll("figure > svg")].filter((svg) => svg.getBoundingClientRect().width < 200).length,
    figures: page.querySelectorAll("figure > svg").length,
    asked: frame.contentWindow.performance.getEntriesByType("resource").map((one) => one.name),
  };
}"""
USES = """(frame) => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const table = page.querySelector("table.sortable");
  const column = [...table.querySelectorAll("thead th")].findIndex((one) => one.textContent === "Memorization");
  const values = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[column].dataset.sort));
  const button = table.querySelectorAll("thead button")[column], head = button.parentElement;
  button.focus();
  const focused = page.activeElement === button;
  button.click();
  const down = [head.getAttribute("aria-sort"), values()];
  button.click();
  const up = [head.getAttribute("aria-sort"), values()];
  const field = page.querySelector(".filter input"), id = table.tBodies[0].rows[4].cells[0].textContent;
  field.value = id.toUpperCase();
  field.dispatchEvent(new view.Event("input"));
  const visible = [...table.tBodies[0].rows].filter((row) => row.getClientRects().length);
  const kept = visible.map((row) => row.cells[0].textContent);
  const svg = page.querySelector("figure > svg"), tip = page.querySelector(".tip");
  const press = (key) => svg.dispatchEvent(new view.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  svg.focus();
  press("ArrowRight");
  const first = [tip.hidden, tip.textContent];
  press("ArrowRight");
  const second = tip.textContent;
  press("Escape");
  return {
    focused, down, up, kept, id, count: page.querySelector(".filter output").textContent,
    labelled: field.labels.length, first, second, closed: tip.hidden,
  };
}"""
TOGGLES = """(frame) => {
  const page = frame.contentDocument;
  page.querySelectorAll("details").forEach((one) => (one.open = true));
  const seen = (name) => [...page.querySelectorAll(`.${name}`)].filter((one) => one.getClientRects().length).length;
  const before = [seen("arm-0"), seen("arm-1")];
  page.getElementById("show-1").click();
  const hidden = [seen("arm-0"), seen("arm-1")];
  page.getElementById("show-1").click();
  const controls = page.querySelectorAll("thead button, .filter").length;
  return { before, hidden, after: [seen("arm-0"), seen("arm-1")], controls };
}"""
CHECKS = """async (frame) => {
  const page = frame.contentDocument, view = frame.contentWindow;
  page.querySelectorAll("details").forEach((one) => (one.open = true));
  view.eval(window.axeSource);
  const found = await view.axe.run(page, { resultTypes: ["violations"] });
  const faults = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return faults.map((one) => [one.id, one.help, ...one.nodes.slice(0, 4).map((node) => node.html.slice(0, 200))]);
}"""


@pytest.mark.parametrize("name", [DRAWN, "violated", "least", "experiments", "secrets"])
def test_the_page_fits_360_to_2560_pixels_logs_nothing_and_asks_for_nothing(name: str, tmp_path: Path) -> None:
    seen, log = look(page(name), FITS, tmp_path, WIDTHS)
    assert [view["view"] for view in seen] == list(WIDTHS)
    for view in seen:
        assert view["scroll"] <= view["view"]
        assert view["narrow"] == 0
        assert view["figures"] > 0
        assert view["asked"] == []
    assert "CONSOLE" not in log, log


def test_a_request_and_an_error_would_be_seen(tmp_path: Path) -> None:
    wrong = page("least").replace("<footer>", '<img alt="" src="http://nowhere.invalid/missing.png"><footer>')
    _, refused = look(wrong, FITS, tmp_path, (1280,))
    assert "CONSOLE" in refused
    lifted = wrong.replace('http-equiv="Content-Security-Policy"', 'name="lifted"')
    (view,), _ = look(lifted, FITS, tmp_path, (1280,))
    assert view["asked"] == ["http://nowhere.invalid/missing.png"]


@pytest.mark.draws
def test_records_sort_and_filter_and_marks_say_their_values_from_the_keyboard(tmp_path: Path) -> None:
    (seen,), log = look(page("four-arms"), USES, tmp_path, (1280,))
    assert seen["focused"]
    assert seen["down"] == ["descending", sorted(seen["down"][1], reverse=True)]
    assert seen["up"] == ["ascending", sorted(seen["down"][1])]
    assert seen["kept"] == [seen["id"]]
    assert seen["count"] == "1 of 20 shown"
    assert seen["labelled"] == 1
    assert seen["first"][0] is False
    assert seen["first"][1].startswith("standard: ")
    assert seen["second"] not in ("", seen["first"][1])
    assert seen["closed"]
    assert "CONSOLE" not in log, log


@pytest.mark.draws
@pytest.mark.parametrize("scripted", [True, False])
def test_an_arm_is_hidden_everywhere_and_shown_again_with_and_without_script(scripted: bool, tmp_path: Path) -> None:
    (seen,), _ = look(page("four-arms"), TOGGLES, tmp_path, (1280,), scripted=scripted)
    assert min(seen["before"]) > 100
    assert seen["hidden"] == [seen["before"][0], 0]
    assert seen["after"] == seen["before"]
    assert (seen["controls"] > 0) == scripted


@pytest.mark.draws
def test_without_script_everything_is_there(tmp_path: Path) -> None:
    seen, _ = look(page("four-arms"), FITS, tmp_path, WIDTHS, scripted=False)
    assert all(view["scroll"] <= view["view"] and view["figures"] > 15 for view in seen)


needs_axe = pytest.mark.skipif(
    not Path(AXE).is_file(), reason="AUDIT_AXE does not name axe.min.js (npm install axe-core)"
)


def faults_of(name: str, dark: bool, folder: Path, planted: str = "") -> list[list[object]]:
    """Serious and critical faults that axe finds at 1280 and 360 pixels."""
    # The page's policy lets no script of others run; the checks are the only thing that it is lifted for.
    lifted = page(name).replace('http-equiv="Content-Security-Policy"', 'name="lifted"')
    library = f"window.axeSource = {json.dumps(Path(AXE).read_text(encoding='utf-8'))};"
    lifted = lifted.replace("<footer>", f"{planted}<footer>")
    faults, _ = look(lifted, CHECKS, folder, (1280, 360), dark=dark, library=library)
    return faults


@needs_axe
@pytest.mark.draws
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["four-arms", "violated", "judged", "least", "experiments", "irrelevant"])
def test_axe_finds_no_serious_fault(name: str, dark: bool, tmp_path: Path) -> None:
    assert faults_of(name, dark, tmp_path) == [[], []]


@needs_axe
def test_axe_would_find_one(tmp_path: Path) -> None:
    planted = '<img src="data:,"><p style="color: #444; background: #333">unreadable</p>'
    found = faults_of("least", True, tmp_path, planted)
    assert all({fault[0] for fault in view} >= {"image-alt", "color-contrast"} for view in found)
