"""The made-up results as HTML, each rendered once."""

from __future__ import annotations

from functools import cache

from sample_result import minimal, sample, untested, violated

from reports.html import render
from reports.result import AuditResult


def results() -> dict[str, AuditResult]:
    return {
        "least": minimal(),
        "two-arms": sample(),
        "four-arms": sample(controls=True),
        "violated": violated(),
        "untested": untested(),
    }


@cache
def page(name: str) -> str:
    return render(results()[name])
