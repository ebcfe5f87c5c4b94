"""Figures of the experiment `longtail`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from reports.experiments.longtail import ArmBand, Forecast, LongTail
from reports.experiments.longtail_section import title_of
from reports.findings import Estimate
from reports.marks import dodge, line, percent_axis, point, transposed
from reports.svg import MUTED, Picture, picture
from reports.tables import Cell, rate, score

SPREAD = 0.3
SQUARE = (5.4, 5.4)
ROOM = 1.08


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a figure shows of every band.

    Attributes:
        name: unique on the page.
        title: what it shows.
        caption: how to read it.
        axis: what stands upright.
        of: the figure of a band.
        cell: how it is written.
        percent: whether it is a rate.
    """

    name: str
    title: str
    caption: str
    axis: str
    of: Callable[[ArmBand], Estimate | None]
    cell: Callable[[Estimate | None], Cell]
    percent: bool


def figures(block: LongTail, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    error = _Subject(
        "longtail-error",
        "Test error by how often a subpopulation occurs in training",
        "An arm's curve falls where its models have seen enough of a subpopulation; on the left it was never seen.",
        "test error",
        lambda band: band.test_error,
        rate,
        True,
    )
    memorized = _Subject(
        "longtail-memorization",
        "Memorization by how often a subpopulation occurs in training",
        "How much more often a model is right about a record that it was trained on, with equally many others of the "
        "subpopulation IN. On the left the record stands alone.",
        "mean memorization",
        lambda band: band.memorization,
        score,
        False,
    )
    found = (_by_band(block, arms, error), _against(block, arms), _by_band(block, arms, memorized))
    return [each for each in found if each is not None]


def _by_band(block: LongTail, arms: Sequence[str], subject: _Subject) -> Picture | None:
    shown = [arm for arm in block.arms if arm.arm in arms]
    bands = [band.name for band in block.bands if any(_figure(block, arm.arm, band.name, subject) for arm in shown)]
    if len(bands) < 2:
        return None

    def draw(axes: Axes) -> None:
        for place, arm in enumerate(shown):
            number, offset = arms.index(arm.arm), dodge(place, len(shown), SPREAD)
            marks = [(x + offset, _figure(block, arm.arm, band, subject), band) for x, band in enumerate(bands)]
            axes.plot(*transposed([(x, found.value) for x, found, _ in marks if found]), **line(number))
            for x, found, band in marks:
                if found:
                    tip = f"{arm.arm}, seen {band}: {subject.cell(found)}"
                    point(axes, (x, found.value), number, tip, upright=found)
        axes.set(xticks=range(len(bands)), xlabel="times in the training set", ylabel=subject.axis)
        axes.set_xticklabels(bands)
        axes.grid(visible=False, axis="x")
        if subject.percent:
            percent_axis(axes)

    return picture(subject.name, subject.title, subject.caption, draw)


def _figure(block: LongTail, arm: str, band: str, subject: _Subject) -> Estimate | None:
    found = block.band_of(arm, band)
    return subject.of(found) if found else None


def _against(block: LongTail, arms: Sequence[str]) -> Picture | None:
    """Prediction against measurement of what is seen once or twice; around the diagonal where theory is right."""
    shown = [forecast for forecast in block.forecasts if _is_shown(forecast, arms)]
    if not shown:
        return None

    def draw(axes: Axes) -> None:
        most = ROOM * max(each.high for forecast in shown for each in (forecast.predicted, forecast.measured) if each)
        axes.plot([0, most], [0, most], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        for forecast in shown:
            _spot(axes, forecast, arms.index(forecast.arm))
        axes.set(xlim=(0, most), ylim=(0, most), aspect="equal")
        axes.set(xlabel="predicted (share of all test records)", ylabel="measured")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))

    caption = (
        "Every mark is what an arm saves by fitting, or loses by not fitting, what it saw once or twice: predicted by "
        "Feldman's theorem, and measured on test records. The diagonal is where both agree."
    )
    return picture("longtail-prediction", "Feldman's prediction beside what was measured", caption, draw, SQUARE)


def _is_shown(forecast: Forecast, arms: Sequence[str]) -> bool:
    """Whether both figures are there, say something, and belong to an arm of the page."""
    both = forecast.predicted is not None and forecast.measured is not None
    return both and forecast.kind in ("unfitted", "worth") and forecast.arm in arms and not _nothing(forecast)


def _nothing(forecast: Forecast) -> bool:
    return all(each is None or each.value == 0 for each in (forecast.predicted, forecast.measured))


def _spot(axes: Axes, forecast: Forecast, number: int) -> None:
    if forecast.predicted is None or forecast.measured is None:
        return
    tip = f"{title_of(forecast)}: predicted {rate(forecast.predicted)}, measured {rate(forecast.measured)}"
    spot = (forecast.predicted.value, forecast.measured.value)
    point(axes, spot, number, tip, upright=forecast.measured, lying=forecast.predicted)
