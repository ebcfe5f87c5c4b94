"""Figures of the experiment `secrets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from reports import numbers
from reports.experiments.secrets import SecretLevel, Secrets
from reports.experiments.secrets_section import times
from reports.findings import Estimate
from reports.marks import color, dodge, marker, percent_axis, tag, whiskers
from reports.svg import MUTED, Picture, label, of_arm, picture
from reports.tables import Cell, proportion, score

ROOM = 0.35
"""Room for the names of lines, in places."""
SHARE_OF_A_PLACE = 0.6


@dataclass(frozen=True, slots=True)
class Subject:
    """What a figure shows of every level.

    Attributes:
        inside: of models that were trained on the secrets.
        out: of models that were not.
        shown: how the figure is written.
    """

    inside: Callable[[SecretLevel], Estimate]
    out: Callable[[SecretLevel], Estimate]
    shown: Callable[[Estimate], Cell]


EXPOSURE = Subject(lambda level: level.exposure_in, lambda level: level.exposure_out, lambda of: score(of, 2))
EXTRACTED = Subject(lambda level: level.extracted_in, lambda level: level.extracted_out, proportion)


def figures(block: Secrets, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    if not block.levels:
        return []
    names = dict.fromkeys((*arms, *(arm.arm for arm in block.arms)))
    places = {name: place for place, name in enumerate(names)}
    unknown = [arm.arm for arm in block.arms if arm.arm not in arms]  # the page does not name them: the figure does
    return [_exposures(block, places, unknown), _extracted(block, places, unknown)]


def _exposures(block: Secrets, places: Mapping[str, int], unknown: Sequence[str]) -> Picture:
    def draw(axes: Axes) -> None:
        _name(axes, places, unknown)
        _line(axes, block.chance, "chance")
        _line(axes, block.highest, "most that can be shown")
        _caps(axes, block, places)
        _marks(axes, block, places, EXPOSURE)
        axes.set(ylabel="mean exposure, bits", ylim=(0, 1.12 * block.highest))

    caption = (
        "Filled: secrets that the model was trained on. Hollow: secrets that it was not, which have to be at chance. "
        "Dotted: the highest mean exposure that DP allows."
    )
    return picture("secrets-exposure", "Exposure by how often a secret stands in the text", caption, draw)


def _extracted(block: Secrets, places: Mapping[str, int], unknown: Sequence[str]) -> Picture:
    def draw(axes: Axes) -> None:
        _name(axes, places, unknown)
        _marks(axes, block, places, EXTRACTED)
        axes.set_ylabel("secrets given back")
        percent_axis(axes)

    caption = (
        f"Share of the secrets that are among the {block.beam} likeliest sentences of their format that a beam search "
        "finds. Filled: secrets that the model was trained on. Hollow: secrets that it was not."
    )
    return picture("secrets-extracted", "Secrets that a search gives back", caption, draw)


def _name(axes: Axes, places: Mapping[str, int], unknown: Sequence[str]) -> None:
    """Entries of the legend."""
    for arm in unknown:
        number = places[arm]
        axes.plot([], [], linestyle="none", marker=marker(number), color=color(number), label=label(arm))


def _repeats(block: Secrets) -> list[int]:
    return sorted({level.repeats for level in block.levels})


def _marks(axes: Axes, block: Secrets, places: Mapping[str, int], subject: Subject) -> None:
    """Every arm's levels, IN and OUT, side by side."""
    repeats = _repeats(block)
    for level in block.levels:
        order = [arm.arm for arm in block.arms].index(level.arm)
        place = repeats.index(level.repeats) + dodge(order, len(block.arms), SHARE_OF_A_PLACE)
        aside = SHARE_OF_A_PLACE / len(block.arms) / 5
        tip = f"{level.arm}, {times(level.repeats)} in the text"
        for what, estimate, filled in (("IN", subject.inside(level), True), ("OUT", subject.out(level), False)):
            spot = place - aside if filled else place + aside
            _mark(axes, spot, estimate, places[level.arm], f"{tip}, {what}: {subject.shown(estimate)}", filled)
    axes.set(xticks=range(len(repeats)), xticklabels=[times(number) for number in repeats])
    axes.set(xlabel="how often a secret stands in the training text", xlim=(-0.5, len(repeats) - 0.5 + ROOM))
    axes.grid(visible=False, axis="x")


def _mark(axes: Axes, spot: float, estimate: Estimate, number: int, tip: str, filled: bool) -> None:
    drawn = axes.errorbar(
        [spot],
        [estimate.value],
        yerr=whiskers(estimate),
        fmt=marker(number),
        color=color(number),
        markersize=6,
        markerfacecolor=color(number) if filled else "none",
        elinewidth=1.8 if filled else 0.9,
    )
    tag(drawn, number, tip)


def _caps(axes: Axes, block: Secrets, places: Mapping[str, int]) -> None:
    for level in block.levels:
        if level.exposure_cap is not None and level.capped:
            at, number = _repeats(block).index(level.repeats), places[level.arm]
            tip = f"{level.arm}, {times(level.repeats)}: at most {numbers.rounded_up(level.exposure_cap)} bits by DP"
            half, gid = SHARE_OF_A_PLACE / 2, of_arm(number, tip)
            axes.hlines(level.exposure_cap, at - half, at + half, color=color(number), linestyle=":", gid=gid)


def _line(axes: Axes, height: float, name: str) -> None:
    axes.axhline(height, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        name, (0.995, height), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
        color=MUTED, fontsize=9.5, ha="right",
    )  # fmt: skip
