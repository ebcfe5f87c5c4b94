from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from sample_result import minimal, sample

from reports import frontier_figures
from reports.frontier import frontier, has_dp, leak_of
from reports.overview import Column, columns_of
from reports.tables import proportion, rate

pytestmark = pytest.mark.draws

COLUMNS = columns_of(sample(controls=True))


def without_tpr(column: Column) -> Column:
    attacks = tuple(
        one.model_copy(update={"tpr_at": tuple(at.model_copy(update={"tpr": None}) for at in one.tpr_at)})
        for one in column.arm.attacks
    )
    return Column(column.title, column.arm.model_copy(update={"attacks": attacks}), column.headline)


def test_every_arm_is_a_point_with_its_own_figures() -> None:
    leak = leak_of(COLUMNS)
    points = frontier(COLUMNS, leak, memorized=False)
    assert [point.name for point in points] == [column.title for column in COLUMNS]
    for point, column in zip(points, COLUMNS, strict=True):
        assert point.accuracy == column.arm.utility.test_accuracy
        assert point.leak == next(at.tpr for at in column.attack.tpr_at if at.fpr == 0.001)
        assert point.control == (column.arm.kind == "control")
    memorized = frontier(COLUMNS, leak, memorized=True)
    assert [p.accuracy for p in memorized] == [c.arm.utility.memorized_decile_accuracy for c in COLUMNS]


def test_where_one_arm_does_not_resolve_the_rate_all_are_read_by_the_auc() -> None:
    columns = (COLUMNS[0], without_tpr(COLUMNS[1]))
    leak = leak_of(columns)
    assert (leak.title, leak.percent, leak.guessing) == ("attack AUC", False, 0.5)
    assert [point.leak for point in frontier(columns, leak, False)] == [c.attack.auc for c in columns]


def test_without_dp_there_is_nothing_to_trade_off() -> None:
    assert not has_dp(columns_of(minimal()))
    assert frontier_figures.frontiers(COLUMNS[:1]) == []
    assert frontier_figures.frontiers((COLUMNS[0], COLUMNS[2])) == []


@pytest.mark.parametrize("panel", [0, 1])
def test_both_panels_say_accuracy_and_leakage_of_each_arm(panel: int) -> None:
    picture = frontier_figures.frontiers(COLUMNS)[panel]
    titles = [title.text or "" for title in ElementTree.fromstring(picture.svg).iter("title")]
    assert len(titles) == len(COLUMNS)
    for column, said in zip(COLUMNS, titles, strict=True):
        utility = column.arm.utility
        assert str(rate(utility.memorized_decile_accuracy if panel else utility.test_accuracy)) in said
        assert str(proportion(next(at.tpr for at in column.attack.tpr_at if at.fpr == 0.001))) in said
        assert f">{column.title}</text>" in picture.svg


def test_marks_lie_in_the_order_of_their_accuracy_and_their_leakage() -> None:
    picture = frontier_figures.frontiers(COLUMNS)[0]
    spots = {}
    for group in ElementTree.fromstring(picture.svg).iter("g"):
        if group.find("title") is not None:
            use = next(group.iter("use"))
            spots[group.get("class")] = (float(use.get("x")), float(use.get("y")))
    points = frontier(COLUMNS, leak_of(COLUMNS), False)
    by_accuracy = sorted(points, key=lambda one: one.accuracy.value)
    by_leak = sorted(points, key=lambda one: -one.leak.value)  # y grows downwards
    assert sorted(spots, key=lambda arm: spots[arm][0]) == [f"arm-{one.number}" for one in by_accuracy]
    assert sorted(spots, key=lambda arm: spots[arm][1]) == [f"arm-{one.number}" for one in by_leak]


def test_caps_stand_beside_what_was_measured() -> None:
    picture = frontier_figures.caps(COLUMNS)
    caps = [cap for cap in COLUMNS[1].arm.epsilon.caps if cap.measured]
    titles = [title.text or "" for title in ElementTree.fromstring(picture.svg).iter("title")]
    assert len(titles) == len(caps)
    assert all(re.search(r"measured .*, at most .* allowed", title) for title in titles)
    assert picture.arms == (1,)
