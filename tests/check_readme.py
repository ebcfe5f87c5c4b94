"""Checks that the README tells the truth: its commands parse, none is missing, its links lead somewhere.

What `make audit` prints differs from CPU to CPU in its last digits, so README's block is held against the structure of
a small audit that is run here; given a run folder, against its figures: `tests/check_readme.py runs/digits-resnet`.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
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


ESTIMATE = re.compile(r"(-?[\d.,]+)(?: %)? *\((-?[\d.,]+) to (-?[\d.,]+)\)")
COUNT = re.compile(r"([\d,]+) +\(of ([\d,]+)\)")
SMALL = ("run", "--model", "linear", "--models", "8", "--epochs", "1", "--dp-eps", "8", "--workers", "1")
SMALL += ("--attack", "loss", "--headline", "loss")


def block(text: str) -> str:
    """What README says that `make audit` prints: the first block of plain text after the command."""
    return re.findall(r"```text\n(.*?)```", text[text.index("make audit") :], re.DOTALL)[0]


def rows(printed: str) -> dict[str, str]:
    """The lines of the tables: what stands in front of the first wide gap -> the rest; numbers in front are a #.

    The name of the attack, which is another one in a small audit, and commands with their comments are left out.
    """
    found = re.findall(r"^(?!audit )(\w.*?) {2,}(\S.*)$", printed, re.MULTILINE)
    return {re.sub(r"[\d.,]*\d", "#", re.sub(r"(?<=FPR), .*", "", label)): rest for label, rest in found}


def missing_rows(shown: str, printed: str) -> list[str]:
    """Lines of a table that are shown and that no audit prints, or not in this order."""
    held, there = list(rows(shown)), list(rows(printed))
    absent = [f"its block has the line {label!r}, which no audit prints" for label in held if label not in there]
    in_order = [label for label in there if label in held] == [label for label in held if label in there]
    return absent + ([] if in_order and held else ["its block has no table, or one in another order"])


def other_figures(shown: str, printed: str) -> list[str]:
    """Figures of one line that two runs of one audit do not have by rounding alone.

    Intervals of estimates must overlap. Counts must differ by less than 3.3 standard errors of the difference of two
    independent Poisson counts, which is more than rounding does to them.
    """
    found, there = [], rows(printed)
    for label, cells in rows(shown).items():
        pairs = list(zip(ESTIMATE.findall(cells), ESTIMATE.findall(there.get(label, "")), strict=False))
        apart = [(one, other) for one, other in pairs if not _overlap(one, other)]
        counts = zip(COUNT.findall(cells), COUNT.findall(there.get(label, "")), strict=False)
        apart += [(one, other) for one, other in counts if not _as_many(one, other)]
        found += [f"{label}: README shows {' '.join(one)}, the run {' '.join(other)}" for one, other in apart]
    return found


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    (_, low, high), (_, other_low, other_high) = (tuple(map(_number, row)) for row in (one, other))
    return low <= other_high and other_low <= high


def _as_many(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    (count, of), (other_count, other_of) = (tuple(map(_number, row)) for row in (one, other))
    return of == other_of and abs(count - other_count) <= 3.3 * math.sqrt(max(count + other_count, 1))


def _number(text: str) -> float:
    return float(text.strip(".,").replace(",", ""))


def printed_by(*words: str) -> str:
    """What a command of ours prints at 80 columns."""
    environment = os.environ | {"COLUMNS": "80", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    call = [sys.executable, "-c", "from audit.cli import main; main()", *words]
    return subprocess.run(call, env=environment, capture_output=True, encoding="utf-8", check=True).stdout


def block_problems(text: str, run: str | None) -> list[str]:
    """Where README's block and what is printed here do not agree."""
    shown = block(text)
    if run:
        printed = printed_by("report", run)
        return missing_rows(shown, printed) + other_figures(shown, printed)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        np.savez(data, x=np.random.default_rng(0).normal(size=(120, 5)), y=np.arange(120) % 3)
        return missing_rows(shown, printed_by(*SMALL, "--data", str(data), "--out", str(Path(folder) / "run")))


if __name__ == "__main__":
    content = README.read_text(encoding="utf-8")
    found = problems(content) + block_problems(content, sys.argv[1] if len(sys.argv) > 1 else None)
    fine = f"{README.name}: all commands parse, none is missing, no link is broken, its block is what an audit prints"
    print("\n".join(found) if found else fine)
    sys.exit(bool(found))
