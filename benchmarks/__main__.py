"""`python -m benchmarks`: run the benchmarks, print the table, keep the figures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows import Row, Skipped

if TYPE_CHECKING:  # a process that only trains a loop reads this file too and needs none of it
    from benchmarks.cases import Size

Benchmark = Callable[["Size"], Sequence[Row | Skipped]]
QUICK_MODELS = 8


def main(words: Sequence[str] | None = None) -> None:
    """Run what the command line asks for; the figures are on disk after every benchmark, the table comes at the end.

    Args:
        words: the command line's words; None takes the program's own.
    """
    from benchmarks.machine import Machine
    from benchmarks.table import document, markdown

    known, machine = benchmarks(), Machine.here()
    asked = _parser(known).parse_args(words)
    rows: list[Row | Skipped] = []
    for name in asked.only or known:
        rows += _told(name, known[name], _size(asked))
        if asked.json:
            asked.json.write_text(json.dumps(document(machine, rows), indent=2) + "\n", encoding="utf-8")
    print(markdown(machine, rows))


def benchmarks() -> dict[str, Benchmark]:
    """All benchmarks by name, each a function of the size."""
    from benchmarks import audits, every_attack, growth, speed, steps
    from benchmarks.cases import CASES

    pools = {case.name: partial(speed.rows, case) for case in CASES}
    others = {"growth": growth.rows, "steps": steps.rows, "analyses": _analyses, "attacks": every_attack.rows}
    return {**pools, **others, "audits": audits.rows}


def _analyses(size: Size) -> Sequence[Row | Skipped]:
    rows: Sequence[Row | Skipped] = import_module("benchmarks.analyses").rows(size)
    return rows


def _told(name: str, benchmark: Benchmark, size: Size) -> Sequence[Row | Skipped]:
    """The rows of one benchmark; how long it took is said beside the table, not in it."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    started = time.perf_counter()
    rows = benchmark(size)
    print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return rows


def _size(asked: argparse.Namespace) -> Size:
    from benchmarks.cases import REPEATS, Size

    repeats, models = (1, QUICK_MODELS) if asked.quick else (REPEATS, None)
    return Size(asked.repeats or repeats, asked.models or models, asked.steps, asked.full)


def _parser(known: Collection[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=known, metavar="NAME", help=f"some of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="one repeat of smaller pools: a look, no measurement")
    parser.add_argument("--full", action="store_true", help="time the loops on every model instead of scaling")
    parser.add_argument("--repeats", type=int, help="measurements of each side; 5 unless told")
    parser.add_argument("--models", type=int, help="upper limit on the models of a pool")
    parser.add_argument("--steps", type=int, help="upper limit on the optimizer steps")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    return parser


if __name__ == "__main__":
    main()
