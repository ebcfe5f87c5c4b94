"""Checks that the README tells the truth: its commands parse, none is missing, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from typer.testing import CliRunner

from audit.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def commands(text: str) -> list[str]:
    """Every `audit ...` line of the shell blocks, continuation lines joined."""
    blocks = re.findall(r"```(?:sh|shell|bash|console)\n(.*?)```", text, re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    lines = (line.removeprefix("$ ").split(" #")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line.startswith("audit ")]


def parse_problem(line: str) -> str | None:
    """Why the command line would refuse a line; None if it takes it.

    `--help` ends a call before anything is done, but after unknown commands and options were refused.
    """
    called = CliRunner().invoke(app, [*shlex.split(line)[1:], "--help"])
    return None if called.exit_code == 0 else f"{line!r}: {called.output.strip().splitlines()[-1]}"


def problems(text: str) -> list[str]:
    """Everything in the README that is not so."""
    shown = commands(text)
    refused = [problem for line in shown if (problem := parse_problem(line))]
    names = [info.name or info.callback.__name__ for info in app.registered_commands if info.callback]
    absent = [
        f"the command `audit {name}` is not shown"
        for name in names
        if not any(shlex.split(line)[1] == name for line in shown)
    ]
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    broken = [f"the link {link} leads nowhere" for link in links if not (ROOT / link).exists()]
    targets = re.findall(r"`make ([a-z]+)`", text)
    makefile = (ROOT / "Makefile").read_text()
    unmade = [f"there is no `make {name}`" for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)]
    return refused + absent + broken + unmade


if __name__ == "__main__":
    found = problems(README.read_text(encoding="utf-8"))
    print("\n".join(found) if found else f"{README.name}: all commands parse, no command is missing, no link is broken")
    sys.exit(bool(found))
