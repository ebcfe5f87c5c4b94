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
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SIZE = (5.8, 4.2)
FEW_ENTRIES = 4
POINTS = 72
"""Points an inch, the unit of an SVG."""
# Colours are stand-ins that the style sheet's variables replace; so one drawing suits light and dark.
INK, MUTED, GRID = "#000001", "#000002", "#000003"
SERIES = tuple(f"#0000{number:02x}" for number in range(16, 24))
VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line"} | {
    color: f"--series-{number}" for number, color in enumerate(SERIES, start=1)
}
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (9, 3)), (0, (3, 1)), (0, (1, 3)))
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
ARM_ID = re.compile(r"arm-(\d+)(?:\|(.*))?", re.DOTALL)
FONT = "font-size: 11.5px; font-family: 'DejaVu Sans'"
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
        svg: the markup, to be put into a page as it is; what is drawn of an arm has the class `arm-<number>`.
        arms: places of the arms that are drawn.
    """

    title: str
    caption: str
    svg: str
    arms: tuple[int, ...] = ()


def picture(
    name: str, title: str, caption: str, draw: Callable[[Axes], None], size: tuple[float, float] = SIZE
) -> Picture:
    """Draw a figure with one pair of axes; the names of the arms are left to the page, all others stand above it.

    Args:
        name: unique on the page; letters, digits and hyphens.
        title: what it shows; also what a screen reader says, with the caption.
        caption: how to read it.
        draw: draws on the axes; labelled artists enter the legend.
        size: width and height in inches.
    """
    svg = _drawn(name, f"{title}. {caption}", draw, size)
    arms = sorted({int(number) for number in re.findall(r'class="arm-(\d+)"', svg)})
    return Picture(title, caption, svg, tuple(arms))


def _drawn(name: str, spoken: str, draw: Callable[[Axes], None], size: tuple[float, float]) -> str:
    """The markup of a figure; `spoken` is what a screen reader says."""
    style: Any = {**STYLE, "svg.hashsalt": name}
    with rc_context(style), warnings.catch_warnings():
        # A page's reader has other fonts than this machine; the text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, dpi=POINTS, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        entries = len(axes.get_legend_handles_labels()[0])
        if entries:
            figure.legend(loc="outside upper left", ncols=2 if entries <= FEW_ENTRIES else 3)
        return _inline(_svg(figure), name, spoken)


def of_arm(number: int, tip: str = "") -> str:
    """Id that a mark is drawn with to belong to an arm; the page can hide the arm, and says the tip at the mark.

    Args:
        number: place of the arm among the arms.
        tip: what the mark shows, with its figures.
    """
    return f"arm-{number}" + (f"|{_printable(tip)}" if tip else "")


def label(text: str, longest: int = 22) -> str:
    """A name as a figure may hold it: printable and short.

    Args:
        text: any string.
        longest: signs kept.
    """
    shown = _printable(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _svg(figure: Figure) -> str:
    stream = io.StringIO()
    FigureCanvasSVG(figure)  # text is as wide for the layout as it is when drawn
    layout = figure.get_layout_engine()
    if layout:  # by itself `savefig` lays out in the course of a whole drawing that it throws away
        layout.execute(figure)
        figure.set_layout_engine(None)
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
        element.attrib = {_local(key): value for key, value in element.items()}
    for element in root.iter():
        _belong(element)
    needed = set(
        re.findall(r"#([\w-]+)", " ".join(value for element in root.iter() for value in element.attrib.values()))
    )
    for element in root.iter():
        kept = {key: value for key, value in element.items() if _tells(key, value, needed)}
        element.attrib = {key: _short(key, _themed(_owned(key, value, name))) for key, value in kept.items()}
    root.attrib = {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": spoken, "style": FONT}
    _thin(root)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _tells(key: str, value: str, needed: set[str]) -> bool:
    """Whether an attribute does anything: ids that nothing refers to, and turns by no angle, do not."""
    return value in needed if key == "id" else not value.startswith("rotate(-0 ")


def _belong(element: ElementTree.Element) -> None:
    """What is drawn of an arm gets a class, and its tip a title, in place of the id that said so."""
    found = ARM_ID.fullmatch(element.get("id", ""))
    if found:
        element.attrib = {"class": f"arm-{found[1]}"}
        if found[2]:
            title = ElementTree.Element("title")
            title.text = found[2]
            element.insert(0, title)


def _thin(element: ElementTree.Element) -> None:
    """Take out what shows nothing: groups around nothing but their content, empty ones, line breaks, blank paths."""
    element.tail = None
    if element.tag not in ("text", "title"):
        element.text = None
    children: list[ElementTree.Element] = []
    for child in element:
        _thin(child)
        if child.tag == "g" and not child.attrib:
            children += child
        elif not (child.get("style") == "fill: none" or (child.tag in ("g", "defs") and not len(child))):
            children.append(child)
    element[:] = children


def _short(key: str, value: str) -> str:
    """Coordinates to a hundredth of a point, which nobody sees; names as they are."""
    if key in ("id", "class", "href", "clip-path"):
        return value
    value = re.sub(r"(\d+\.\d{2})\d+", r"\1", value.replace(FONT, "").lstrip("; "))
    return re.sub(r" *([MLQCZz]) *", r"\1", value).strip() if key == "d" else value


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
