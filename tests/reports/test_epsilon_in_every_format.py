"""Claims, proofs and violations where a reader of each format looks for them; no name can leave its place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from sample_pages import page, results
from sample_result import sample, unmeasured, violated

from reports import html, markdown
from reports.bound_tables import CAPTIONS, KINDS
from reports.result import AuditResult
from reports.terminal import as_text

FORMATS: dict[str, Callable[[AuditResult], str]] = {
    "terminal": as_text,
    "html": html.render,
    "markdown": markdown.render,
}
EVIL = "<img src=x onerror=alert(1)>|`\x1b[31m[b]"
PATH = f"/home/anna/secret/{EVIL}.npz"


@pytest.fixture(params=FORMATS)
def render(request: pytest.FixtureRequest) -> Callable[[AuditResult], str]:
    return FORMATS[request.param]


def prose(text: str) -> str:
    """Without line breaks, tags and escapes."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text).replace("\\", ""))


def poisoned() -> AuditResult:
    """Markup in the id of the record and in the name of the file of canaries."""
    result = violated()
    first, dp = result.arms
    epsilon = dp.epsilon
    check = epsilon.self_check
    changes = {
        "bounds": tuple(b.model_copy(update={"record_id": EVIL, "title": EVIL}) for b in epsilon.bounds),
        "canaries": epsilon.canaries.model_copy(update={"kind": PATH}),
        "trade_off": epsilon.trade_off.model_copy(update={"record_id": EVIL}),
        "self_check": check.model_copy(
            update={
                "explanation": EVIL,
                "tests": tuple(t.model_copy(update={"what": EVIL, "record_ids": (EVIL,)}) for t in check.tests),
            }
        ),
        "reasons": (EVIL,),
    }
    dp = dp.model_copy(update={"epsilon": epsilon.model_copy(update=changes)})
    return result.model_copy(update={"arms": (first, dp)})


def test_a_violation_stands_before_the_verdict(render: Callable[[AuditResult], str]) -> None:
    text = prose(render(violated()))
    first, verdict = text.index("DP self-check VIOLATED: dp-eps-8"), text.index("The DP implementation of dp-eps-8")
    assert first < verdict < text.index("Without differential privacy")
    assert text.count("VIOLATED") >= 3
    assert "REFUTED" in text or render is as_text


def test_without_a_violation_nobody_is_alarmed(render: Callable[[AuditResult], str]) -> None:
    assert "VIOLATED" not in prose(render(sample()))


def test_a_violation_is_loud_in_words_and_frames_not_in_colour_alone() -> None:
    text = page("violated")
    assert re.search(r'<p class="alarm"><span aria-hidden="true">✗</span> <strong>DP self-check VIOLATED', text)
    assert re.search(r'<div class="check alarm">\s*<h4><span aria-hidden="true">✗</span> dp-eps-8: VIOLATED', text)
    assert '<td class="loud arm-1"><span class="value">VIOLATED' in text
    assert 'class="alarm"' not in page("two-arms")
    assert "**DP self-check VIOLATED: dp-eps-8**" in markdown.render(violated())


def test_sections_are_there_and_absent_with_their_findings(render: Callable[[AuditResult], str]) -> None:
    names = ("Epsilon: claimed, proved, capped", "Canaries beside natural records", "Is DP implemented right?")
    found = {name: prose(render(results()[name])) for name in ("two-arms", "least")}
    assert all(name in found["two-arms"] for name in names)
    assert not any(name in found["least"] for name in names)
    claimed = prose(render(unmeasured()))
    assert "no surer than 99.97" in claimed
    assert names[2] not in claimed


def test_what_is_proved_and_what_is_assumed_are_never_in_one_block(render: Callable[[AuditResult], str]) -> None:
    """A block reaches from the caption of its kind to that of the next; the last ends where the caps begin."""
    text = prose(render(sample(controls=True)))
    cells = {"proved": "at least 1.85", "assumes": "9.09 if it holds", "credible": "credible: 2.91 to 11.05"}
    starts = [text.index(CAPTIONS[kind]) for kind in KINDS] + [text.index("What the guarantee caps")]
    for kind, (start, end) in zip(KINDS, itertools.pairwise(starts), strict=True):
        assert [other for other, cell in cells.items() if cell in text[start:end]] == [kind]
        assert cells[kind] not in text[:start] + text[end:]


def test_every_kind_has_its_caption_and_its_assumption(render: Callable[[AuditResult], str]) -> None:
    text = prose(render(sample()))
    assert all(caption in text for caption in CAPTIONS.values())
    assert "that of a Gaussian mechanism" in text


def test_names_stay_names(render: Callable[[AuditResult], str]) -> None:
    text = render(poisoned())
    assert "/home/anna" not in text
    assert "secret" not in text
    if render is as_text:
        assert "\x1b" not in text
        assert "<img src=x onerror=alert(1)>|`?[31m[b].npz" in re.sub(r"\s*\n\s*", " ", text)
        assert max(len(line) for line in text.splitlines()) <= 80
    else:
        assert "<img" not in re.sub(r"\\<img", "", text)
    if render is markdown.render:
        lines = [line for line in text.splitlines() if line.startswith("| dp-eps-8, \\<img")]
        assert lines
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {7}


@pytest.mark.draws
def test_html_escapes_names_in_text_and_in_what_a_screen_reader_says() -> None:
    text = html.render(poisoned())
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") > 10
    assert not re.search(r"<[^>]*\sonerror", re.sub(r'"[^"]*"', '""', text))
