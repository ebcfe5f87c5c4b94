"""Figures as inline SVG: coloured by the page's style sheet, with ids of their own, byte-identical each time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIZE = (5.8, 4.2)
FEW_ENTRIES = 4
# Colours are stand-ins that the style sheet's variables replace; so one drawing suits light and dark.
INK, MUTED, GRID = "#000001", "#000002", "#000003"
SERIES = tuple(f"#0000{number:02x}" for number in range(16, 24))
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line"} | {
    color: f"--series-{number}" for number, color in enumerate(SERIES, start=1)
}
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (9, 3)), (0, (3, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 11.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.minor.visible": False,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "lines.linewidth": 1.8,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a page.

    Attributes:
        title: what it shows, in a few words.
        caption: how to read it.
        svg: the markup, to be put into a page as it is.
    """

    title: str
    caption: str
    svg: str


def picture(
    name: str, title: str, caption: str, draw: Callable[[Axes], None], size: tuple[float, float] = SIZE
) -> Picture:
    """Draw a figure with one pair of axes and its legend above them.

    Args:
        name: unique on the page; letters, digits and hyphens.
        title: what it shows; also what a screen reader says, with the caption.
        caption: how to read it.
        draw: draws on the axes; labelled artists enter the legend.
        size: width and height in inches.
    """
    style: Any = {**STYLE, "svg.hashsalt": name}
    with rc_context(style), warnings.catch_warnings():
        # A page's reader has other fonts than this machine; the text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        entries = len(axes.get_legend_handles_labels()[0])
        if entries:
            figure.legend(loc="outside upper left", ncols=2 if entries <= FEW_ENTRIES else 3)
        return Picture(title, caption, _inline(_svg(figure), name, f"{title}. {caption}"))


def label(text: str, longest: int = 22) -> str:
    """A name as a figure may hold it: printable and short.

    Args:
        text: any string.
        longest: signs kept.
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


def _inline(document: str, name: str, spoken: str) -> str:
    """The drawing alone: no prolog, no metadata, no style that reaches beyond it, ids under its own name."""
    root = ElementTree.fromstring(document)  # noqa: S314 (matplotlib wrote it)
    for parent in list(root.iter()):
        for child in [child for child in parent if _local(child.tag) in ("metadata", "style")]:
            parent.remove(child)
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(key): _themed(_owned(_local(key), value, name)) for key, value in element.items()}
    root.attrib = {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": spoken}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _local(name: str) -> str:
    """A name without its XML namespace, which inline SVG does not need."""
    return name.rpartition("}")[2]


def _owned(key: str, value: str, name: str) -> str:
    """Ids, and references to them, under the figure's name: several figures share a page."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return value.replace("#", f"#{name}-", 1)
    return re.sub(r"url\(#", f"url(#{name}-", value)


def _themed(value: str) -> str:
    for color, variable in VARIABLES.items():
        value = value.replace(color, f"var({variable})")
    return value
