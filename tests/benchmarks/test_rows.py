"""The table says what was measured: ratios repeat by repeat, targets from the right side, reasons where nothing is."""

import json
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.cases import CASES, Case, Size
from benchmarks.growth import grown
from benchmarks.machine import Machine
from benchmarks.rows import Row, Skipped, Spread, Target, ratio_of, speed_up
from benchmarks.sources import absent
from benchmarks.speed import Turn, compared
from benchmarks.steps import Steps, measured
from benchmarks.steps import Turn as StepTurn
from benchmarks.table import document, markdown

MACHINE = Machine("a processor", 2, 16.0, "Linux x86_64", {"python": "3.11", "torch": "2.13"})


def case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def test_a_ratio_is_taken_repeat_by_repeat() -> None:
    assert ratio_of([10.0, 40.0, 90.0], [1.0, 2.0, 3.0]) == Spread(median=20.0, low=10.0, high=30.0, repeats=3)


def test_a_slow_minute_that_meets_both_sides_leaves_the_ratio_alone() -> None:
    slow = [1.0, 1.0, 7.0, 1.0, 1.0]
    row = speed_up("pool", [2 * s for s in slow], "loop", [10 * s for s in slow])
    assert row.ratio == Spread(5.0, 5.0, 5.0, 5)
    assert row.ours == Spread(2.0, 2.0, 14.0, 5)


@pytest.mark.parametrize(
    ("target", "ratio", "reached", "short"),
    [
        (Target("at least", 4.0), 4.0, True, 0.0),
        (Target("at least", 4.0), 3.0, False, 0.25),
        (Target("at most", 1.6), 1.6, True, 0.0),
        (Target("at most", 1.6), 2.0, False, 0.25),
    ],
)
def test_targets_are_held_from_the_right_side(target: Target, ratio: float, reached: bool, short: float) -> None:
    assert target.reached(ratio) is reached
    assert target.short_by(ratio) == pytest.approx(short)


def test_a_pool_is_compared_with_the_loop_and_with_two_of_it() -> None:
    turns = [Turn(2.0, 0.5, 40.0, 30.0), Turn(2.5, 0.5, 45.0, 25.0), Turn(4.0, 0.5, 60.0, 44.0)]
    one, two = compared(case("mlp-dp"), turns)
    assert isinstance(one, Row)
    assert isinstance(two, Row)
    assert (one.ours, one.baseline) == (Spread(2.5, 2.0, 4.0, 3), Spread(45.0, 40.0, 60.0, 3))
    assert (one.ratio, one.target, one.reached) == (Spread(18.0, 15.0, 20.0, 3), Target("at least", 15), True)
    assert (two.ratio, two.target, two.reached) == (Spread(11.0, 10.0, 15.0, 3), Target("at least", 12), False)
    assert one.note == "timed on 8 models, scaled; ours tries stacks for 0.5 s of it"


def test_time_a_model_of_the_largest_pool_is_held_against_that_of_64() -> None:
    turns = [{64: (6.4, 1.0), 1024: (102.4 * 1.2, 1.5)}, {64: (6.4, 1.0), 1024: (102.4, 1.5)}]
    rows = {(row.unit, row.models): row for row in grown("mlp", turns) if isinstance(row, Row)}
    large, small = rows["s a model", 1024], rows["s a model", 64]
    assert large.ratio == Spread(pytest.approx(1.1), pytest.approx(1.0), pytest.approx(1.2), 2)
    assert large.baseline == small.ours == Spread(pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1), 2)
    assert (large.target, small.target) == (Target("at most", 1.1), None)
    assert rows["GiB", 1024].ours.median == 1.5


def test_steps_are_compared_with_each_other_and_with_the_machine() -> None:
    turns = [StepTurn(dp=0.03, standard=0.02, rate=100.0), StepTurn(dp=0.02, standard=0.01, rate=80.0)]
    ratio, plain, private = measured(Steps("mlp", 32, 1, 2, 1.6), turns, flops=4e8)
    assert ratio.ratio == Spread(pytest.approx(1.75), pytest.approx(1.5), pytest.approx(2.0), 2)
    assert ratio.reached is False
    assert plain.ratio == Spread(pytest.approx(0.35), pytest.approx(0.2), pytest.approx(0.5), 2)
    assert private.ours.median == pytest.approx((4e8 / 0.03 + 4e8 / 0.02) / 2 / 1e9)


def test_the_table_has_a_line_a_row_and_says_what_is_short() -> None:
    rows = compared(
        case("mlp-dp"), [Turn(2.0, 0.5, 40.0, 30.0), Turn(4.0, 0.5, 80.0, 40.0), Turn(3.0, 0.5, 60.0, 33.0)]
    )
    lines = markdown(MACHINE, [*rows, Skipped("cnn, DP, mnist", "there is no mnist.npz")]).splitlines()
    assert lines[2] == (
        "| mlp, DP, digits, 64 models | 3.00 (2.00 to 4.00) s | Opacus loop: 60.0 (40.0 to 80.0) s; "
        "timed on 8 models, scaled; ours tries stacks for 0.5 s of it | 20.0 (20.0 to 20.0) | at least 15 | reached |"
    )
    assert lines[3].endswith("| 11.0 (10.0 to 15.0) | at least 12 | short by 8% |")
    assert lines[4] == "| cnn, DP, mnist | not measured: there is no mnist.npz | | | | |"
    assert lines[6] == (
        "Medians of 3 repeats, sides in turn, lowest and highest in brackets. "
        "a processor, 2 cores, 16 GiB, Linux x86_64; python 3.11, torch 2.13."
    )


def test_the_document_is_json_with_every_figure() -> None:
    rows = [*compared(case("mlp-dp"), [Turn(2.0, 0.5, 40.0, 30.0)]), Skipped("growth", "no /proc")]
    read = json.loads(json.dumps(document(MACHINE, rows)))
    first = read["rows"][0]
    assert (read["schema"], read["machine"]["cores"], read["versions"]["torch"]) == (1, 2, "2.13")
    assert first["ours"] == {"median": 2.0, "low": 2.0, "high": 2.0, "repeats": 1}
    assert (first["ratio"]["median"], first["target"], first["reached"]) == (
        20.0,
        {"sense": "at least", "value": 15},
        True,
    )
    assert read["skipped"] == [{"name": "growth", "reason": "no /proc"}]


def test_a_missing_data_file_is_a_reason_and_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_REAL_DATA", str(tmp_path))
    assert absent("digits") is None
    for name, file in (("location-mlp-dp", "location30.npz"), ("mnist-cnn-standard", "mnist.npz")):
        (row,) = speed.rows(case(name), Size())
        assert isinstance(row, Skipped)
        assert row.name == case(name).title
        assert file in row.reason
