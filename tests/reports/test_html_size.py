"""What a page weighs, and what making it takes: nothing that grows with the records."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sample_result import RECORDS, sample

from reports.html import MOST_ROWS, render
from reports.result import ArmResult, AuditResult, GroupLeakage, GroupValue

MOST_BYTES = 1_500_000
MANY = 50_000
WITHOUT_TORCH = """
import sys
from reports.html import render
from reports.serialization import from_json
render(from_json(sys.stdin.read()))
print(sorted(name for name in ("torch", "opacus", "scipy", "sklearn", "audit") if name in sys.modules))
"""


def _values(values: tuple[GroupValue, ...], groups: int) -> tuple[GroupValue, ...]:
    first = next(value for value in values if value.estimate)
    named = ((column, n) for column in ("class", "postcode") for n in range(groups))
    return tuple(
        first.model_copy(update={"column": column, "group": f"{column}-{n:04d}", "records": 10 + n})
        for column, n in named
    )


def _leakage(groups: tuple[GroupLeakage, ...], count: int) -> tuple[GroupLeakage, ...]:
    return tuple(groups[0].model_copy(update={"group": f"class-{n:04d}"}) for n in range(count))


def _grown(arm: ArmResult, groups: int) -> ArmResult:
    """An arm of 256 models and 50,000 records with many classes and groups, and long lists."""
    rows = tuple(
        arm.most_memorized[n % 20].model_copy(update={"id": f"record-{n:05d}", "hits": n % 128, "in_models": 128})
        for n in range(500)
    )
    factor = MANY // RECORDS
    histogram = arm.memorization.histogram
    histogram = histogram.model_copy(update={"counts": tuple(count * factor for count in histogram.counts)})
    memorization = arm.memorization.model_copy(
        update={"scored": MANY, "histogram": histogram, "by_group": _values(arm.memorization.by_group, groups)}
    )
    leakage = arm.leakage.model_copy(update={"by_group": _leakage(arm.leakage.by_group, groups)})
    utility = arm.utility.model_copy(update={"by_group": _values(arm.utility.by_group, groups)})
    lists = {"most_memorized": rows, "most_exposed": rows}
    found = {"utility": utility, "memorization": memorization, "leakage": leakage}
    return arm.model_copy(update={"models": 256, **lists, **found})


def large(groups: int = 1000) -> AuditResult:
    result = sample(controls=True)
    data = result.data.model_copy(update={"records": MANY, "test_records": 10_000})
    return result.model_copy(update={"data": data, "arms": tuple(_grown(arm, groups) for arm in result.arms)})


@pytest.mark.draws
def test_fifty_thousand_records_and_a_thousand_groups_stay_below_the_limit() -> None:
    page = render(large())
    assert len(page.encode()) < MOST_BYTES
    assert f"The first {MOST_ROWS} of 1,000 rows; all of them are in the result" in page
    assert "record-00049" in page
    assert "record-00050" not in page


def test_more_groups_than_a_page_holds_add_nothing_to_it() -> None:
    some, more = render(large(300)), render(large(3000))
    assert abs(len(more) - len(some)) < 5_000


def test_a_page_is_made_without_torch_and_without_the_audit() -> None:
    from reports.serialization import to_json

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], input=to_json(sample()), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
