"""What the figures of the headline attack mean: accusations, groups, pools of other sizes, several views."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.differences import differences
from reports.overview import HEADLINE_FPRS, Column
from reports.result import AccusationWorth, Difference, GroupLeakage, PoolSize
from reports.tables import Cell, Row, Table, absent, proportion, rate, score


def worth(columns: Sequence[Column], fprs: Sequence[float] = HEADLINE_FPRS) -> Table:
    """How many of those whom the attack accuses are members, by how many members there are.

    Args:
        columns: the arms.
        fprs: false-positive rates to show; those that no arm resolves are left out, and if none is left, the lowest
            that is resolved stands for them.
    """
    found = [column.arm.leakage.worth if column.arm.leakage else () for column in columns]
    resolved = dict.fromkeys((one.fpr, one.prior) for every in found for one in every if one.worth)
    asked = [key for key in resolved if key[0] in fprs]
    lowest = min((fpr for fpr, _ in resolved), default=0.0)
    keys = asked or [key for key in resolved if key[0] == lowest]
    rows = tuple(
        Row(
            f"{numbers.fpr(prior)} are members, {numbers.fpr(fpr)} FPR",
            tuple(_worth(every, fpr, prior) for every in found),
        )
        for fpr, prior in keys
    )
    caption = "What an accusation is worth: share of the accused who are members"
    return Table(caption, "Of those in question", tuple(column.title for column in columns), rows)


def _worth(every: Sequence[AccusationWorth], fpr: float, prior: float) -> Cell:
    one = next((one for one in every if (one.fpr, one.prior) == (fpr, prior)), None)
    return rate(one.worth) if one and one.worth else absent("not resolvable" if one else "not available")


def leaking_columns(columns: Sequence[Column]) -> tuple[str, ...]:
    """The columns that leakage is reported by, `class` first; those of one group say nothing more than the whole."""
    groups: dict[str, set[str]] = {}
    for column in columns:
        for one in column.arm.leakage.by_group if column.arm.leakage else ():
            groups.setdefault(one.column, set()).add(one.group)
    return tuple(sorted((name for name, of_name in groups.items() if len(of_name) > 1), key=lambda n: n != "class"))


def leakage_by_group(columns: Sequence[Column], by: str) -> Table:
    """What the attack finds of every group, the most exposed first.

    Args:
        columns: the arms; the order is that of the first one that has figures.
        by: `class`, or the name of a group column.
    """
    found = [groups_found(column, by) for column in columns]
    sizes = {group: one.records for of_arm in found for group, one in of_arm.items()}
    rows = tuple(
        Row(group, (Cell(numbers.count(size)), *(cell for of_arm in found for cell in _group(of_arm.get(group)))))
        for group, size in sizes.items()
    )
    fprs = {one.fpr for of_arm in found for one in of_arm.values()}
    headers = (f"{column.title}, {what}" for column in columns for what in ("found", "wrongly accused"))
    at = " / ".join(numbers.fpr(fpr) for fpr in sorted(fprs))
    caption = f"Who is found, by {by}, the most exposed first; one threshold for all, at {at} FPR"
    return Table(caption, by.capitalize(), ("Records", *headers), rows)


def groups_found(column: Column, by: str) -> dict[str, GroupLeakage]:
    """Group -> what the attack finds of it on an arm.

    Args:
        column: the arm.
        by: `class`, or the name of a group column.
    """
    found = column.arm.leakage.by_group if column.arm.leakage else ()
    return {one.group: one for one in found if one.column == by}


def _group(one: GroupLeakage | None) -> tuple[Cell, Cell]:
    if one is None:
        return absent(), absent()
    found, accused = (
        proportion(each) if each else absent(one.reason or "no score") for each in (one.found, one.accused)
    )
    return found, accused


def pool_sizes(column: Column) -> Table:
    """What the attack reaches on an arm with fewer models, and with all."""
    found = column.arm.leakage.pool_sizes if column.arm.leakage else ()
    rows = tuple(Row(_size(one), (score(one.auc), *(_rate(one, fpr) for fpr in HEADLINE_FPRS))) for one in found)
    headers = ("AUC", *(f"TPR at {numbers.fpr(fpr)} FPR" for fpr in HEADLINE_FPRS))
    sentence = column.arm.leakage.more_models if column.arm.leakage else ""
    caption = f"How many models are enough, {column.title}"
    return Table(caption, "Models", headers, rows, (sentence,) if sentence else ())


def _size(one: PoolSize) -> str:
    return f"{one.models}" if one.pools == 1 else f"{one.models} (mean of {one.pools} pools)"


def _rate(one: PoolSize, fpr: float) -> Cell:
    at = next((at for at in one.tpr_at if at.fpr == fpr), None)
    return proportion(at.tpr) if at else absent()


def views(columns: Sequence[Column]) -> Table:
    """What several views of every record add; no rows where models were asked once."""
    items: list[Difference] = []
    for column in columns:
        found = column.arm.leakage.views if column.arm.leakage else ()
        items += [item.model_copy(update={"second": f"{column.title}, {item.second}"}) for item in found]
    return differences(items, "What asking about several views of every record adds")
