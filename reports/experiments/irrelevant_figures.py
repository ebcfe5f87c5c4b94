"""Figures of the experiment `irrelevant`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from reports import numbers
from reports.experiments.irrelevant import Irrelevant, Occurrence, Recovery
from reports.experiments.irrelevant_section import NONE, bands_of, times
from reports.experiments.unlisted import name_unlisted, places_of
from reports.marks import color, dodge, guess_line, line, percent_axis, point, transposed
from reports.svg import MUTED, Picture, label, of_arm, picture
from reports.tables import rate

CHANCE = 0.5
WIDTH = 0.36
ROOM = 0.6
"""Room for the name of the line at chance, in places."""


def figures(block: Irrelevant, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    if not any(one.irrelevant for arm in block.arms for one in arm.by_occurrence):
        return []
    places = places_of((arm.arm for arm in block.arms), arms)
    return [_by_times(block, places, arms), _beside_accuracy(block, places, arms)]


def _by_times(block: Irrelevant, places: Mapping[str, int], page: Sequence[str]) -> Picture:
    bands = [band for band in bands_of(block) if band != NONE]

    def draw(axes: Axes) -> None:
        guess_line(axes, CHANCE)
        for spot, band in enumerate(bands):
            _mean_of(axes, block, band, spot)
        for order, arm in enumerate(block.arms):
            _cap(axes, arm, places[arm.arm])
            for spot, band in enumerate(bands):
                _mark(axes, arm, band, spot + dodge(order, len(block.arms), 0.5), places[arm.arm])
        axes.set(xticks=range(len(bands)), xticklabels=bands)
        axes.set(
            xlabel="records of the subpopulation that the model was trained on", ylabel="irrelevant bits recovered"
        )
        axes.grid(visible=False, axis="x")
        axes.set_xlim(-0.5, len(bands) + ROOM - 0.5)
        _whole_percent(axes)
        name_unlisted(axes, places, page)

    caption = (
        "Share of the irrelevant bits of a training record that come back from the model and the label, by how many "
        "records of the subpopulation were IN. Grey bars: if just their majority is given away. Dotted lines: the "
        "cap, the most that DP lets any attacker expect."
    )
    return picture("irrelevant-times", "Irrelevant bits that come back", caption, draw)


def _mean_of(axes: Axes, block: Irrelevant, band: str, spot: float) -> None:
    found = [one.of_the_mean for arm in block.arms for one in arm.by_occurrence if one.band == band]
    if found and found[0] is not None:
        axes.hlines(found[0], spot - WIDTH, spot + WIDTH, color=MUTED, linewidth=1.2)


def _cap(axes: Axes, arm: Recovery, place: int) -> None:
    """What DP lets an attacker expect, as a line with its name at its right end."""
    if arm.cap is None:
        return
    axes.axhline(arm.cap, color=color(place), linewidth=1.1, linestyle=":", gid=of_arm(place))
    spot: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    text = axes.annotate(
        f"cap of {label(arm.arm)}",
        (0.995, arm.cap),
        xytext=(0, 3),
        color=color(place),
        fontsize=9.5,
        ha="right",
        **spot,
    )
    text.set_gid(of_arm(place))


def _mark(axes: Axes, arm: Recovery, band: str, spot: float, place: int) -> None:
    one = arm.seen(band)
    if one is not None and one.irrelevant is not None:
        point(axes, (spot, one.irrelevant.value), place, _tip(arm, one), upright=one.irrelevant)


def _tip(arm: Recovery, one: Occurrence) -> str:
    cases = numbers.count(one.cases)
    return f"{arm.arm}, seen {times(one.band)}: {rate(one.irrelevant)} of the irrelevant bits, {cases} cases"


def _beside_accuracy(block: Irrelevant, places: Mapping[str, int], page: Sequence[str]) -> Picture:
    def draw(axes: Axes) -> None:
        guess_line(axes, CHANCE)
        for arm in block.arms:
            _path(axes, arm, places[arm.arm])
        _name_ends(axes, block.arms[0], places[block.arms[0].arm])
        axes.set(xlabel="test accuracy", ylabel="irrelevant bits recovered")
        axes.set_xlim(-0.03, 1 + ROOM / 5)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        _whole_percent(axes)
        name_unlisted(axes, places, page)

    caption = (
        "Every mark is an arm and a number of records that were IN, from one to eleven and more. Up and to the right: "
        "right about new records, and giving away those that it was trained on."
    )
    return picture("irrelevant-accuracy", "Irrelevant bits beside accuracy", caption, draw)


def _path(axes: Axes, arm: Recovery, place: int) -> None:
    """An arm's marks from once to often, and a line that leads from one to the next."""
    shown = _shown(arm)
    axes.plot(*transposed([spot for _, spot in shown]), **{**line(place), "linewidth": 0.9})
    for one, spot in shown:
        tip = f"{_tip(arm, one)}; test accuracy {rate(one.accuracy)}"
        point(axes, spot, place, tip, upright=one.irrelevant, lying=one.accuracy)


def _shown(arm: Recovery) -> list[tuple[Occurrence, tuple[float, float]]]:
    """What is known of an arm in both directions, from once to often."""
    return [
        (one, (one.accuracy.value, one.irrelevant.value))
        for one in arm.by_occurrence
        if one.irrelevant and one.accuracy
    ]


def _name_ends(axes: Axes, arm: Recovery, place: int) -> None:
    """Where an arm's line begins and where it ends."""
    shown = _shown(arm)
    for one, spot in dict.fromkeys((*shown[:1], *shown[-1:])):
        text = axes.annotate(
            times(one.band), spot, xytext=(7, 5), textcoords="offset points", color=color(place), fontsize=9.5
        )
        text.set_gid(of_arm(place))


def _whole_percent(axes: Axes) -> None:
    percent_axis(axes, floor=None)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
