"""What a report leaves out: figures of groups so small that they say something about each record, and ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from reports.result import ArmResult, AuditResult, Difference, GroupLeakage, GroupValue, Part

SMALLEST_GROUP = 10
SUPPRESSED = f"suppressed: fewer than {SMALLEST_GROUP} records"


def without_small_groups(result: AuditResult) -> AuditResult:
    """The result without the figures of groups of fewer than 10 records; the groups and their sizes stay.

    Args:
        result: the result; every format renders what this returns unless small groups were asked for.
    """
    small = {name for arm in result.arms for name in _small(arm)}
    return result.model_copy(
        update={
            "arms": tuple(_arm(arm) for arm in result.arms),
            "differences": tuple(_difference(item, small) for item in result.differences),
        }
    )


def _small(arm: ArmResult) -> set[tuple[str, str]]:
    """What is compared, and column and group as a difference names them, of the small groups."""
    tested = _names(arm.utility.by_group if arm.utility else ())
    trained = _names(arm.memorization.by_group if arm.memorization else ())
    trained |= _names(arm.leakage.by_group if arm.leakage else ())
    return {("test", name) for name in tested} | {("training", name) for name in trained}


def _names(groups: Iterable[GroupValue | GroupLeakage]) -> set[str]:
    return {f"{one.column} {one.group}" for one in groups if one.records < SMALLEST_GROUP}


def _difference(item: Difference, small: set[tuple[str, str]]) -> Difference:
    """A difference by group counts the records that it is measured on: of test accuracy those of the test set."""
    quantity, _, group = item.quantity.partition(", ")
    counted = "test" if quantity.startswith("test") else "training"
    if (counted, group) not in small:
        return item
    return item.model_copy(update={"estimate": None, "reason": SUPPRESSED})


def _arm(arm: ArmResult) -> ArmResult:
    changes: dict[str, object] = {}
    if arm.utility:
        changes["utility"] = arm.utility.model_copy(update={"by_group": _values(arm.utility.by_group)})
    if arm.memorization:
        changes["memorization"] = arm.memorization.model_copy(update={"by_group": _values(arm.memorization.by_group)})
    if arm.leakage:
        changes["leakage"] = arm.leakage.model_copy(update={"by_group": _leakage(arm.leakage.by_group)})
    return arm.model_copy(update=changes)


def _values(groups: tuple[GroupValue, ...]) -> tuple[GroupValue, ...]:
    hidden = {"estimate": None, "reason": SUPPRESSED}
    return tuple(one if one.records >= SMALLEST_GROUP else one.model_copy(update=hidden) for one in groups)


def _leakage(groups: tuple[GroupLeakage, ...]) -> tuple[GroupLeakage, ...]:
    """The small groups stand last, in the order of their names: their place would say how much is found of them."""
    hidden = {"found": None, "accused": None, "reason": SUPPRESSED}
    kept = [one for one in groups if one.records >= SMALLEST_GROUP]
    small = [one.model_copy(update=hidden) for one in groups if one.records < SMALLEST_GROUP]
    return (*kept, *sorted(small, key=lambda one: (one.column, one.group)))


WITHHELD = "withheld"
IDS = ("id", "record_id", "train_id", "record_ids")
"""Fields that name records."""
P = TypeVar("P", bound=Part)


def without_records(result: P) -> P:
    """The same without lists of records and without an id of any: for readers whom single records do not concern.

    Args:
        result: the result of an audit or of an experiment.
    """
    changes: dict[str, object] = {}
    for name in type(result).model_fields:
        value = getattr(result, name)
        if name in IDS and value:
            changes[name] = WITHHELD if isinstance(value, str) else ()
        elif name in ("most_exposed", "listed"):
            changes[name] = ()
        else:  # of the most memorized the first stays, without its name: the highest memorization is read from it
            changes[name] = _unnamed(value[:1] if name == "most_memorized" else value)
    return result.model_copy(update=changes)


def _unnamed(value: object) -> object:
    if isinstance(value, Part):
        return without_records(value)
    return tuple(map(_unnamed, value)) if isinstance(value, tuple) else value
