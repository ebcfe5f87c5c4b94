"""JUnit XML: the rules of the schema that CI systems share, counts that add up, and text that cannot break out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from golden_files import assert_golden
from policy_outcomes import HOSTILE, outcome

from reports.junit import junit

CREATED = "2025-01-31T12:00:00Z"
# Of the common schema: an element's required attributes, its optional ones, and its children in their order.
RULES = {
    "testsuites": (set(), set(), ["testsuite"]),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "timestamp", "hostname", "package", "id"},
        {"skipped"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": ({"name", "classname", "time"}, set(), ["skipped", "failure"]),
    "skipped": (set(), {"message"}, []),
    "failure": ({"type"}, {"message"}, []),
    "system-out": (set(), set(), []),
    "system-err": (set(), set(), []),
}


def parsed(allow: bool = False, hostile: str = "x") -> ElementTree.Element:
    return ElementTree.fromstring(junit(outcome(hostile), CREATED, allow).encode())


@pytest.mark.parametrize("allow", [False, True])
def test_the_rules_of_the_schema_are_kept(allow: bool) -> None:
    root = parsed(allow)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = RULES[element.tag]
        assert required <= set(element.attrib) <= required | optional
        places = [children.index(child.tag) for child in element]
        assert places == sorted(places)
    for suite in root:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        assert [suite.find(tag) is not None for tag in ("properties", "system-out", "system-err")] == [True] * 3
    assert [suite.get("id") for suite in root] == ["0", "1", "2"]


def test_a_suite_is_an_arm_and_a_test_a_limit() -> None:
    root = parsed()
    assert [suite.get("name") for suite in root] == ["standard", "dp-eps-8", "whole audit"]
    tests = [(test.get("classname"), test.get("name")) for test in root.iter("testcase")]
    assert sorted(tests) == sorted((limit.arm, limit.limit) for limit in outcome("x").limits)


@pytest.mark.parametrize(
    ("allow", "failures", "skipped", "types"),
    [
        (False, [1, 2, 1], [0, 0, 0], ["fail", "inconclusive", "fail", "inconclusive"]),
        (True, [1, 1, 0], [0, 1, 1], ["fail", "fail"]),
    ],
)
def test_an_undecided_limit_is_skipped_where_it_is_allowed_and_a_failure_otherwise(
    allow: bool, failures: list[int], skipped: list[int], types: list[str]
) -> None:
    root = parsed(allow)
    assert [int(suite.get("failures", "")) for suite in root] == failures
    assert [int(suite.get("skipped", "")) for suite in root] == skipped
    assert [int(suite.get("tests", "")) for suite in root] == [2, 2, 2]
    assert [failure.get("type") for failure in root.iter("failure")] == types
    assert [len(suite.findall("testcase/failure")) for suite in root] == failures
    assert [len(suite.findall("testcase/skipped")) for suite in root] == skipped


def test_a_failure_says_figure_limit_and_reason() -> None:
    said = [failure.text or "" for failure in parsed().iter("failure")]
    assert said[0].startswith("leakage.by_group.9.found: 0.1280 (")
    assert "; limit at most 0.07; the one of 10 figures" in said[0]
    assert "890 models" in said[1]
    assert said[3] == "differences.test accuracy, class 4.estimate; no test record"


def test_names_are_data_and_never_markup() -> None:
    root = parsed(hostile=HOSTILE)
    names = [test.get("name", "") for test in root.iter("testcase")]
    assert '<b>&"?[31m?? name at most 0.07' in names
    assert {element.tag for element in root.iter()} <= set(RULES)


def test_the_policy_is_named_with_its_digest() -> None:
    held = {entry.get("name"): entry.get("value") for entry in parsed().iter("property")}
    assert held == {"policy": "my policy.yaml", "policy.sha256": "ab" * 32}


def test_junit_is_as_it_was() -> None:
    assert_golden("policy.junit.xml", junit(outcome(), CREATED))
