"""Names with a line each, for `audit list`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console

NARROWEST = 20


def render_listing(entries: Sequence[tuple[str, str]], console: Console) -> None:
    """Print names and what they are, wrapped beside each other.

    Args:
        entries: (name, description), in the order to show.
        console: where to print.
    """
    indent = max((len(name) for name, _ in entries), default=0) + 2
    for name, description in entries:
        lines = textwrap.wrap(description, max(NARROWEST, console.width - indent)) or [""]
        console.print(f"{name:<{indent}}{lines[0]}", highlight=False, markup=False, soft_wrap=True)
        for line in lines[1:]:
            console.print(" " * indent + line, highlight=False, markup=False, soft_wrap=True)
