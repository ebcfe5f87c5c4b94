"""Figures of the experiment `proxies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from reports import numbers
from reports.experiments.proxies import Proxies, Suspicious
from reports.experiments.proxies_section import best_first
from reports.findings import Density, Estimate
from reports.link_figures import lowest, squares
from reports.marks import color, mark, point
from reports.svg import INK, MUTED, Picture, label, of_arm, picture
from reports.tables import rate, score

TOP = 0.05
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Dot:
    """A proxy on its own line.

    Attributes:
        title: its name.
        plain: the figure.
        stroke: the same with the pool's noise taken out.
    """

    title: str
    plain: Estimate
    stroke: float | None


def figures(block: Proxies, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    number = arms.index(block.arm) if block.arm in arms else len(arms)
    drawn = [precision(block, number), correlation(block, number), scatter(block, number), highest(block, number)]
    return [one for one in drawn if one is not None]


def precision(block: Proxies, number: int) -> Picture | None:
    """Precision at the top of every proxy.

    Args:
        block: what was found.
        number: place of the arm among the arms.
    """
    dots = []
    for kind in best_first(block):
        rating = block.rating(kind.name, "memorization")
        at = rating.at(TOP) if rating else None
        if at and at.precision:
            dots.append(Dot(kind.title, at.precision, at.at_most.value if at.at_most else None))
    if not dots:
        return None

    def draw(axes: Axes) -> None:
        axes.axvline(TOP, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.axvline(HALF, color=MUTED, linewidth=0.9)
        for place, dot in enumerate(dots):
            _draw(axes, place, dot, (number, f"{dot.title}: {rate(dot.plain)}"))
        _lines(axes, dots)
        axes.set(xlim=(0, 1), xlabel="share of a proxy's top 5 % in the pool's top 5 %")
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))

    caption = "One run. Upright stroke: the pool's noise taken out. Dashed: a random order. Line: what is good enough."
    return picture("proxies-precision", "Which proxy finds what the pool finds", caption, draw)


def correlation(block: Proxies, number: int) -> Picture | None:
    """Rank correlation of every proxy with memorization.

    Args:
        block: what was found.
        number: place of the arm among the arms.
    """
    rated = [(kind.title, block.rating(kind.name, "memorization")) for kind in best_first(block)]
    dots = [
        Dot(title, rating.spearman, rating.corrected.value if rating.corrected else None)
        for title, rating in rated
        if rating and rating.spearman
    ]
    if not dots:
        return None

    def draw(axes: Axes) -> None:
        axes.axvline(0, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        for place, dot in enumerate(dots):
            _draw(axes, place, dot, (number, f"{dot.title}: rank correlation {score(dot.plain)}"))
        _lines(axes, dots)
        axes.set(xlabel="rank correlation with memorization")

    caption = "One run, in the order of the figure above. Upright stroke: over the root of the pool's reliability."
    return picture("proxies-correlation", "Rank correlation of proxies and memorization", caption, draw)


def _draw(axes: Axes, place: int, dot: Dot, arm: tuple[int, str]) -> None:
    """A proxy's mark with its interval, and the stroke where noise is taken out."""
    number, tip = arm
    if dot.stroke is not None:
        said = f"{dot.title}, the pool's noise taken out: {numbers.decimal(dot.stroke)}"
        axes.plot([dot.stroke] * 2, [place - 0.3, place + 0.3], color=INK, linewidth=1.6, gid=of_arm(number, said))
    point(axes, (dot.plain.value, place), number, tip, lying=dot.plain)


def _lines(axes: Axes, dots: Sequence[Dot]) -> None:
    axes.set(yticks=range(len(dots)), yticklabels=[label(dot.title) for dot in dots], ylim=(len(dots) - 0.4, -0.6))


def scatter(block: Proxies, number: int) -> Picture | None:
    """Place by the best proxy against memorization, as a density.

    Args:
        block: what was found.
        number: place of the arm among the arms.
    """
    held = block.density
    if held is None or not any(any(row) for row in held.counts):
        return None
    density: Density = held
    most = max(max(row) for row in density.counts)
    kind = block.kind(block.best)

    def draw(axes: Axes) -> None:
        axes.add_collection(squares(density, most, color(number))).set_gid(of_arm(number))
        axes.axvline(TOP, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.set(xlim=(0, 1), ylim=(lowest(density.y_edges, density.counts), density.y_edges[-1]))
        axes.set(xlabel=f"records ranked above, by {kind.title.lower()}", ylabel="memorization by the pool")
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))

    caption = (
        f"The fuller the colour, the more records, on a log scale from 1 to {numbers.count(most)} in a square. Left of "
        "the dashed line: the proxy's top 5 %; memorized records right of it are missed."
    )
    return picture("proxies-density", f"{kind.title} against memorization", caption, draw)


def highest(block: Proxies, number: int) -> Picture | None:
    """Without a pool: the records that a proxy ranks highest, with their range over the runs.

    Args:
        block: what was found.
        number: place of the arm among the arms.
    """
    if not block.suspicious:
        return None
    kind = block.kind(block.best)

    def draw(axes: Axes) -> None:
        for place, row in enumerate(block.suspicious):
            axes.plot([row.lowest, row.highest], [place] * 2, color=color(number), linewidth=1.2, gid=of_arm(number))
            mark(axes, (row.value, place), number, _tip(row, block.runs), size=6)
        names = [label(row.id, 14) for row in block.suspicious]
        axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.4, -0.6))
        axes.set(xlabel=f"{kind.title.lower()}; mean and range over {block.runs} runs")
        axes.tick_params(axis="y", labelsize=9)

    caption = "A proxy, and no figure of memorization: records that are hard to fit."
    return picture("proxies-highest", f"PROXY: highest {kind.title.lower()}", caption, draw)


def _tip(row: Suspicious, runs: int) -> str:
    return (
        f"{row.id}, {row.class_name}: {numbers.decimal(row.value)}, in the top 5 % of {row.runs_in_top} of {runs} runs"
    )
