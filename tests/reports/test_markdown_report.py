from __future__ import annotations

import re

import pytest
from golden_files import assert_golden
from sample_pages import results
from sample_result import sample

from reports.markdown import escape, render

RESULTS = results()


@pytest.mark.parametrize("name", RESULTS)
def test_golden(name: str) -> None:
    assert_golden(f"markdown-{name}.md", render(RESULTS[name]))


@pytest.mark.parametrize("name", RESULTS)
def test_every_row_of_a_table_has_as_many_cells_as_its_header(name: str) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", render(RESULTS[name]), re.MULTILINE)
    assert blocks
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_names_cannot_leave_their_cell() -> None:
    result = sample()
    row = result.arms[0].most_exposed[0].model_copy(update={"id": "a|b\n# <b>`c`", "class_name": "[x](y)"})
    arm = result.arms[0].model_copy(update={"most_exposed": (row,)})
    text = render(result.model_copy(update={"arms": (arm,)}))
    assert r"| a\|b \# \<b\>\`c\` | \[x\](y) |" in text


@pytest.mark.parametrize("sign", list("\\`*_{}[]<>#|~$&"))
def test_every_special_sign_is_escaped(sign: str) -> None:
    assert escape(f"a{sign}b") == f"a\\{sign}b"
