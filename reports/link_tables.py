"""Memorization against leakage: correlations, deciles, and who takes the hits."""

from __future__ import annotations

from collections.abc import Sequence

from reports import numbers
from reports.overview import Column
from reports.result import Link
from reports.tables import Cell, Row, Table, absent, proportion, rate, score


def link_of(column: Column) -> Link | None:
    """The link of the headline attack; the first one where the headline attack has none."""
    links = column.arm.links
    return next((link for link in links if link.attack == column.headline), links[0] if links else None)


def linked(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The arms in which a link was sought: there is memorization to be linked.

    Args:
        columns: the arms.
    """
    return tuple(column for column in columns if column.arm.memorization or column.arm.links)


def link_correlations(columns: Sequence[Column]) -> Table:
    """Rank correlation of memorization and leakage, with what it could be at most and what chance gives."""
    rows = tuple(Row(column.title, _correlation_cells(link_of(column))) for column in columns)
    headers = ("Rank correlation", "Noise ceiling", "Permuted membership")
    return Table("Memorization against leakage, on disjoint halves of the pool", "Arm", headers, rows, _gaps(columns))


def _correlation_cells(link: Link | None) -> tuple[Cell, ...]:
    if link is None or link.reason:
        return tuple(absent() for _ in range(3))
    ceiling = absent() if link.noise_ceiling is None else Cell(numbers.decimal(link.noise_ceiling))
    return score(link.spearman), ceiling, score(link.null)


def _gaps(columns: Sequence[Column]) -> tuple[str, ...]:
    """Why arms have no link."""
    links = ((column.title, link_of(column)) for column in columns)
    return tuple(f"{title}: {link.reason.rstrip('.')}." for title, link in links if link and link.reason)


def hit_shares(columns: Sequence[Column]) -> Table:
    """Which share of all attack hits falls on the most memorized records."""
    links = [link_of(column) for column in columns]
    keys = sorted({(share.fpr, share.top) for link in links if link for share in link.hit_shares if share.share})
    fprs = {fpr for fpr, _ in keys}
    at = f" at {numbers.fpr(next(iter(fprs)))} FPR" if len(fprs) == 1 else ""
    rows = tuple(
        Row(
            f"top {numbers.fpr(top)}" + ("" if at else f", {numbers.fpr(fpr)} FPR"),
            tuple(_share(link, top, fpr) for link in links),
        )
        for fpr, top in keys
    )
    caption = f"Share of all attack hits{at} that falls on the most memorized records"
    return Table(caption, "Most memorized", tuple(column.title for column in columns), rows)


def _share(link: Link | None, top: float, fpr: float) -> Cell:
    shares = link.hit_shares if link else ()
    found = next((share for share in shares if (share.top, share.fpr) == (top, fpr)), None)
    if found is None:
        return absent()
    return rate(found.share) if found.hits else absent("no hits")


def deciles(columns: Sequence[Column]) -> Table:
    """Leakage by memorization decile."""
    links = [link_of(column) for column in columns]
    present = sorted({decile.decile for link in links if link for decile in link.deciles})
    rows = tuple(Row(_decile_name(number), tuple(_decile(link, number) for link in links)) for number in present)
    fprs = sorted({numbers.fpr(link.decile_fpr) for link in links if link and link.deciles})
    caption = f"TPR at {' / '.join(fprs)} FPR by memorization decile"
    return Table(caption, "Decile", tuple(column.title for column in columns), rows)


def _decile_name(number: int) -> str:
    ends = {1: "1 (least memorized)", 10: "10 (most memorized)"}
    return ends.get(number, str(number))


def _decile(link: Link | None, number: int) -> Cell:
    found = next((decile for decile in (link.deciles if link else ()) if decile.decile == number), None)
    return proportion(found.tpr) if found else absent()
