"""Text that commands nothing: what every format shows of strings that may hold anything."""

from __future__ import annotations

from markupsafe import Markup

WITHOUT_PICTURE = "\n\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""What a browser may get though it is not printable: spaces, and what joins letters of some scripts."""


def visible(text: str, kept: str = "", instead: str = "?") -> str:
    """The text without control characters, marks that turn the direction of writing, and other signs without a picture.

    Args:
        text: any string, such as a record id; no sequence in it may command a terminal or reorder a line.
        kept: signs to keep though they have no picture, such as a line break.
        instead: what stands in their place.
    """
    return "".join(sign if sign.isprintable() or sign in kept else instead for sign in text)


def in_page(value: object) -> object:
    """What a template writes: a string without control characters, markup of our own and all else as it is."""
    return visible(value, WITHOUT_PICTURE) if isinstance(value, str) and not isinstance(value, Markup) else value
