"""Figures of memorization against leakage; one function a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from reports import numbers
from reports.link_tables import link_of
from reports.marks import color, dodge, guess_line, percent_axis, point
from reports.overview import Column
from reports.result import Density, HitShare, Link
from reports.svg import INK, MUTED, Picture, label, of_arm, picture
from reports.tables import proportion, rate, score


def link_density(column: Column, number: int) -> Picture | None:
    """Memorization of the records against what leaks of them, as a density.

    Args:
        column: the arm.
        number: its place among the arms.
    """
    link = link_of(column)
    density = link.density if link else None
    if density is None or not any(any(row) for row in density.counts):
        return None
    most = max(max(row) for row in density.counts)
    transposed = list(zip(*density.counts, strict=True))

    def draw(axes: Axes) -> None:
        axes.add_collection(squares(density, most, color(number))).set_gid(of_arm(number))
        axes.set(xlim=(lowest(density.x_edges, transposed), density.x_edges[-1]))
        axes.set(ylim=(lowest(density.y_edges, density.counts), density.y_edges[-1]))
        axes.set(xlabel="memorization, one half of the models", ylabel="exposure, the other half")

    caption = f"The fuller the colour, the more records, on a log scale from 1 to {numbers.count(most)} in a square."
    return picture(f"link-{number}", f"What is memorized against what leaks, {column.title}", caption, draw)


def lowest(edges: Sequence[float], lines: Sequence[Sequence[int]]) -> float:
    """Where the records begin: the lower edge of the first line of cells that holds any, or 0 if that is lower.

    Args:
        edges: of the lines, rising.
        lines: counts, a line each.
    """
    return min(0.0, next(edge for edge, cells in zip(edges, lines, strict=False) if any(cells)))


def squares(density: Density, most: int, fill: str) -> PatchCollection:
    """One square a cell that holds records, its opacity by the logarithm of their number.

    Args:
        density: the cells.
        most: the highest number of records in one.
        fill: colour.
    """
    squares, opacities = [], []
    for (bottom, top), row in zip(pairwise(density.y_edges), density.counts, strict=True):
        for (left, right), count in zip(pairwise(density.x_edges), row, strict=True):
            if count:
                squares.append(Rectangle((left, bottom), right - left, top - bottom))
                opacities.append(0.15 + 0.85 * math.log1p(count) / math.log1p(most))
    return PatchCollection(squares, facecolor=fill, alpha=opacities, linewidth=0)


def deciles(columns: Sequence[Column]) -> Picture | None:
    """Leakage of every tenth of the records, from the least to the most memorized."""
    links = [(number, column, link_of(column)) for number, column in enumerate(columns)]
    found = [(number, column, link) for number, column, link in links if link and link.deciles]
    if not found:
        return None
    fpr = found[0][2].decile_fpr

    def draw(axes: Axes) -> None:
        for place, (number, column, link) in enumerate(found):
            for decile in link.deciles:
                spot = decile.decile + dodge(place, len(found), 0.5), decile.tpr.value
                tip = f"{column.title}, tenth {decile.decile}: finds {proportion(decile.tpr)}"
                point(axes, spot, number, tip, upright=decile.tpr)
        guess_line(axes, fpr)
        axes.set(xlabel="tenth of the records, least to most memorized", ylabel="members found (TPR)")
        axes.set(xticks=range(1, 11), xlim=(0.4, 12.2))  # room for the name of the line
        axes.grid(visible=False, axis="x")
        percent_axis(axes)

    caption = f"Members found at {numbers.fpr(fpr)} FPR in each tenth of the records; the line is what guessing finds."
    return picture("deciles", "Leakage by memorization", caption, draw)


def hit_shares(columns: Sequence[Column]) -> Picture | None:
    """Which share of the hits falls on the most memorized records."""
    links = [(number, column, link_of(column)) for number, column in enumerate(columns)]
    shown = [(number, column, _usable(link)) for number, column, link in links if link]
    found = [(number, column, shares) for number, column, shares in shown if shares]
    if not found:
        return None
    fpr = min(share.fpr for _, _, shares in found for share in shares)
    tops = sorted({share.top for _, _, shares in found for share in shares})

    def draw(axes: Axes) -> None:
        for place, (number, column, shares) in enumerate(found):
            for share in shares:
                if share.fpr == fpr and share.share:
                    spot = tops.index(share.top) + dodge(place, len(found), 0.5), share.share.value
                    tip = f"{column.title}, top {numbers.fpr(share.top)}: {rate(share.share)} of the hits"
                    point(axes, spot, number, tip, upright=share.share)
        for at, top in enumerate(tops):
            axes.hlines(top, at - 0.4, at + 0.4, color=MUTED, linewidth=1.2)
        names = [f"top {numbers.fpr(top)}" for top in tops]
        axes.set(
            xticks=range(len(tops)), xticklabels=names, xlabel="most memorized records", ylabel="share of all hits"
        )
        axes.grid(visible=False, axis="x")
        percent_axis(axes)

    caption = f"Hits at {numbers.fpr(fpr)} FPR; a bar is the share that falls on as many records drawn at random."
    return picture("hit-shares", "Who is found", caption, draw)


def _usable(link: Link) -> list[HitShare]:
    """The shares that have a figure."""
    return [share for share in link.hit_shares if share.share and share.hits]


def link_correlations(columns: Sequence[Column]) -> Picture | None:
    """Rank correlation of memorization and leakage beside its ceiling and its null."""
    links = [(number, column, link_of(column)) for number, column in enumerate(columns)]
    found = [(number, column, link) for number, column, link in links if link and link.spearman]
    if not found:
        return None

    def draw(axes: Axes) -> None:
        for place, (number, column, link) in enumerate(found):
            _correlation(axes, place, link, (number, column.title))
        names = [label(column.title) for _, column, _ in found]
        axes.set(yticks=range(len(found)), yticklabels=names, ylim=(len(found) - 0.4, -0.6), xlim=(-0.25, 1.02))
        axes.set(xlabel="rank correlation of memorization and leakage")

    caption = "Grey: shuffled membership, where there is no link. Upright stroke: the most that noise allows."
    return picture("correlations", "How closely leakage follows memorization", caption, draw)


def _correlation(axes: Axes, place: int, link: Link, arm: tuple[int, str]) -> None:
    """The correlation of an arm on its own line, with its null and its ceiling."""
    number, title = arm
    if link.null:
        span = link.null.high - link.null.low
        axes.barh(place, span, left=link.null.low, height=0.5, color=MUTED, alpha=0.35, linewidth=0)
    if link.noise_ceiling is not None:
        tip = f"{title}: noise allows at most {numbers.decimal(link.noise_ceiling)}"
        spots = [link.noise_ceiling] * 2, [place - 0.3, place + 0.3]
        axes.plot(*spots, color=INK, linewidth=1.6, gid=of_arm(number, tip))
    if link.spearman:
        tip = f"{title}: rank correlation {score(link.spearman)}"
        point(axes, (link.spearman.value, place), number, tip, lying=link.spearman)
