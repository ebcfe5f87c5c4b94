"""Tables of epsilon: each kind of bound in a block of its own, each figure where its arm stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_result import minimal, sample, unmeasured, untested, violated

from reports import bound_tables, epsilon_cells, numbers
from reports.canary_tables import exposed
from reports.epsilon_tables import caps, claims
from reports.overview import Column, checks_of, columns_of, overview
from reports.result import AuditResult, EpsilonBound, Estimate
from reports.self_check_tables import claim_tests
from reports.tables import Cell, Table

COLUMNS = columns_of(sample())
ARMS = bound_tables.bounds_of(COLUMNS)


def bound(kind: str, **changes: object) -> EpsilonBound:
    found = next(one for one in COLUMNS[0].arm.epsilon.bounds if one.kind == kind)
    return found.model_copy(update=changes)


def texts(table: Table) -> str:
    return "\n".join((table.caption, *(f"{row.label} {[str(cell) for cell in row.cells]}" for row in table.rows)))


def with_epsilon(column: Column, **changes: object) -> Column:
    epsilon = column.arm.epsilon.model_copy(update=changes)
    return Column(column.title, column.arm.model_copy(update={"epsilon": epsilon}), column.headline)


def test_a_kind_holds_its_own_bounds_alone() -> None:
    for kind in bound_tables.KINDS:
        own = [one for one in COLUMNS[0].arm.epsilon.bounds if one.kind == kind]
        table = bound_tables.bounds(kind, ARMS, 0.95)
        assert [row.cells[0] for row in table.rows] == [epsilon_cells.bound(one) for one in own]
        assert len(bound_tables.evidence(kind, ARMS).rows) == 2 * len(own)
    assert len(bound_tables.KINDS) == 3


def test_only_the_proved_ones_are_said_to_be_at_least_something() -> None:
    for kind in bound_tables.KINDS:
        cells = [cell.text for row in bound_tables.bounds(kind, ARMS, 0.95).rows for cell in row.cells]
        assert any(text.startswith("at least") for text in cells) == (kind == "proved")
        assert any(text.endswith("if it holds") for text in cells) == (kind == "assumes")
        assert all(text.startswith("credible: ") for text in cells) == (kind == "credible")
        assert bound_tables.CAPTIONS[kind].startswith("Not proved") == (kind != "proved")


@pytest.mark.parametrize(
    ("one", "cell"),
    [
        (bound("proved", epsilon=2.319), Cell("at least 2.31", "97.5 %")),
        (bound("proved", epsilon=0.0), Cell("nothing", "97.5 %", muted=True)),
        (bound("assumes", epsilon=2.319, confidence=1 - 0.05 / 3), Cell("2.31 if it holds", "98.33 %")),
        (bound("credible", epsilon=1.206, high=2.001), Cell("credible: 1.20 to 2.01", "95 %")),
        (bound("credible", epsilon=0.0, high=1.2), Cell("credible: 0 to 1.20", "95 %")),
    ],
)
def test_a_bound_is_rounded_against_itself_and_carries_its_confidence(one: EpsilonBound, cell: Cell) -> None:
    assert epsilon_cells.bound(one) == cell


def test_notes_give_method_selection_source_and_what_is_assumed() -> None:
    worth, *methods = bound_tables.bounds("assumes", ARMS, 0.95).notes
    assert "These are no proofs" in worth
    assert len(methods) == len(set(methods)) == 2
    for one in COLUMNS[0].arm.epsilon.bounds:
        if one.kind == "assumes":
            (note,) = (note for note in methods if note.startswith(f"{one.title}: {one.method}"))
            assert all(part.rstrip(".") in note for part in (one.selection, one.source, one.assumption))
    assert "hold together with 95 % confidence" in bound_tables.bounds("proved", ARMS, 0.95).notes[0]


def test_a_method_that_is_not_the_same_in_all_arms_is_told_arm_by_arm() -> None:
    (title, (one, *_)), (other, (twin, *_)) = ARMS
    arms = [(title, (one,)), (other, (twin.model_copy(update={"method": "another"}),))]
    notes = bound_tables.bounds("proved", arms, 0.95).notes[1:]
    assert [note.partition(", ")[0] for note in notes] == ["standard", "dp-eps-8"]
    assert ": another; " in notes[1]
    assert len(bound_tables.bounds("proved", [(title, (one,)), (other, (one,))], 0.95).notes) == 2


def test_an_assumption_is_named_as_one_once() -> None:
    assert bound_tables.assumptions("proved", ARMS) == ()
    (gaussian,) = bound_tables.assumptions("assumes", ARMS)
    assert gaussian.startswith("Assumes that the trade-off")
    assert bound_tables.assumptions("credible", ARMS) == ("Assumption: Jeffreys' prior on either rate.",)


def test_counts_record_alpha_and_delta_stand_behind_each_bound() -> None:
    first, second, *_ = bound_tables.evidence("proved", ARMS).rows
    assert [str(cell) for cell in first.cells] == [
        "31 of 32 found (0 of 32 wrongly accused)",
        "digits-0061",
        "0.025",
        "1e-4",
        "1.91",
    ]
    assert [str(cell) for cell in second.cells][:2] == ["618 of 640 right (6,400 coins in 32 runs)", "many"]


def test_the_largest_proved_bound_is_in_the_overview_and_no_other_kind_ever() -> None:
    larger = bound("assumes", epsilon=50.0)
    column = with_epsilon(COLUMNS[0], bounds=(*COLUMNS[0].arm.epsilon.bounds, larger))
    row = next(row for row in overview([column], 0.95).rows if row.label == "Epsilon proved, at least")
    assert str(row.cells[0]) == "2.28 (2.73 provable)"


@pytest.mark.parametrize(
    ("result", "cell"),
    [
        (sample(), Cell("consistent")),
        (violated(), Cell("VIOLATED", loud=True)),
        (untested(), Cell("not tested", muted=True)),
        (unmeasured(), Cell("not available", muted=True)),
    ],
)
def test_the_overview_names_the_self_check(result: AuditResult, cell: Cell) -> None:
    row = next(row for row in overview(columns_of(result), 0.95).rows if row.label == "DP self-check")
    assert row.cells == (Cell("no DP", muted=True), cell)


def test_without_dp_there_is_no_claim_no_cap_and_no_self_check() -> None:
    columns = columns_of(minimal())
    assert "DP self-check" not in texts(overview(columns, 0.95))
    assert claims(columns) is None
    assert caps(columns, 0.95).rows == ()
    assert checks_of(columns) == ()
    assert exposed(columns, 0.95).rows == ()
    assert bound_tables.bounds("proved", bound_tables.bounds_of(columns), 0.95).rows == ()


def test_a_claim_stands_without_any_measurement() -> None:
    columns = columns_of(unmeasured())
    table = claims(columns)
    assert table
    assert str(table.rows[1].cells[0]) == "8.00 (PRV (Opacus))"
    assert caps(columns, 0.95).rows == ()


def test_caps_stand_beside_what_was_measured_in_the_same_unit() -> None:
    rows = {row.label: [str(cell) for cell in row.cells] for row in caps(COLUMNS, 0.95).rows}
    assert rows["dp-eps-8, memorization"] == ["0.62", "0.29 (0.18 to 0.40)", "highest record"]
    assert rows["dp-eps-8, TPR at 1 % FPR"] == ["27.8 %", "1.9 % (1.7 to 2.1)", "mean of records"]


def test_a_cap_without_a_measurement_says_so() -> None:
    missing = tuple(cap.model_copy(update={"measured": None}) for cap in COLUMNS[1].arm.epsilon.caps)
    for row in caps([with_epsilon(COLUMNS[1], caps=missing)], 0.95).rows:
        assert [cell.text for cell in row.cells][1:] == ["not available", "nothing"]


@pytest.mark.parametrize(
    ("provable", "limit"),
    [
        (0.87, "; these models could refute caps below 0.87"),
        (0.0, "; these models could refute no cap"),
        (None, ""),
    ],
)
def test_records_above_the_cap_are_counted_beside_what_could_be_refuted(provable: float | None, limit: str) -> None:
    changes = {"cap_violations": ("a", "b"), "cap_provable": provable}
    arm = COLUMNS[1].arm.model_copy(update={"memorization": COLUMNS[1].arm.memorization.model_copy(update=changes)})
    (note,) = caps([Column("dp", arm, "base")], 0.95).notes
    assert note == f"dp: records above the cap on memorization beyond doubt: 2{limit}."


def test_a_refuted_claim_is_loud_and_names_its_records() -> None:
    ((title, check),) = checks_of(columns_of(violated()))
    table = claim_tests(title, check)
    assert table.rows[0].cells[1] == Cell("REFUTED", loud=True)
    assert [row.cells[1].text for row in table.rows[1:]] == ["no", "no"]
    assert any(note.endswith("Refuted by digits-0061.") for note in table.notes)
    assert table.notes[0].endswith("a chance of at most 0.05.")


def test_what_could_not_have_been_refuted_and_a_missing_control_are_named() -> None:
    ((title, check),) = checks_of(columns_of(untested()))
    first = claim_tests(title, check).rows[0]
    assert [cell.text for cell in first.cells][1:] == ["no", "no", "no such arm"]


def test_canaries_stand_beside_natural_records() -> None:
    rows = {row.label: [str(cell) for cell in row.cells] for row in exposed(COLUMNS, 0.95).rows}
    assert rows["standard, attack AUC"] == ["0.970 (0.950 to 0.990)", "0.600 (0.594 to 0.606)"]
    assert rows["standard, TPR at 1 % FPR"] == ["80.0 % (75.0 to 85.0)", "7.4 % (7.2 to 7.6)"]
    assert rows["dp-eps-8, highest epsilon proved"] == ["not available"] * 2


def test_a_rate_of_canaries_that_was_never_seen_is_not_0() -> None:
    none = Estimate(value=0.0, low=0.0, high=0.018, confidence=0.95, method="", n=200)
    canaries = COLUMNS[0].arm.epsilon.canaries
    rate = next(one for one in canaries.exposed if one.unit == "rate").model_copy(update={"canaries": none})
    table = exposed([with_epsilon(COLUMNS[0], canaries=canaries.model_copy(update={"exposed": (rate,)}))], 0.95)
    assert str(table.rows[0].cells[0]) == "< 1/200 (0 to 1.8 %)"


@given(st.floats(0, 1, allow_nan=False))
def test_percentages_of_caps_are_rounded_up_and_of_proofs_down(rate: float) -> None:
    cap, proof = numbers.percent_cap(rate), numbers.percent_proved(rate)
    found = re.fullmatch(r"(> )?([\d.]+) %", cap)
    assert found
    assert (float(found[2]) == 100) == (rate == 1)
    assert found[1] is not None or float(found[2]) >= 100 * rate - 1e-9
    assert float(proof.removesuffix(" %")) <= 100 * rate + 1e-9
    assert (proof == "100 %") == (rate == 1)


@pytest.mark.parametrize(
    ("level", "text"),
    [(0.95, "95 %"), (0.975, "97.5 %"), (1 - 0.05 / 3, "98.33 %"), (0.999999, "99.99 %"), (1 - 0.05, "95 %")],
)
def test_a_confidence_is_rounded_down(level: float, text: str) -> None:
    assert numbers.confidence(level) == text
