"""Words and tables that an experiment by itself has in every format."""

from __future__ import annotations

from reports import epsilon_cells, numbers
from reports.experiments.standalone import ExperimentArm, ExperimentResult
from reports.overview import interval_name
from reports.tables import Cell, Row, Table, absent, rate


def audited(result: ExperimentResult) -> str:
    """What was trained on what, in a line.

    Args:
        result: the result.
    """
    data, model = result.data, result.model
    size = "" if model.parameters is None else f": {numbers.count(model.parameters)} parameters"
    return f"{data.name}: {numbers.count(data.records)} records; {model.name}{size}"


def arms_table(result: ExperimentResult) -> Table:
    """What was trained, an arm a row.

    Args:
        result: the result.
    """
    known = any(arm.test_accuracy for arm in result.arms)
    columns = ("Models", "Epsilon claimed", *(["Test accuracy"] if known else []))
    rows = tuple(Row(arm.name, _cells(arm, known), arm.description) for arm in result.arms)
    return Table(f"What was trained; with {interval_name(result.confidence)}", "Arm", columns, rows)


def _cells(arm: ExperimentArm, known: bool) -> tuple[Cell, ...]:
    claimed = epsilon_cells.claimed(arm.guarantee) if arm.guarantee else absent("none")
    accuracy = (rate(arm.test_accuracy),) if known else ()
    return (Cell(numbers.count(arm.models)), claimed, *accuracy)
