"""README's block is held against a run: rounding may move it, another result may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_readme import block, missing_rows, other_figures, rows

SHOWN = block((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8"))


def test_the_block_agrees_with_itself_and_its_table_is_read() -> None:
    assert len(rows(SHOWN)) >= 6
    assert missing_rows(SHOWN, SHOWN) == []
    assert other_figures(SHOWN, SHOWN) == []


def test_a_line_that_is_not_printed_and_another_order_are_found() -> None:
    (label, *_), lines = rows(SHOWN), SHOWN.splitlines()
    without = [line for line in lines if not line.startswith("Test accuracy")]
    (found,) = missing_rows(SHOWN, "\n".join(without))
    assert "Test accuracy" in found
    assert missing_rows(SHOWN, "\n".join(reversed(lines))) == ["its block has no table, or one in another order"]
    assert label


@pytest.mark.parametrize(
    ("shown", "run", "differs"),
    [
        ("Test accuracy  96.8 % (96.6 to 96.9)", "Test accuracy  96.9 % (96.7 to 97.0)", False),
        ("Test accuracy  96.8 % (96.6 to 96.9)", "Test accuracy  97.2 % (97.0 to 97.4)", True),
        ("Attack AUC  0.658  (0.655 to 0.661)  0.569  (0.564 to 0.574)",
         "Attack AUC  0.658  (0.655 to 0.661)  0.589  (0.584 to 0.594)", True),
        ("Memorized records  18  (of 1,438)  0  (of 1,438)", "Memorized records  21  (of 1,438)  2  (of 1,438)", False),
        ("Memorized records  18  (of 1,438)", "Memorized records  58  (of 1,438)", True),
        ("Memorized records  18  (of 1,438)", "Memorized records  18  (of 1,797)", True),
    ],
)  # fmt: skip
def test_rounding_may_move_a_figure_within_its_interval(shown: str, run: str, differs: bool) -> None:
    assert bool(other_figures(shown, run)) == differs
