"""Figures of the experiment `agreement`."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from reports import numbers
from reports.experiments.agreement import Agreement, Measure
from reports.marks import dodge, point
from reports.svg import Picture, picture
from reports.tables import score


def figures(block: Agreement, arms: Sequence[str]) -> list[Picture]:
    """Mean memorization by tenth of every published score, and of flagged and other records; one figure a measure.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    titles = list(dict.fromkeys(one.title for one in block.measures))
    every = [[one for one in block.measures if one.title == title] for title in titles]
    return [_by_tenth(measures, arms, number) for number, measures in enumerate(every)]


def _by_tenth(measures: Sequence[Measure], arms: Sequence[str], number: int) -> Picture:
    shown = [(arms.index(one.arm), one) for one in measures if one.arm in arms]

    def draw(axes: Axes) -> None:
        for place, (arm, one) in enumerate(shown):
            for spot, tenth in enumerate(one.tenths):
                tip = f"{one.arm}, {tenth.name}: {score(tenth.memorization)}, {numbers.count(tenth.records)} records"
                at = spot + dodge(place, len(shown), 0.4), tenth.memorization.value
                point(axes, at, arm, tip, upright=tenth.memorization)
        axes.set_xticks(range(len(measures[0].tenths)), [tenth.name for tenth in measures[0].tenths])
        axes.set(xlabel=_axis(measures[0]), ylabel="mean memorization")
        axes.grid(visible=False, axis="x")

    title = f"Memorization by {measures[0].title}"
    caption = "With intervals over model pairs. Whoever is typical need not be memorized."
    return picture(f"agreement-{number}", title, caption, draw)


def _axis(one: Measure) -> str:
    return "tenth of the published score, lowest first" if one.kind == "score" else ""
