"""Records by id: the most memorized, the most exposed, and the test records that they decide."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.result import AuditResult, InfluencePair, RecordRow
from reports.tables import MEMORIZATION_DIGITS, Cell, Row, Table, absent, score


def record_list(rows: Sequence[RecordRow], caption: str, hits: bool = True) -> Table:
    """Records with their memorization and their exposure.

    Args:
        rows: the records, in the order to show.
        caption: what the list is.
        hits: also show the counts behind the exposure.
    """
    groups = tuple(dict.fromkeys(name for row in rows for name in row.groups))
    columns = ("Class", *groups, "Memorization", "Exposure", *(("Hits",) if hits else ()))
    lines = tuple(Row(row.id, _cells(row, groups)[: len(columns)]) for row in rows)
    return Table(caption, "Record", columns, lines)


def _cells(row: RecordRow, groups: Sequence[str]) -> tuple[Cell, ...]:
    hits = Cell(f"{numbers.count(row.hits)} of {numbers.count(row.in_models)}") if row.in_models else absent("none")
    exposure = score(row.exposure, MEMORIZATION_DIGITS) if row.exposure else absent("no score")
    memorization = score(row.memorization, MEMORIZATION_DIGITS) if row.memorization else absent("no score")
    return (Cell(row.class_name), *(Cell(row.groups.get(name, "")) for name in groups), memorization, exposure, hits)


CHOSEN = (
    "These records were chosen for being the highest: values are what other models would be expected to show, limits "
    "hold for all records at once."
)
"""What the figures of a list of the highest records are, in a sentence."""


def exposure_meaning(result: AuditResult) -> str:
    """What exposure and hits are, in a sentence."""
    return (
        "Exposure: how much more often the attack picks out the record from models that were trained on it (hits) than "
        f"from models that were not, at a threshold with {numbers.fpr(result.exposure_fpr)} FPR over all records."
    )


def influence_pairs(pairs: Sequence[InfluencePair], caption: str) -> Table:
    """Training records and the test records that they decide.

    Args:
        pairs: the pairs, strongest first.
        caption: what the list is.
    """
    rows = tuple(Row(pair.train_id, _pair_cells(pair)) for pair in pairs)
    return Table(caption, "Training record", ("Test record", "Class", "Influence", "Memorization"), rows)


def _pair_cells(pair: InfluencePair) -> tuple[Cell, ...]:
    scores = (score(estimate, MEMORIZATION_DIGITS) for estimate in (pair.influence, pair.memorization))
    return Cell(f"{pair.test_index}"), Cell(pair.class_name), *scores
