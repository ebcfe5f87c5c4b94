"""The outcome of a policy as JUnit XML, which CI systems show as tests: a suite an arm, a test a limit."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from reports.check import printable_outcome, sentence
from reports.outcome import LimitOutcome, PolicyOutcome
from reports.text import printable

# The common schema asks for a host and for times; a check has neither.
HOST, NO_TIME = "localhost", "0"


def junit(outcome: PolicyOutcome, created: str, allow_inconclusive: bool = False) -> str:
    """The outcome as JUnit XML.

    Args:
        outcome: the policy's outcome.
        created: when the audit ended, ISO 8601, UTC.
        allow_inconclusive: whether an inconclusive limit is skipped; it is a failure of the type `inconclusive` if not.
    """
    outcome = printable_outcome(outcome)
    arms = list(dict.fromkeys(limit.arm for limit in outcome.limits))
    root = ElementTree.Element("testsuites")
    for number, arm in enumerate(arms):
        limits = [limit for limit in outcome.limits if limit.arm == arm]
        suite = ElementTree.SubElement(root, "testsuite", _suite(arm, number, created))
        suite.attrib |= _counts(limits, allow_inconclusive)
        _properties(suite, outcome)
        for limit in limits:
            _test(suite, limit, allow_inconclusive)
        ElementTree.SubElement(suite, "system-out")
        ElementTree.SubElement(suite, "system-err")
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(arm: str, number: int, created: str) -> dict[str, str]:
    stamp = {"timestamp": printable(created[:19], "utf-8"), "hostname": HOST, "time": NO_TIME}
    return {"name": arm, "package": "policy", "id": str(number)} | stamp


def _properties(suite: ElementTree.Element, outcome: PolicyOutcome) -> None:
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("policy", outcome.name), ("policy.sha256", outcome.digest)):
        if value:
            ElementTree.SubElement(properties, "property", {"name": name, "value": value})


def _test(suite: ElementTree.Element, limit: LimitOutcome, allow_inconclusive: bool) -> None:
    said = sentence(limit)
    names = {"name": limit.limit, "classname": limit.arm, "time": NO_TIME}
    test = ElementTree.SubElement(suite, "testcase", names)
    if limit.verdict == "inconclusive" and allow_inconclusive:
        ElementTree.SubElement(test, "skipped", {"message": f"inconclusive: {said}"})
    elif limit.verdict != "pass":
        ElementTree.SubElement(test, "failure", {"type": limit.verdict, "message": said}).text = said


def _counts(limits: Sequence[LimitOutcome], allow_inconclusive: bool) -> dict[str, str]:
    skipped = allow_inconclusive * sum(limit.verdict == "inconclusive" for limit in limits)
    failed = sum(limit.verdict != "pass" for limit in limits) - skipped
    counts = {"tests": len(limits), "failures": failed, "errors": 0, "skipped": skipped}
    return {name: str(count) for name, count in counts.items()}
