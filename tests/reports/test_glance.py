from __future__ import annotations

from sample_result import minimal, sample

from reports.glance import at_a_glance, paired_differences
from reports.overview import columns_of
from reports.result import Difference

COLUMNS = columns_of(sample(controls=True))


def test_an_arm_is_a_row_with_every_figure_and_its_interval() -> None:
    table = at_a_glance(COLUMNS, 0.95)
    assert [row.label for row in table.rows] == [column.title for column in COLUMNS]
    cells = dict(zip(table.columns, table.rows[0].cells, strict=True))
    arm = COLUMNS[0].arm
    assert str(cells["Test accuracy"]) == "97.4 % (97.0 to 97.8)"
    assert cells["Memorized records"].text == f"{arm.memorization.discovered}"
    assert cells["Memorized records"].detail == "58 to 121 of 1,437"
    assert cells["TPR at 0.1 % FPR"].detail
    assert cells["Epsilon claimed"].muted
    assert table.rows[1].cells[table.columns.index("Epsilon claimed")].text == "8.00"


def test_what_an_arm_does_not_have_is_said() -> None:
    (row,) = at_a_glance(columns_of(minimal()), 0.95).rows
    assert [cell.text for cell in row.cells][1:] == [
        "not available",
        "58",
        "< 1/40",  # at the lowest rate that is resolved, which the verdict rests on
        "none",
        "not available",
    ]


def test_differences_stand_in_the_row_of_their_arm() -> None:
    items = [item for item in sample(controls=True).differences if "," not in item.quantity]
    table = paired_differences(items)
    assert [row.label for row in table.rows] == ["dp-eps-8", "dp-recipe", "clip-only"]
    assert table.columns == ("Test accuracy", "Mean memorization")
    assert table.rows[0].cells[0].text == "-7.1 points"
    assert {row.hint for row in table.rows} == {"minus standard"}


def test_a_missing_difference_is_not_available_and_says_why() -> None:
    known = Difference(quantity="test accuracy", first="a", second="b", estimate=None, reason="no test set.")
    other = Difference(quantity="attack AUC", first="a", second="c", estimate=None)
    table = paired_differences([known, other])
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["not available"] * 2] * 2
    assert table.notes == ("test accuracy, b: no test set.",)


def test_nothing_compared_gives_no_rows() -> None:
    assert paired_differences([]).rows == ()
