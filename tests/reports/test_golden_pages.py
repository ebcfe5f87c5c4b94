"""Golden files of the page and of the result: a change of a word, a number or an order shows as a line that differs.

Of the page the drawings, the style and the script are left out: they have tests of their own, and the drawings' bytes
are matplotlib's.
"""

from __future__ import annotations

import re

import pytest
from golden_files import assert_golden
from sample_pages import page
from sample_result import sample

from reports.serialization import to_json

pytestmark = pytest.mark.draws


def words_of(name: str) -> str:
    """The page without drawings, style and script, a line a tag, without empty lines."""
    bare = re.sub(r"<(svg|style|script)\b.*?</\1>", "", page(name), flags=re.DOTALL)
    bare = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-SCRIPT", bare)
    lines = (line.strip() for line in bare.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


@pytest.mark.parametrize("name", ["judged", "violated"])
def test_the_page(name: str) -> None:
    assert_golden(f"page-{name}.html", words_of(name))


def test_the_result() -> None:
    assert_golden("result-two-arms.json", to_json(sample()))
