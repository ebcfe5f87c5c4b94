"""The experiment `irrelevant` as a section of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports import numbers
from reports.experiments.irrelevant import Irrelevant, Occurrence, Recovery
from reports.experiments.section import Section
from reports.findings import Estimate
from reports.tables import Cell, Row, Table, absent, proportion, rate

ONCE, NONE = "1", "0"

READING = (
    "A case is a model and a subpopulation. The share of irrelevant bits is measured on the first record of the "
    "subpopulation that was IN the model's training, chosen before looking; 50 % is chance.",
    "Of several records of a subpopulation, the value that most have agrees with the first record in more than half of "
    "the bits: the last column says in how many, if a model gives away their majority and no more.",
    "Intervals of bits range over model pairs and over subpopulations, those of accuracy over model pairs.",
)


def section(block: Irrelevant) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    question = (
        f"How much of a training record comes back from a model and a label alone? Each of {block.subpopulations} "
        f"subpopulations fixes about {numbers.percent(block.relevant, 0)} of {block.bits} bits; the others are fair "
        "coins, irrelevant to the label. Brown, Bun, Feldman, Smith & Talwar 2021 (arXiv 2012.06421) prove of tasks "
        "like this one that accurate learners must store them all the same."
    )
    tables = (_once(block), _by_times(block, "Irrelevant bits that come back", "irrelevant", mean=True))
    folded = (
        _by_times(block, "Test accuracy", "accuracy"),
        _by_times(block, "Relevant bits that come back", "fixed"),
        _by_times(block, "Irrelevant bits of the majority that come back", "majority"),
        _by_times(block, "Irrelevant bits of a record that was OUT: chance", "out"),
    )
    title = "Irrelevant bits: what a model must store of a record"
    return Section("irrelevant", title, question, block, tables, folded, READING)


def _once(block: Irrelevant) -> Table:
    most = numbers.percent(block.most, 0)
    rows = (
        _row(block, "Irrelevant bits that come back", lambda arm: _of(arm, "irrelevant", rate)),
        _row(block, f"Cases with {most} of them or more", lambda arm: _of(arm, "most", proportion)),
        _row(block, "The most that DP lets anyone expect", _cap),
        _row(block, "Of a record that was OUT: chance", lambda arm: _of(arm, "out", rate)),
        _row(block, "Test accuracy on their kind", lambda arm: _of(arm, "accuracy", rate)),
        _row(block, "Test accuracy on all", lambda arm: rate(arm.accuracy)),
        _row(block, "Cases", _cases),
    )
    return Table("Of records that are the only one of their subpopulation", "", _arms(block), rows)


def _row(block: Irrelevant, name: str, cell: Callable[[Recovery], Cell]) -> Row:
    return Row(name, tuple(cell(arm) for arm in block.arms))


def _of(arm: Recovery, figure: str, shown: Callable[[Estimate | None], Cell]) -> Cell:
    once = arm.seen(ONCE)
    return shown(_figure(once, figure))


def _figure(one: Occurrence | None, figure: str) -> Estimate | None:
    found: Estimate | None = getattr(one, figure, None)
    return found


def _cap(arm: Recovery) -> Cell:
    return absent("none") if arm.cap is None else Cell(numbers.percent_cap(arm.cap), loud=arm.over_cap)


def _cases(arm: Recovery) -> Cell:
    once = arm.seen(ONCE)
    return Cell(numbers.count(once.cases if once else 0))


def _by_times(block: Irrelevant, caption: str, figure: str, mean: bool = False) -> Table:
    """A figure by the number of records that were IN; rows where any arm has one."""
    rows = [
        Row(times(band), tuple(rate(_figure(arm.seen(band), figure)) for arm in block.arms))
        for band in bands_of(block)
        if any(_figure(arm.seen(band), figure) for arm in block.arms)
    ]
    columns = _arms(block)
    if mean:
        columns = (*columns, "Of the majority")
        rows = [Row(row.label, (*row.cells, _mean(block, row.label))) for row in rows]
    return Table(f"{caption}, by records of the subpopulation IN", "IN", columns, tuple(rows))


def _mean(block: Irrelevant, label: str) -> Cell:
    found = [one.of_the_mean for arm in block.arms for one in arm.by_occurrence if times(one.band) == label]
    return absent("none") if not found or found[0] is None else Cell(numbers.percent(found[0]))


def times(band: str) -> str:
    """How often, in a word.

    Args:
        band: number of records.
    """
    return {NONE: "never", ONCE: "once", "2": "twice"}.get(band, f"{band} times")


def bands_of(block: Irrelevant) -> Sequence[str]:
    """The numbers of records for which any arm has figures, in their order.

    Args:
        block: what was found.
    """
    return tuple(dict.fromkeys(one.band for arm in block.arms for one in arm.by_occurrence))


def _arms(block: Irrelevant) -> tuple[str, ...]:
    return tuple(arm.arm for arm in block.arms)
