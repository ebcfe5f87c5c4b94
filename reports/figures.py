"""Figures of memorization and of attacks; one function a figure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from reports import numbers
from reports.attack_tables import representative
from reports.marks import color, dash, line, mark, marker, name_lines, transposed
from reports.overview import Column
from reports.result import Memorization, RocCurve
from reports.svg import INK, MUTED, Picture, label, of_arm, picture
from reports.tables import proportion, score

LOWEST_RATE = 1e-4


def memorization_histogram(columns: Sequence[Column]) -> Picture | None:
    """How many records have which memorization score, in every arm; None where no arm has scores."""
    shown = [
        (number, column, column.arm.memorization) for number, column in enumerate(columns) if column.arm.memorization
    ]
    if not shown:
        return None

    def draw(axes: Axes) -> None:
        ends = [_histogram(axes, column, memorization, number) for number, column, memorization in shown]
        axes.axvline(shown[0][2].threshold, color=MUTED, linewidth=1)
        axes.set(xlabel="memorization of a record", ylabel="records (log scale)", yscale="log", ylim=(0.7, None))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else ""))
        axes.set_xlim(right=max(axes.get_xlim()[1], 1.25))  # room for the names
        axes.set_xticks([tick for tick in axes.get_xticks() if tick < 1.01])
        name_lines(axes, [(*end, number, column.title) for end, (number, column, _) in zip(ends, shown, strict=True)])

    threshold = numbers.decimal(shown[0][2].threshold, 2)
    caption = (
        f"Right of the upright line ({threshold}) estimates reach the threshold; each mark is a bin that holds records."
    )
    capped = any(memorization.cap is not None for _, _, memorization in shown)
    caps = " A thin coloured line is the highest memorization that an arm's epsilon allows." if capped else ""
    return picture("memorization", "Memorization of the records in every arm", caption + caps, draw)


def _histogram(axes: Axes, column: Column, memorization: Memorization, number: int) -> tuple[float, float]:
    """The counts of an arm as marks on a line, and its cap; returns where the line ends."""
    bins = zip(pairwise(memorization.histogram.edges), memorization.histogram.counts, strict=True)
    filled = [(low, high, count) for (low, high), count in bins if count]
    marks = [((low + high) / 2, count) for low, high, count in filled]
    axes.plot(*transposed(marks), **line(number))
    for (low, high, count), spot in zip(filled, marks, strict=True):
        records = f"{numbers.count(count)} record{'' if count == 1 else 's'}"
        mark(axes, spot, number, f"{column.title}: {records} between {low:.2f} and {high:.2f}")
    if memorization.cap is not None:
        tip = f"{column.title}: the claimed epsilon allows at most {numbers.cap(memorization.cap)}"
        axes.axvline(memorization.cap, color=color(number), linewidth=0.9, gid=of_arm(number, tip))
    return marks[-1] if marks else (0.0, 1.0)


def headline_roc(columns: Sequence[Column], title: str) -> Picture | None:
    """ROC of the headline attack in every arm, with its bands and the ceilings of the guarantees.

    Args:
        columns: the arms.
        title: name of the attack.
    """
    curves = [(number, column, column.attack.roc) for number, column in enumerate(columns) if column.attack]
    if not any(roc for _, _, roc in curves):
        return None

    def draw(axes: Axes) -> None:
        for number, column, roc in curves:
            if roc:
                _headline(axes, column, roc, number)
            _ceiling(axes, column, number)
        _roc_axes(axes)
        name_lines(axes, [(*_start(roc), number, column.title) for number, column, roc in curves if roc])

    caption = "Up and left is worse for privacy; on the thin diagonal an attack knows nothing. Bands are intervals."
    ceilings = " A thin line with bars is the ceiling that an arm's epsilon puts on any attack."
    guaranteed = any(column.arm.guarantee for column in columns)
    return picture("roc-headline", f"{title} in every arm", caption + ceilings * guaranteed, draw)


def _headline(axes: Axes, column: Column, roc: RocCurve, number: int) -> None:
    """The curve of an arm with its band, and marks at the rates that the tables give."""
    low, high = ([max(rate, LOWEST_RATE / 10) for rate in rates] for rates in (roc.low, roc.high))
    axes.plot(*transposed(_above_zero(roc)), **line(number))
    band = axes.fill_between(list(roc.fpr), low, high, color=color(number), alpha=0.18, linewidth=0)
    band.set_gid(of_arm(number))
    for at in column.attack.tpr_at if column.attack else ():
        if at.tpr and at.tpr.value > 0:
            tip = f"{column.title}: finds {proportion(at.tpr)} of the members at {numbers.fpr(at.fpr)} FPR"
            mark(axes, (at.fpr, at.tpr.value), number, tip, size=5.5)


def _ceiling(axes: Axes, column: Column, number: int) -> None:
    """The highest rates that the arm's guarantee allows any attack."""
    if not column.arm.guarantee:
        return
    caps = sorted(column.arm.guarantee.tpr_caps)
    tip = f"{column.title}: no attack can be above, " + ", ".join(
        f"{numbers.percent_cap(cap)} at {numbers.fpr(fpr)} FPR" for fpr, cap in caps
    )
    drawn = axes.plot(*transposed(caps), color=color(number), linewidth=0.9, marker="_", markersize=9)
    drawn[0].set_gid(of_arm(number, tip))


def _above_zero(roc: RocCurve) -> list[tuple[float, float]]:
    return [(fpr, tpr) for fpr, tpr in zip(roc.fpr, roc.tpr, strict=True) if tpr > 0]


def _start(roc: RocCurve) -> tuple[float, float]:
    """Where a curve enters the figure."""
    return next(((fpr, max(tpr, LOWEST_RATE)) for fpr, tpr in _above_zero(roc) if fpr >= LOWEST_RATE), (1.0, 1.0))


def arm_roc(column: Column, number: int) -> Picture | None:
    """ROC of one attack of each family on one arm: the headline attack as the arm, the others in grey.

    Args:
        column: the arm.
        number: its place among the arms.
    """
    drawn = representative((column,))  # the headline attack first
    known = {attack.name: attack for attack in column.arm.attacks}
    shown = [known[name] for name in drawn if name in known]
    curves = [(attack, attack.roc) for attack in shown if attack.roc]
    if not curves:
        return None

    def draw(axes: Axes) -> None:
        for place, (attack, roc) in enumerate(curves):
            if attack.name == column.headline:
                _headline(axes, column, roc, number)
                axes.plot([], [], **{**line(number), "gid": None}, marker=marker(number), label=label(attack.title))
            else:
                tip = f"{attack.title}: AUC {score(attack.auc)}"
                style = {"color": INK if place % 2 else MUTED, "linestyle": dash(place), "linewidth": 1.1}
                axes.plot(*transposed(_above_zero(roc)), label=label(attack.title), gid=of_arm(number, tip), **style)
        _roc_axes(axes)

    whole = len(curves) == sum(attack.roc is not None for attack in column.arm.attacks)
    caption = "The band is the headline attack's." + ("" if whole else " All others are in the table below.")
    return picture(f"roc-arm-{number}", f"Attacks on {column.title}, one a family", caption, draw)


def _roc_axes(axes: Axes) -> None:
    axes.plot([LOWEST_RATE, 1], [LOWEST_RATE, 1], color=MUTED, linewidth=0.9)
    axes.text(0.1, 0.055, "guessing", color=MUTED, fontsize=9.5)
    axes.set(xscale="log", yscale="log", xlim=(LOWEST_RATE, 1), ylim=(LOWEST_RATE, 1.05))
    axes.set(xlabel="non-members wrongly accused (FPR)", ylabel="members found (TPR)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda rate, _: numbers.fpr(float(f"{rate:.0e}"))))
