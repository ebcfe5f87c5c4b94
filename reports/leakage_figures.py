"""Figures of the headline attack's leakage: over the size of the pool."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from reports import numbers
from reports.marks import name_lines, point
from reports.overview import HEADLINE_FPRS, Column
from reports.result import Estimate, PoolSize
from reports.svg import Picture, picture
from reports.tables import proportion


def pool_sizes(columns: Sequence[Column]) -> Picture | None:
    """The TPR over the number of models, at the lowest FPR that two sizes resolve; None where there are no sizes."""
    fpr = next((fpr for fpr in sorted(HEADLINE_FPRS) if any(len(_rates(column, fpr)) > 1 for column in columns)), None)
    if fpr is None:
        return None

    def draw(axes: Axes) -> None:
        ends = []
        for number, column in enumerate(columns):
            marks = [(models * 1.04 ** (number - (len(columns) - 1) / 2), tpr) for models, tpr in _rates(column, fpr)]
            for x, tpr in marks:
                point(axes, (x, tpr.value), number, f"{column.title}: finds {proportion(tpr)}", upright=tpr)
            ends += [(marks[-1][0], marks[-1][1].value, number, column.title)] if marks else []
        ticks = sorted({models for column in columns for models, _ in _rates(column, fpr)})
        axes.set(xscale="log", yscale="log", xlabel="models in the pool", ylabel=f"TPR at {numbers.fpr(fpr)} FPR")
        axes.set_xticks(ticks, [f"{models}" for models in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: numbers.fpr(float(f"{rate:.0e}"))))
        name_lines(axes, ends)

    caption = (
        "Smaller pools are cut out of the whole one, and averaged. Where the marks stop rising, models are enough."
    )
    return picture("pool-sizes", "How many models are enough", caption, draw)


def _rates(column: Column, fpr: float) -> list[tuple[int, Estimate]]:
    """Models and TPR, as far as it is resolved."""
    found = column.arm.leakage.pool_sizes if column.arm.leakage else ()
    each = ((one.models, _at(one, fpr)) for one in found)
    return [(models, tpr) for models, tpr in each if tpr is not None and tpr.value > 0]


def _at(one: PoolSize, fpr: float) -> Estimate | None:
    return next((at.tpr for at in one.tpr_at if at.fpr == fpr), None)
