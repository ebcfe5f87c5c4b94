"""Figures of the experiment `irrelevant`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from reports import numbers
from reports.experiments.irrelevant import Irrelevant, Occurrence, Recovery
from reports.experiments.irrelevant_section import NONE, bands_of, times
from reports.marks import color, dodge, guess_line, line, percent_axis, point, transposed
from reports.svg import MUTED, Picture, of_arm, picture
from reports.tables import rate

CHANCE = 0.5
WIDTH = 0.36


def figures(block: Irrelevant, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    if not any(one.irrelevant for arm in block.arms for one in arm.by_occurrence):
        return []
    places = _places(block, arms)
    return [_by_times(block, places), _beside_accuracy(block, places)]


def _places(block: Irrelevant, arms: Sequence[str]) -> Mapping[str, int]:
    """Arm -> its place on the page; arms that the page does not have come after all others."""
    names = dict.fromkeys((*arms, *(arm.arm for arm in block.arms)))
    return {name: place for place, name in enumerate(names)}


def _by_times(block: Irrelevant, places: Mapping[str, int]) -> Picture:
    bands = [band for band in bands_of(block) if band != NONE]

    def draw(axes: Axes) -> None:
        guess_line(axes, CHANCE)
        for spot, band in enumerate(bands):
            _mean_of(axes, block, band, spot)
        for order, arm in enumerate(block.arms):
            for spot, band in enumerate(bands):
                _mark(axes, arm, band, spot + dodge(order, len(block.arms), 0.5), places[arm.arm])
        axes.set(xticks=range(len(bands)), xticklabels=[times(band) for band in bands])
        axes.set(
            xlabel="records of the subpopulation that the model was trained on", ylabel="irrelevant bits recovered"
        )
        axes.grid(visible=False, axis="x")
        percent_axis(axes, floor=None)

    caption = (
        "Share of the irrelevant bits of a training record that come back from the model and the label, by how many "
        "records of the subpopulation were IN. Grey bars: what giving away just their majority would give."
    )
    return picture("irrelevant-times", "Irrelevant bits that come back", caption, draw)


def _mean_of(axes: Axes, block: Irrelevant, band: str, spot: float) -> None:
    found = [one.of_the_mean for arm in block.arms for one in arm.by_occurrence if one.band == band]
    if found and found[0] is not None:
        axes.hlines(found[0], spot - WIDTH, spot + WIDTH, color=MUTED, linewidth=1.2)


def _mark(axes: Axes, arm: Recovery, band: str, spot: float, place: int) -> None:
    one = arm.seen(band)
    if one is not None and one.irrelevant is not None:
        point(axes, (spot, one.irrelevant.value), place, _tip(arm, one), upright=one.irrelevant)


def _tip(arm: Recovery, one: Occurrence) -> str:
    cases = numbers.count(one.cases)
    return f"{arm.arm}, seen {times(one.band)}: {rate(one.irrelevant)} of the irrelevant bits, {cases} cases"


def _beside_accuracy(block: Irrelevant, places: Mapping[str, int]) -> Picture:
    def draw(axes: Axes) -> None:
        guess_line(axes, CHANCE)
        for arm in block.arms:
            _path(axes, arm, places[arm.arm])
        axes.set(xlabel="test accuracy", ylabel="irrelevant bits recovered")
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        percent_axis(axes, floor=None)

    caption = (
        "Every mark is an arm and a number of records that were IN, from once (named) to 11 and more. Up and to the "
        "right: right about new records, and giving away the ones that it was trained on."
    )
    return picture("irrelevant-accuracy", "Irrelevant bits beside accuracy", caption, draw)


def _path(axes: Axes, arm: Recovery, place: int) -> None:
    """An arm's marks from once to often, and a line that leads from one to the next."""
    shown = [one for one in arm.by_occurrence if one.irrelevant and one.accuracy]
    spots = [(one.accuracy.value, one.irrelevant.value) for one in shown if one.irrelevant and one.accuracy]
    if not spots:
        return
    axes.plot(*transposed(spots), **{**line(place), "linewidth": 0.9})
    for one, spot in zip(shown, spots, strict=True):
        tip = f"{_tip(arm, one)}; test accuracy {rate(one.accuracy)}"
        point(axes, spot, place, tip, upright=one.irrelevant, lying=one.accuracy)
    text = axes.annotate(
        times(shown[0].band), spots[0], xytext=(6, 6), textcoords="offset points", color=color(place), fontsize=9.5
    )
    text.set_gid(of_arm(place))
