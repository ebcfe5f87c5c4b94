"""The experiment `proxies` as a section of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports import numbers
from reports.experiments.proxies import Proxies, ProxyKind, Rating
from reports.experiments.section import Section
from reports.findings import Estimate
from reports.tables import Cell, Row, Table, absent, rate, score

QUESTION = (
    "Can one training run say what takes a pool of models? Cumulative loss (Ravikumar, Soufleri, Hashemi & Roy 2025, "
    "ICML), the range of the loss trace (Pollock, Shilov, Dodd & de Montjoye 2024, arXiv 2411.05743), forgetting "
    "(Toneva et al. 2019, arXiv 1812.05159) and others, each read from a single run on all records."
)
READING = (
    "Top 5 %: share of a proxy's top 5 % that is in the pool's top 5 %; ties count as drawn by lot, a random order "
    "reaches 5 %. Every figure is of one run, mean over the runs; intervals range over model pairs and runs.",
    "Noise taken out: what the share would be, at most, if the pool had no noise; the truth lies between the two.",
)
READING_ALONE = (
    "Runs in the top 5 %: in how many runs the record is in the proxy's top 5 %. Range: lowest and highest value over "
    "the runs.",
)
TARGETS = {"memorization": "memorization", "exposure": "exposure to the headline attack"}


def section(block: Proxies) -> Section:
    """The section.

    Args:
        block: what was found.
    """
    if not block.models:
        title = "PROXY, no pool: records that one training run finds hard"
        return Section("proxies", title, QUESTION, block, (suspicious(block),), (kinds(block),), READING_ALONE)
    tables = tuple(against(block, target) for target in TARGETS)
    folded = (ranks(block), reliability(block), missed(block), kinds(block))
    title = "Proxies: what one training run tells of memorization"
    shown = tuple(table for table in folded if table.rows)
    return Section("proxies", title, QUESTION, block, tables, shown, (block.criterion, *READING))


def best_first(block: Proxies) -> list[ProxyKind]:
    """The proxies, that with the highest precision for memorization first.

    Args:
        block: what was found.
    """

    def precision(kind: ProxyKind) -> float:
        found = block.rating(kind.name, "memorization")
        at = found.at(0.05) if found else None
        return -at.precision.value if at and at.precision else 1.0

    return sorted(block.kinds, key=precision)


def against(block: Proxies, target: str) -> Table:
    """Precision at the top of all proxies, against one figure of the pool.

    Args:
        block: what was found.
        target: `memorization` or `exposure`.
    """
    columns = ("In the top 5 %", "noise taken out", "In the top 1 %", "Rank correlation")
    rows = _rows(block, target, lambda rating: (*_tops(rating), score(rating.spearman)))
    caption = f"One run of {block.arm} against {TARGETS[target]} by {numbers.count(block.models)} models"
    return Table(caption, "Proxy", columns, rows)


def _rows(block: Proxies, target: str, cells: Callable[[Rating], tuple[Cell, ...]]) -> tuple[Row, ...]:
    found = ((kind, block.rating(kind.name, target)) for kind in best_first(block))
    return tuple(Row(kind.title, cells(rating), kind.formula) for kind, rating in found if rating is not None)


def _tops(rating: Rating) -> tuple[Cell, ...]:
    five, one = rating.at(0.05), rating.at(0.01)
    return (
        rate(five.precision if five else None),
        rate(five.at_most if five else None),
        rate(one.precision if one else None),
    )


def ranks(block: Proxies) -> Table:
    """Rank correlations: of one run, with the pool's noise taken out, of all runs together, and between runs.

    Args:
        block: what was found.
    """
    between = {kind.name: kind.reliability for kind in block.kinds}
    columns = ("One run", "noise taken out", f"Mean of {block.runs} runs", "Between two runs")

    def cells(rating: Rating) -> tuple[Cell, ...]:
        said = rating.spearman, rating.corrected, rating.all_runs, between[rating.proxy]
        return tuple(score(each) for each in said)

    note = (
        "Noise taken out: over the root of the pool's reliability (Spearman 1904). Above 1, or below the plain figure "
        "of a larger pool, it says that noise is not the same for all records."
    )
    rows = _rows(block, "memorization", cells)
    return Table("Rank correlations with memorization, and of a proxy between runs", "Proxy", columns, rows, (note,))


def reliability(block: Proxies) -> Table:
    """How well the pool agrees with itself.

    Args:
        block: what was found.
    """
    columns = ("Records", "Two halves, ranks", "Whole pool, ranks", "Top 5 % shared by halves")
    rows = tuple(
        Row(
            TARGETS[one.target],
            (Cell(numbers.count(one.records)), score(one.halves), score(one.whole), rate(_shared(one.shared_top))),
        )
        for one in block.reliabilities
    )
    note = "The whole pool follows from its halves by Spearman and Brown (1910): 2 r / (1 + r)."
    return Table("How well the pool agrees with itself", "Figure", columns, rows, (note,))


def _shared(found: Sequence[tuple[float, Estimate | None]]) -> Estimate | None:
    return dict(found).get(0.05)


def missed(block: Proxies) -> Table:
    """Memorized records that the best proxy ranks low.

    Args:
        block: what was found.
    """
    rows = tuple(
        Row(row.id, (Cell(row.class_name), score(row.memorization, 2), Cell(f"{numbers.percent(row.place)}")))
        for row in block.missed
    )
    caption = f"Memorized records outside of the top 5 % by {block.kind(block.best).title.lower()}"
    return Table(caption, "Record", ("Class", "Memorization", "Records ranked above it"), rows)


def kinds(block: Proxies) -> Table:
    """What the proxies are.

    Args:
        block: what was found.
    """
    rows = tuple(
        Row(kind.title, (Cell(kind.formula), Cell(kind.source) if kind.source else absent("-"), Cell(kind.cost)))
        for kind in block.kinds
    )
    note = (
        "l_t is the record's loss after epoch t of T; higher always counts as more likely memorized. Published Pearson "
        "correlations with memorization (Ravikumar et al. 2025, table 1), CIFAR-100 and ImageNet: cumulative loss .79 "
        "and .64, forgetting .59 and .04, final loss .17 and .50."
    )
    return Table("The proxies", "Proxy", ("What it is", "Source", "Cost beside the training"), rows, (note,))


def suspicious(block: Proxies) -> Table:
    """What a proxy ranks highest, without a pool.

    Args:
        block: what was found.
    """
    kind = block.kind(block.best)
    rows = tuple(
        Row(
            row.id,
            (
                Cell(row.class_name),
                Cell(numbers.decimal(row.value)),
                Cell(f"{numbers.decimal(row.lowest)} to {numbers.decimal(row.highest)}"),
                Cell(f"{row.runs_in_top} of {block.runs}"),
            ),
        )
        for row in block.suspicious
    )
    caption = f"PROXY, no figure of memorization: the {len(rows)} records that rank highest by {kind.title.lower()}"
    return Table(caption, "Record", ("Class", kind.title, "Range", "Runs in the top 5 %"), rows)
