"""The pages that a reader follows, and what stands in them: commands, blocks, links, names."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("audit", "make", "pip", "python", "sha256sum")


@dataclass(frozen=True)
class Line:
    """A command.

    Attributes:
        page: where it stands.
        text: it, whole, without a comment.
    """

    page: Path
    text: str

    @property
    def words(self) -> list[str]:
        """The words of the command line."""
        return shlex.split(self.text)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language; those of none are of the language ''."""
    return [block for name, block in FENCED.findall(page.read_text(encoding="utf-8")) if name == language]


def prose(page: Path) -> str:
    """What stands outside of fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def lines(page: Path) -> list[Line]:
    """Every command of the blocks of a page, fenced or indented, in their order."""
    shell = [block for name in ("sh", "") for block in blocks(page, name)]
    indented = "\n".join(re.findall(r"^    (.*)$", prose(page), re.MULTILINE))
    joined = "\n".join([*shell, indented]).replace("\\\n", " ")
    said = (re.sub(r"\s+", " ", line.split(" #")[0]).strip() for line in joined.splitlines())
    return [Line(page, text) for text in said if text.split(" ")[0] in PROGRAMS and " " in text]
