from __future__ import annotations

import re

import pytest
from sample_result import sample

from reports.html import render
from reports.result import AuditResult
from reports.serialization import from_json, to_json
from reports.suppression import SUPPRESSED, without_small_groups


def with_small_leakage() -> AuditResult:
    result = sample()
    leakage = result.arms[0].leakage
    small = leakage.by_group[0].model_copy(update={"records": 9, "group": "few"})
    edge = leakage.by_group[1].model_copy(update={"records": 10, "group": "ten"})
    leakage = leakage.model_copy(update={"by_group": (small, edge, *leakage.by_group[2:])})
    return result.model_copy(
        update={"arms": (result.arms[0].model_copy(update={"leakage": leakage}), *result.arms[1:])}
    )


def test_groups_below_ten_records_lose_their_figures_and_no_others_do() -> None:
    before, after = sample(), without_small_groups(sample())
    for one, other in zip(before.arms, after.arms, strict=True):
        pairs = [(one.utility, other.utility), (one.memorization, other.memorization)]
        for had, has in pairs:
            assert any(value.records < 10 for value in had.by_group)
            for old, new in zip(had.by_group, has.by_group, strict=True):
                assert new == (
                    old if old.records >= 10 else old.model_copy(update={"estimate": None, "reason": SUPPRESSED})
                )


def test_a_small_group_loses_its_leakage_and_its_place_among_the_most_exposed() -> None:
    groups = without_small_groups(with_small_leakage()).arms[0].leakage.by_group
    assert [one.group for one in groups[:1]] == ["ten"]
    assert groups[0].found is not None
    last = groups[-1]
    assert (last.group, last.found, last.accused, last.reason) == ("few", None, None, SUPPRESSED)


def test_differences_of_small_groups_are_suppressed_by_the_records_they_count() -> None:
    result = sample()
    base = result.differences[0]
    names = ("test accuracy, writer w03", "test accuracy, writer w39", "mean memorization, writer w03")
    items = tuple(base.model_copy(update={"quantity": name}) for name in names)
    after = without_small_groups(result.model_copy(update={"differences": (base, *items)})).differences
    assert [item.reason for item in after] == ["", SUPPRESSED, "", SUPPRESSED]
    assert [item.estimate is None for item in after] == [False, True, False, True]


def test_the_rest_of_a_result_is_untouched_and_nothing_happens_twice() -> None:
    once = without_small_groups(sample())
    assert without_small_groups(once) == once
    assert from_json(to_json(once)) == once
    hidden = {"arms", "differences"}
    assert once.model_dump(exclude=hidden) == sample().model_dump(exclude=hidden)


@pytest.mark.draws
def test_the_page_suppresses_unless_asked_not_to() -> None:
    result = with_small_leakage()
    hidden, shown = render(result), render(result, small_groups=True)
    row = re.search(r'<th scope="row">few</th>.*?</tr>', hidden, re.DOTALL)
    assert row
    assert row[0].count(SUPPRESSED) == 2
    assert SUPPRESSED not in shown
    assert "standard, w03:" in shown  # a mark of a figure
    assert "standard, w03:" not in hidden
