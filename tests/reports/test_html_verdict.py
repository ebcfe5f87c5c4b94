"""The first section: the answer, and what a policy makes of it."""

from __future__ import annotations

import re

import pytest
from sample_pages import judged, page
from sample_result import sample

from reports.html import render
from reports.result import Verdict


def answer(text: str) -> str:
    return text[text.index('<header id="answer">') : text.index("</header>")]


def test_the_summary_leads_and_all_findings_are_folded_behind_it() -> None:
    shown = answer(page("judged"))
    assert re.findall(r'<p class="lead">(.*?)</p>', shown) == ["It memorizes 58 records.", "With DP, 5."]
    findings = re.findall(r"<details>.*?</details>", shown, re.DOTALL)
    assert all(sentence[:40] in findings[-1] for sentence in sample().verdict)


def test_an_old_result_without_a_summary_leads_with_its_first_findings() -> None:
    more = (*sample().verdict, "A third finding.")
    shown = answer(render(sample().model_copy(update={"verdict": more})))
    assert len(re.findall(r'<p class="lead">', shown)) == 2
    assert "1 finding more in words" in shown
    assert re.search(r"<details>.*?A third finding\..*?</details>", shown, re.DOTALL)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("pass", "pass: every limit holds."),
        ("fail", "FAIL: a limit is broken."),
        ("inconclusive", "inconclusive: no limit is shown to be broken"),
    ],
)
def test_a_policy_is_named_and_judges_in_words_with_a_mark(verdict: Verdict, words: str) -> None:
    shown = answer(render(judged(verdict)))
    mark = {"pass": "✓", "fail": "✗", "inconclusive": "?"}[verdict]
    assert f'<div class="policy {verdict}">\n<p><span class="mark" aria-hidden="true">{mark}</span>' in shown
    assert f"Policy release.yaml: {words}" in shown
    assert "c0de" * 16 in shown
    assert "No policy given" not in shown


def test_what_would_settle_an_open_limit_is_said() -> None:
    shown = answer(page("judged"))
    assert "What would settle it:" in shown
    assert (
        shown.count("The interval holds the limit: about 512 models an arm would settle it.") == 2
    )  # beside its limit, too
    assert "What would settle it:" not in answer(render(judged("fail")))


def test_without_a_policy_nothing_is_judged() -> None:
    shown = answer(page("two-arms"))
    assert '<p class="policy">No policy given: the report states facts and judges nothing.</p>' in shown
    assert not re.search(r'class="policy (pass|fail|inconclusive)"', page("two-arms"))
