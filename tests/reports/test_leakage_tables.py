"""Accusations, groups, pool sizes and views: every figure stands where its arm stands, and gaps are said to be gaps."""

from __future__ import annotations

import re

import pytest
from sample_parts import FPRS
from sample_result import minimal, sample

from reports import leakage_figures, leakage_tables, sentences
from reports.overview import Column, columns_of
from reports.result import Estimate

COLUMNS = columns_of(sample())


def with_leakage(column: Column, **changes: object) -> Column:
    leakage = column.arm.leakage.model_copy(update=changes)
    return Column(column.title, column.arm.model_copy(update={"leakage": leakage}), column.headline)


def test_the_worth_of_accusations_by_prior_and_arm() -> None:
    table = leakage_tables.worth(COLUMNS, FPRS[1:3])
    assert table.columns == ("standard", "dp-eps-8")
    assert [row.label for row in table.rows][:2] == ["1 % are members, 1 % FPR", "10 % are members, 1 % FPR"]
    expected = {(one.fpr, one.prior): one.worth.value for one in COLUMNS[0].arm.leakage.worth}
    first = float(re.match(r"[\d.]+", table.rows[0].cells[0].text)[0]) / 100
    assert first == pytest.approx(expected[0.01, 0.01], abs=0.001)


def test_rates_that_nothing_resolves_have_no_row() -> None:
    worth = tuple(one.model_copy(update={"worth": None, "reason": "too few"}) for one in COLUMNS[0].arm.leakage.worth)
    first = with_leakage(COLUMNS[0], worth=worth)
    assert leakage_tables.worth((first,)).rows == ()
    mixed = leakage_tables.worth((first, COLUMNS[1])).rows
    assert {row.cells[0].text for row in mixed} == {"not resolvable"}


def test_where_no_low_rate_is_resolved_the_lowest_that_is_stands_for_it() -> None:
    worth = tuple(one for one in COLUMNS[0].arm.leakage.worth if one.fpr == 0.1)
    rows = leakage_tables.worth((with_leakage(COLUMNS[0], worth=worth),)).rows
    assert {row.label.partition(", ")[2] for row in rows} == {"10 % FPR"}


def test_groups_keep_the_order_of_the_first_arm() -> None:
    table = leakage_tables.leakage_by_group(COLUMNS, "class")
    assert [row.label for row in table.rows] == [str(digit) for digit in range(9, -1, -1)]
    assert table.columns[0] == "Records"
    assert len(table.columns) == len(table.rows[0].cells) == 5
    assert "one threshold for all, at 1 % FPR" in table.caption


def test_a_column_of_one_group_is_no_column() -> None:
    only = COLUMNS[0].arm.leakage.by_group[:1]
    assert leakage_tables.leaking_columns((with_leakage(COLUMNS[0], by_group=only),)) == ()
    assert leakage_tables.leaking_columns(COLUMNS) == ("class",)


def test_the_sentence_about_groups_says_when_nothing_is_shown() -> None:
    said = sentences.most_exposed_group(COLUMNS[0], "class")
    assert "class 9" in said
    assert "class 0" in said
    assert "do not show" not in said
    wide = Estimate(value=0.02, low=0.0, high=1.0, confidence=0.95, method="", n=5)
    groups = tuple(one.model_copy(update={"found": wide}) for one in COLUMNS[0].arm.leakage.by_group)
    assert "do not show" in sentences.most_exposed_group(with_leakage(COLUMNS[0], by_group=groups), "class")


def test_sizes_name_how_many_pools_they_are_the_mean_of() -> None:
    table = leakage_tables.pool_sizes(COLUMNS[0])
    assert [row.label for row in table.rows] == [
        "8 (mean of 8 pools)",
        "16 (mean of 4 pools)",
        "32 (mean of 2 pools)",
        "64",
    ]
    assert table.notes == (COLUMNS[0].arm.leakage.more_models,)


@pytest.mark.draws
def test_the_figure_shows_every_size_of_every_arm() -> None:
    picture = leakage_figures.pool_sizes(COLUMNS)
    assert all(f">{models}<" in picture.svg for models in (8, 16, 32, 64))
    assert leakage_figures.pool_sizes((with_leakage(COLUMNS[0], pool_sizes=()),)) is None


def test_what_views_add_is_signed_and_named() -> None:
    (row, *_) = leakage_tables.views(COLUMNS).rows
    assert row.cells[0].text == "standard, 6 views minus one view"
    assert row.cells[1].text.startswith("+")


def test_a_result_without_all_that_has_no_tables() -> None:
    columns = columns_of(minimal())
    assert leakage_tables.worth(columns).rows == ()
    assert leakage_tables.leaking_columns(columns) == ()
    assert leakage_tables.pool_sizes(columns[0]).rows == ()
    assert leakage_tables.views(columns).rows == ()
    assert sentences.stability_sentence(columns[0]) == ""
