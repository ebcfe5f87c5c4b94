"""Checks that the README tells the truth: its commands parse, none is missing, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click
import typer.main

from audit.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def commands(text: str) -> list[str]:
    """Every `audit ...` line of the shell blocks, continuation lines joined."""
    blocks = re.findall(r"```(?:sh|shell|bash|console)\n(.*?)```", text, re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    lines = (line.removeprefix("$ ").split(" #")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line.startswith("audit ")]


def parse_problem(group: click.Group, line: str) -> str | None:
    """Why the command line would refuse a line; None if it takes it."""
    name, *words = shlex.split(line)[1:]
    if name.startswith("--"):
        return None
    command = group.commands.get(name)
    if command is None:
        return f"{line!r}: there is no command {name!r}"
    try:
        command.make_context(name, words, resilient_parsing=False)
    except click.exceptions.Exit:
        return None
    except click.ClickException as error:
        return f"{line!r}: {error.format_message()}"
    return None


def problems(text: str) -> list[str]:
    """Everything in the README that is not so."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    shown = commands(text)
    refused = [problem for line in shown if (problem := parse_problem(group, line))]
    absent = [
        f"the command `audit {name}` is not shown"
        for name in group.commands
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
