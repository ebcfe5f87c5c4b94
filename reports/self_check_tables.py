"""The tests of a DP implementation against its claim."""

from __future__ import annotations

from reports import numbers
from reports.result import ClaimTest, SelfCheck
from reports.tables import Cell, Row, Table, absent


def claim_tests(title: str, check: SelfCheck) -> Table:
    """Every test of an arm's claim.

    Args:
        title: of the arm.
        check: its self-check.
    """
    rows = tuple(Row(test.what, _cells(test)) for test in check.tests)
    headers = ("Alpha", "Claim refuted?", "Could it have been?", "Without DP, refuted?")
    chance = numbers.small(1 - check.confidence)
    together = f"Under a true claim all tests together refute it with a chance of at most {chance}."
    notes = (together, *(_evidence(test) for test in check.tests))
    return Table(f"Tests of the claimed epsilon, {title}", "Test", headers, rows, notes)


def _cells(test: ClaimTest) -> tuple[Cell, ...]:
    control = absent("no such arm") if test.control_refutes is None else Cell(_yes(test.control_refutes))
    refuted = Cell("REFUTED", loud=True) if test.refuted else Cell("no")
    return Cell(numbers.small(test.alpha)), refuted, Cell(_yes(test.could_refute)), control


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _evidence(test: ClaimTest) -> str:
    records = f" Refuted by {', '.join(test.record_ids)}." if test.record_ids else ""
    return f"{test.what}: {test.evidence.rstrip('.')}.{records}"
