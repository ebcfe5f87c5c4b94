"""The experiment `agreement` as a section of a report."""

from __future__ import annotations

from reports import numbers
from reports.experiments.agreement import Agreement, Measure
from reports.experiments.section import Section
from reports.tables import Cell, Row, Table, proportion, score

QUESTION = (
    "Do the records that these models memorize look unusual to others, too? Memorization is set against published "
    "scores of the same records (such as the consistency scores of Jiang et al. 2021, arXiv 2002.03206) and against "
    "people who disagree about labels (such as CIFAR-10N, Wei et al. 2022, arXiv 2110.12088)."
)
READING = (
    "Corrected: what a pool without end would show, by the reliability of this pool's memorization (Spearman 1904).",
    "Records that agree with many others are predicted without being memorized, so a score of typicality should fall "
    "as memorization rises.",
)


def section(block: Agreement) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    tables = (correlations(block), detected(block))
    folded = tuple(_tenths(one) for one in block.measures)
    return Section("agreement", "Do others find the same records unusual?", QUESTION, block, tables, folded, READING)


def correlations(block: Agreement) -> Table:
    """Rank correlation of every measure with memorization and exposure.

    Args:
        block: what was found.
    """
    columns = ("Memorization", "Corrected", "Exposure", "Reliability")
    rows = tuple(
        Row(
            f"{one.arm}, {one.title}",
            (
                score(one.spearman, 2),
                score(one.corrected, 2),
                score(one.exposure_spearman, 2),
                score(one.reliability, 2),
            ),
            f"{numbers.count(one.records)} records",
        )
        for one in block.measures
    )
    return Table("Rank correlations with what was published", "Arm, measure", columns, rows)


def detected(block: Agreement) -> Table:
    """How well memorization finds the records whose labels are in dispute; no rows without such a measure.

    Args:
        block: what was found.
    """
    flagged = [one for one in block.measures if one.kind == "disagreement"]
    tops = [top.top for top in flagged[0].top] if flagged else []
    columns = ("AUC", *(f"Most memorized {numbers.fpr(top)}" for top in tops), "All records")
    rows = tuple(
        Row(
            f"{one.arm}, {one.title}",
            (
                score(one.auc),
                *(proportion(top.flagged) for top in one.top),
                Cell(numbers.percent(one.flagged or 0.0)),
            ),
        )
        for one in flagged
    )
    return Table("Labels in dispute among the most memorized records", "Arm, measure", columns, rows)


def _tenths(one: Measure) -> Table:
    stub = "Tenth, lowest first" if one.kind == "score" else "Records"
    rows = tuple(
        Row(
            tenth.name,
            (Cell(_range(tenth.low, tenth.high)), Cell(numbers.count(tenth.records)), score(tenth.memorization)),
        )
        for tenth in one.tenths
    )
    columns = ("Published values", "Records", "Mean memorization")
    return Table(f"Memorization by {one.title}, {one.arm}", stub, columns, rows)


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.2f} to {high:.2f}"
