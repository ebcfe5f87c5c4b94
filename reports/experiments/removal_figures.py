"""Figures of the experiment `removal`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from reports import numbers
from reports.experiments.removal import Layer, Leak, Removal, Staying
from reports.findings import Estimate
from reports.marks import color, dodge, guess_line, marker, point, whiskers
from reports.svg import MUTED, Picture, label, of_arm, picture
from reports.tables import rate, score

WIDTH = 0.5


def figures(block: Removal, arms: Sequence[str]) -> list[Picture]:
    """All figures of the section, in their order.

    Args:
        block: what was found.
        arms: names of the page's arms, in their order; a mark of an arm bears its place among them.
    """
    found = [_cost(block, arms), _trade(block, arms), _staying(block, arms), _layers(block, arms)]
    return [one for one in found if one]


def _cost(block: Removal, arms: Sequence[str]) -> Picture | None:
    """What the top records and as many at random cost, share by share."""

    def draw(axes: Axes) -> None:
        tops = [(f"top {_share(one.share)} minus nothing removed", one.accuracy.cost_top) for one in block.shares]
        random = [(f"random {_share(one.share)} minus nothing", one.accuracy.cost_random) for one in block.shares]
        _whiskered(axes, tops, _place(block.arm, arms), f"highest {block.by}", -1)
        _whiskered(axes, random, None, "as many at random", 1)
        axes.axhline(0, color=MUTED, linewidth=0.9)
        _shares_axis(axes, [one.share for one in block.shares])
        axes.set_ylabel("change of test accuracy, points")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:+.3g}" if value else "0"))

    caption = (
        "Below the line the models got worse. Both removals take as many records of each class; the gap between them "
        "is what the choice costs."
    )
    return picture("removal-cost", "What removing records costs", caption, draw)


def _trade(block: Removal, arms: Sequence[str]) -> Picture | None:
    """Accuracy against leakage of all ways of training."""
    by_tpr = all(one.tpr for one in block.leaks)
    shown = [(one, leak) for one in block.leaks if (leak := one.tpr if by_tpr else one.auc)]
    if len(shown) < 2:
        return None

    most = max((one.removed for one, _ in shown if one.kind == "top"), default=0.0)

    def draw(axes: Axes) -> None:
        for kind in ("top", "layer"):
            path = [(one, leak) for one, leak in shown if one.kind in ("nothing", kind)]
            spots = [one.accuracy.value for one, _ in path], [leak.value for _, leak in path]
            axes.plot(*spots, color=MUTED, linewidth=0.9, linestyle="-" if kind == "top" else ":", zorder=1)
        for one, leak in shown:
            _way(axes, one, leak, _place(one.arm, arms), by_tpr, most)
        axes.set(xlabel="test accuracy", ylabel=_leak_name(block, by_tpr))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        if by_tpr:
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.margins(x=0.14, y=0.12)
        guess_line(axes, block.fpr if by_tpr else 0.5)

    caption = (
        "Down and right is better. Filled: the top records removed, along the grey line share by share, along the "
        "dotted one layer by layer; hollow: as many at random; DP arms have marks of their own."
    )
    return picture("removal-trade", "Accuracy against leakage: removal beside DP", caption, draw)


def _way(axes: Axes, one: Leak, leak: Estimate, number: int, by_tpr: bool, most: float) -> None:
    figure = rate(leak) if by_tpr else score(leak)
    tip = f"{one.name}: test accuracy {rate(one.accuracy)}; {'TPR' if by_tpr else 'AUC'} {figure}"
    spot = (one.accuracy.value, leak.value)
    if one.kind == "random":
        bars: dict[str, Any] = {"xerr": whiskers(one.accuracy), "yerr": whiskers(leak), "fmt": "o", "markersize": 5}
        drawn = axes.errorbar([spot[0]], [spot[1]], color=MUTED, markerfacecolor="none", elinewidth=0.7, **bars)
        drawn.lines[0].set_gid(of_arm(number, tip))
        return
    point(axes, spot, number, tip, upright=leak, lying=one.accuracy)
    if one.kind != "top" or one.removed == most:
        below = one.kind == "layer"
        beside: dict[str, Any] = {"xytext": (-6, -14) if below else (6, 6), "ha": "right" if below else "left"}
        words = axes.annotate(label(one.name), spot, textcoords="offset points", fontsize=9.5, **beside)
        words.set(color=color(number), gid=of_arm(number))


def _staying(block: Removal, arms: Sequence[str]) -> Picture | None:
    """How many of the records that stay are exposed, or memorized, before and after."""
    exposed = all(one.exposure for one in block.shares)
    what = "exposed" if exposed else "memorized"
    found: list[tuple[float, Staying]] = [
        (one.share, staying) for one in block.shares if (staying := one.exposure if exposed else one.memorization)
    ]

    def draw(axes: Axes) -> None:
        before = [(f"nothing removed, those that stay without {_share(s)}", one.reached.before) for s, one in found]
        after = [(f"top {_share(s)} removed", one.reached.after) for s, one in found]
        _whiskered(axes, after, _place(block.arm, arms), "the top removed", 1)
        _whiskered(axes, before, None, "nothing removed", -1)
        _shares_axis(axes, [share for share, _ in found])
        axes.set_ylabel(f"{what} records beyond chance")
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))

    caption = (
        "Only records that stay are counted, the same ones before and after. Where the full mark is above the hollow "
        f"one, records are {what} that were not: the onion."
    )
    return picture("removal-staying", f"The records that stay: how many are {what}", caption, draw)


def _layers(block: Removal, arms: Sequence[str]) -> Picture | None:
    """How many are left memorized and exposed, layer by layer."""
    if not block.layers:
        return None
    kinds: list[tuple[str, Callable[[Layer], Estimate | None], str]] = [
        ("memorized", lambda one: one.memorized.now, "-"),
        ("exposed", lambda one: one.exposed.now if one.exposed else None, "--"),
    ]
    number = _place(block.arm, arms)

    def draw(axes: Axes) -> None:
        for place, (what, of, style) in enumerate(kinds):
            marks = [(one, found) for one in block.layers if (found := of(one))]
            spots = (
                [one.layer + dodge(place, len(kinds), 0.16) for one, _ in marks],
                [found.value for _, found in marks],
            )
            if marks:
                axes.plot(*spots, color=color(number), linestyle=style, label=what, gid=of_arm(number), linewidth=1.4)
            for x, (one, found) in zip(spots[0], marks, strict=True):
                tip = f"{one.layer} layers removed ({_share(one.removed)}): {score(found, 1)} {what} beyond chance"
                point(axes, (x, found.value), number, tip, upright=found)
        axes.set(xlabel="layers removed", ylabel="records beyond chance", xticks=[one.layer for one in block.layers])
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))

    caption = (
        "Each layer is ranked on models trained without the layers before. Whiskers are intervals over model pairs."
    )
    return picture("removal-layers", "How many are left, layer by layer", caption, draw)


def _whiskered(axes: Axes, marks: Sequence[tuple[str, Estimate]], number: int | None, name: str, side: int) -> None:
    """Marks share by share with their intervals: of an arm full, of what is compared with it hollow."""
    for place, (tip, estimate) in enumerate(marks):
        shown = f"{tip}: {_figure(estimate)}"
        look: dict[str, Any] = {"color": MUTED, "fmt": "o", "markerfacecolor": "none", "gid": None}
        if number is not None:
            look = {"color": color(number), "fmt": marker(number), "gid": of_arm(number)}
        x = place + side * WIDTH / 6
        drawn = axes.errorbar([x], [estimate.value], yerr=whiskers(estimate), markersize=6, **look)
        drawn.lines[0].set_gid(of_arm(number or 0, shown))
        if place == 0:
            drawn.set_label(name)


def _figure(estimate: Estimate) -> str:
    return f"{estimate.value:.3g} ({estimate.low:.3g} to {estimate.high:.3g})"


def _shares_axis(axes: Axes, shares: Sequence[float]) -> None:
    axes.set(xticks=range(len(shares)), xlabel="share of the records removed")
    axes.set_xticklabels([_share(share) for share in shares])
    axes.set_xlim(-0.6, len(shares) - 0.4)
    axes.grid(visible=False, axis="x")


def _leak_name(block: Removal, by_tpr: bool) -> str:
    return f"members found (TPR at {numbers.fpr(block.fpr)} FPR)" if by_tpr else "attack AUC"


def _place(arm: str, arms: Sequence[str]) -> int:
    """The arm's place on the page; the first where it is not on it."""
    return list(arms).index(arm) if arm in arms else 0


def _share(share: float) -> str:
    return numbers.fpr(round(share, 3))
