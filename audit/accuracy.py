"""How good the models of an arm are, and what another arm costs; all intervals over independent model pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from attacks.base import Evidence
from audit.data.base import Dataset
from audit.estimates import Ints, UnitMeans, over_records, over_units
from audit.groups import group_values, held_out_columns, numbered
from audit.halves import halves
from audit.memorization import memorization_values
from audit.memorization_summary import mean_memorization
from audit.pool import Pool
from reports.result import Difference, Estimate, Unit, Utility

Bools = NDArray[np.bool_]


def most_memorized(evidence: Evidence, share: float = 0.1) -> Bools:
    """The most memorized records, for every model as the *other* half of the pool has them.

    A record is memorized because its OUT models are wrong. Chosen and judged by the same models, the long tail
    would look worse than it is; so each half is judged on the records that the other half chose.

    Args:
        evidence: the pool of the arm that chooses, as a rule the standard one.
        share: share of the records, in (0, 1).

    Returns:
        Bool [models, records].
    """
    chosen = np.zeros(evidence.membership.shape, bool)
    parts = halves(evidence.pair)
    for choosing, judged in (parts, parts[::-1]):
        order = memorization_values(evidence.take(choosing)).most_first()
        top = order[: max(1, round(share * len(order)))]
        chosen[np.ix_(judged, top)] = True
    return chosen


def utility(pool: Pool, dataset: Dataset, confidence: float, tail: Bools | None = None) -> Utility:
    """How good the models of an arm are, as a part of the result.

    Args:
        pool: the pool.
        dataset: its records.
        confidence: two-sided level of the intervals, in (0, 1).
        tail: Bool [models, records]; the most memorized records of the standard arm (see `most_memorized`).
    """
    return Utility(
        test_accuracy=accuracy_on_test(pool).estimates(confidence)[0],
        in_accuracy=over_records(pool.correct, pool.membership, pool.pair).first(confidence),
        out_accuracy=over_records(pool.correct, ~pool.membership, pool.pair).first(confidence),
        memorized_decile_accuracy=None if tail is None else tail_accuracy(pool, tail).estimates(confidence)[0],
        by_group=group_values(held_out_columns(dataset), lambda label, n: accuracy_on_test(pool, label, n), confidence),
        largest_class=largest_class(dataset.y_test if len(dataset.y_test) else dataset.y),
    )


def largest_class(labels: Ints) -> float:
    """Share of the records in the largest class: the accuracy of always answering it.

    Args:
        labels: Int [records], at least one.
    """
    return float(np.bincount(labels).max() / len(labels))


def accuracy_on_test(pool: Pool, label: Ints | None = None, groups: int = 1) -> UnitMeans:
    """Mean accuracy on the test records of each group.

    Args:
        pool: the pool.
        label: Int [test records], each record's group; None is one group.
        groups: number of groups.
    """
    everything = np.ones(pool.test_correct.shape, bool)
    return over_records(pool.test_correct, everything, pool.pair, label, groups)


def tail_accuracy(pool: Pool, tail: Bools) -> UnitMeans:
    """Mean accuracy on the records of the tail that are OUT.

    Args:
        pool: the pool.
        tail: Bool [models, records], or [records] for all models alike.
    """
    return over_units(pool.correct, ~pool.membership & tail, pool.pair)


def differences(
    first: Pool, second: Pool, dataset: Dataset, confidence: float, tail: Bools | None = None
) -> tuple[Difference, ...]:
    """What the second arm changes, pair by pair: the memberships are shared, so what pairs share cancels.

    Args:
        first: the pool that is subtracted, as a rule the standard arm's.
        second: the other arm's.
        dataset: their records.
        confidence: two-sided level of the intervals, in (0, 1).
        tail: Bool [models, records]; the most memorized records of the standard arm.
    """
    names = (first.arm, second.arm)
    if not np.array_equal(first.membership, second.membership):
        reason = "the two pools do not share their memberships"
        return tuple(_difference(quantity, names, None, reason) for quantity in _overall(first, tail))
    one, other = _overall(first, tail), _overall(second, tail)
    overall = [(quantity, (other[quantity] - one[quantity]).estimates(confidence)[0]) for quantity in one]
    found = overall + _by_group(first, second, dataset, confidence)
    return tuple(
        _difference(quantity, names, estimate, "" if estimate else "no record has this figure")
        for quantity, estimate in found
    )


def _overall(pool: Pool, tail: Bools | None) -> Mapping[str, UnitMeans]:
    figures = {
        "test accuracy": accuracy_on_test(pool),
        "mean memorization": mean_memorization(pool.evidence),
        "mean soft memorization": mean_memorization(pool.evidence, soft=True),
    }
    if tail is not None:
        figures["accuracy on the most memorized tenth"] = tail_accuracy(pool, tail)
    return figures


def _by_group(first: Pool, second: Pool, dataset: Dataset, confidence: float) -> list[tuple[str, Estimate | None]]:
    found: list[tuple[str, Estimate | None]] = []
    for column, of_record in held_out_columns(dataset).items():
        names, label = numbered(of_record)
        change = accuracy_on_test(second, label, len(names)) - accuracy_on_test(first, label, len(names))
        quantities = (f"test accuracy, {column} {name}" for name in names)
        found += zip(quantities, change.estimates(confidence), strict=True)
    return found


def _difference(quantity: str, names: tuple[str, str], estimate: Estimate | None, reason: str) -> Difference:
    unit: Unit = "rate" if quantity.startswith(("test accuracy", "accuracy")) else "plain"
    return Difference(quantity=quantity, first=names[0], second=names[1], estimate=estimate, reason=reason, unit=unit)
