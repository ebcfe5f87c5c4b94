"""From the page of a screen to the page of a printer: nothing folded, nothing to click, a list of contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from xml.etree.ElementTree import Element, SubElement, tostring

UNPRINTABLE = ("script", "noscript", "nav", "dialog", "input", "select", "textarea", "template", "fieldset")
SECTION = "h2"
VARIABLE = re.compile(r"var\((--[\w-]+)\)")
SETTING = re.compile(r"(--[\w-]+):\s*([^;]+);")
# What is selected by the state of a control is never so on paper, and to find that out takes minutes.
STATEFUL = re.compile(r"[^{}]*:has\([^{}]*\{[^{}]*\}")
# A drawing is a page of its own to the layout engine: no rule of the page's style sheet reaches into it.
DRAWING_STYLE = """
line { stroke: #0b5a78; stroke-width: 2 } line:first-of-type:not(:only-of-type) { stroke: #ccc }
circle { fill: #0b5a78 }
"""
WIDE, WIDEST = 8, 13  # columns from which a table is set smaller, and from which it takes a page on its side
MANY, FEW = 10, 4  # columns and rows, its header among them, of a table that is turned on its side
LONGEST_FIGURE = 30  # letters of a figure with its interval, which stands in one line; what is longer are words
TIGHT, LONGEST_IN_TIGHT = 7, 22  # columns from which a figure of more letters takes two lines


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the contents.

    Attributes:
        id: of its heading.
        title: the text of its heading.
    """

    id: str
    title: str


class Parser(Protocol):
    """A page as WeasyPrint holds it."""

    etree_element: Element

    def write_pdf(self, *, pdf_identifier: bytes, pdf_tags: bool) -> bytes:
        """The page as a PDF."""
        ...


def as_paper(
    page: str,
    document: Callable[[str], Parser],
    cover: Callable[[tuple[Section, ...]], str],
    style: str,
    created: str,
) -> str:
    """The page as it is printed.

    Args:
        page: the HTML report.
        document: reads a page.
        cover: draws the first page, and what stands in every page's margins, from the contents.
        style: the style sheet of paper, which has the last word.
        created: date of the document, ISO 8601 with a time zone.

    Raises:
        ValueError: if the page has no body.
    """
    root = _read(page, document)
    body, head = root.find("body"), root.find("head")
    if body is None or head is None:
        raise ValueError("the page to print has no head or no body")
    _strip(root)
    _flatten(root)
    for terms in list(root.iter("dl")):
        _tabulate(terms)
    for table in root.iter("table"):
        _turn(table)
        _fit(table)
    # The last value of a variable is the one for print: the page's style sheet sets light, dark, print, in this order.
    palette: dict[str, str] = {}
    for element in root.iter("style"):
        element.text = STATEFUL.sub("", element.text or "")
        palette |= dict(SETTING.findall(element.text))
    for drawing in root.iter("svg"):
        _color(drawing, palette)
    for place, element in enumerate(_read(cover(tuple(_sections(root))), document).findall("body/*")):
        body.insert(place, element)
    SubElement(head, "style").text = style
    SubElement(head, "meta", name="dcterms.created", content=created)
    return tostring(root, encoding="unicode", method="html")


def _read(page: str, document: Callable[[str], Parser]) -> Element:
    """The elements of a page under their plain names, comments left out."""
    root = document(page).etree_element
    for parent in list(root.iter()):
        for child in [child for child in parent if not isinstance(child.tag, str)]:
            parent.remove(child)
        parent.tag = parent.tag.rpartition("}")[2]
        parent.attrib = {key.rpartition("}")[2]: value for key, value in parent.attrib.items()}
    return root


def _strip(root: Element) -> None:
    """Take out what only a screen has use for: scripts, controls, links to skip, the foot of the page."""
    for parent in list(root.iter()):
        for child in list(parent):
            link = child.tag == "a" and parent.tag == "body"
            control = child.tag == "button" and parent.tag not in ("th", "summary")
            foot = child.tag == "footer" and parent.tag in ("body", "main")
            if child.tag in UNPRINTABLE or link or control or foot:
                _remove(parent, child)


def _remove(parent: Element, child: Element) -> None:
    """Remove an element; the text behind it, which is its tail, stays."""
    place = list(parent).index(child)
    if place:
        parent[place - 1].tail = (parent[place - 1].tail or "") + (child.tail or "")
    else:
        parent.text = (parent.text or "") + (child.tail or "")
    parent.remove(child)


def _flatten(root: Element) -> None:
    """Open what is folded, and leave out a title that the table below it has as well; a button is its text."""
    for element in root.iter():
        if element.tag == "details":
            element.set("open", "")
            captions = {_text(caption) for caption in element.iter("caption")}
            for summary in element.findall("summary"):
                if _text(summary) in captions:
                    element.remove(summary)
        if element.tag == "button":
            element.tag = "span"


def _tabulate(terms: Element) -> None:
    """Set terms and what they mean side by side, a row each; a list with anything else in it stays as it is."""
    pairs = list(zip(terms[::2], terms[1::2], strict=False))
    if len(terms) % 2 or any((term.tag, meaning.tag) != ("dt", "dd") for term, meaning in pairs):
        return
    for element in list(terms):
        terms.remove(element)
    terms.tag = "table"
    _mark(terms, "paper-terms")
    body = SubElement(terms, "tbody")
    for term, meaning in pairs:
        term.tag, meaning.tag = "th", "td"
        SubElement(body, "tr").extend([term, meaning])


def _turn(table: Element) -> None:
    """Make columns of the rows of a table that has many columns and few rows."""
    rows = table.findall("*/tr")
    columns = len(rows[0]) if rows else 0
    if columns < MANY or len(rows) > FEW or any(len(row) != columns for row in rows):
        return
    cells = [list(row) for row in rows]
    head, body = table.find("thead"), table.find("tbody")
    if head is None or body is None or len(head) != 1:
        return
    for part in (head, body):
        for row in list(part):
            part.remove(row)
    for number, line in enumerate(zip(*cells, strict=True)):
        SubElement(body if number else head, "tr").extend(line)


def _fit(table: Element) -> None:
    """Mark a table that is too wide for the page as it is, and in it what may not be squeezed or must be broken."""
    columns = max((len(row) for row in table.iter("tr")), default=0)
    for header in table.iterfind("tbody/tr/th[small]"):
        _mark(header, "paper-hinted")
    for cell in table.iterfind("tbody/tr/td"):
        length = len(_text(cell))
        if length > LONGEST_FIGURE:
            _mark(cell, "paper-words")
        elif columns >= TIGHT and length > LONGEST_IN_TIGHT:
            _mark(cell, "paper-loose")
    if columns >= WIDE:
        _mark(table, "paper-widest" if columns >= WIDEST else "paper-wide")


def _mark(element: Element, name: str) -> None:
    """Add a class."""
    element.set("class", f"{element.get('class', '')} {name}".strip())


def _color(drawing: Element, palette: dict[str, str]) -> None:
    """Write colours in place of the page's variables, which are out of a drawing's sight."""
    for element in drawing.iter():
        for key, value in element.attrib.items():
            element.set(key, VARIABLE.sub(lambda name: palette.get(name[1], "#000"), value))
    style = Element("style")
    style.text = DRAWING_STYLE
    drawing.insert(0, style)


def _sections(root: Element) -> Iterator[Section]:
    """The headings that the contents list, each with an id."""
    for number, heading in enumerate(root.iter(SECTION)):
        if not heading.get("id"):
            heading.set("id", f"paper-{number}")
        yield Section(heading.get("id", ""), _text(heading))


def _text(element: Element) -> str:
    """All that an element says, in one line."""
    return " ".join("".join(element.itertext()).split())
