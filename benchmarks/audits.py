"""Whole audits on the command line's path, and what takes the time: import, plan, train, analyse, render.

`python -m benchmarks --only audits`
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import Size
from benchmarks.rows import Row, Skipped, Spread, Target, ratio_of

PARTS = ("import", "plan", "train", "analyse", "render")
SECONDS = 13.0
"""Most seconds that the smallest of the audits should take on two cores."""


@dataclass(frozen=True, slots=True)
class Case:
    """An audit of the digits: standard training, and DP at epsilon 8.

    Attributes:
        model: a built-in architecture.
        models: models an arm.
        stack: models a stack; `auto` measures.
        target: most seconds in all; None without one.
    """

    model: str
    models: int
    stack: int | str = "auto"
    target: float | None = None


CASES = (Case("mlp", 16, target=SECONDS), Case("resnet", 64, 8), Case("mlp", 256))


def rows(size: Size) -> list[Row | Skipped]:
    """Run every audit in a process of its own.

    Args:
        size: how much is run; a limit on the models makes the pools smaller, and equal audits are run once.
    """
    cases = dict.fromkeys(_sized(case, size) for case in CASES)
    return [row for case in cases for row in measured(case, [_seconds(case) for _ in range(size.repeats)])]


def measured(case: Case, turns: Sequence[dict[str, float]]) -> list[Row | Skipped]:
    """The rows of an audit: all of it, and its parts.

    Args:
        case: which audit.
        turns: of each repeat, `all` and every part -> seconds.
    """
    title = f"Audit: {case.model}, digits, standard and DP"
    whole = [turn["all"] for turn in turns]
    row = Row(title, "s", Spread.of(whole), models=case.models)
    if case.target is not None:
        goal, ratio = [case.target] * len(whole), ratio_of(whole, [case.target] * len(whole))
        row = replace(row, against="what is wanted", baseline=Spread.of(goal), ratio=ratio, target=Target("at most", 1))
    parts = [
        Row(f"{title}: {part}", "s", Spread.of([turn[part] for turn in turns]), models=case.models) for part in PARTS
    ]
    return [row, *parts]


def _sized(case: Case, size: Size) -> Case:
    if size.models is None or size.models >= case.models:
        return case
    return replace(case, models=size.models, target=None)


def _seconds(case: Case) -> dict[str, float]:
    """Seconds of an audit and of its parts; those before and after the audit's own code are `import`."""
    with TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "benchmarks.audits", case.model, str(case.models), str(case.stack), folder]
        begun = time.perf_counter()
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        whole = time.perf_counter() - begun
    parts: dict[str, float] = json.loads(said)
    return {"all": whole, "import": whole - sum(parts.values()), **parts}


class _Clock:
    """Listens to an audit and notes when its parts end."""

    def __init__(self) -> None:
        self.ends: dict[str, float] = {}

    def plan(self, lines: list[str]) -> None:
        """All is settled."""
        self._ends("plan")

    def arm(self, name: str, models: int, done: int) -> None:
        """Nothing ends."""

    def trained(self, name: str, models: int) -> None:
        """Nothing ends."""

    def phase(self, name: str, done: int, total: int, share: float) -> None:
        """The last phase is the reports."""
        if name == "reports":
            self._ends("analyse")

    def note(self, line: str) -> None:
        """Nothing ends."""

    def end(self) -> None:
        """Training is over; the second time the audit."""
        self._ends("render" if "train" in self.ends else "train")

    def _ends(self, part: str) -> None:
        self.ends[part] = time.perf_counter()


def main() -> None:
    """Run one audit and print the seconds of its parts as JSON."""
    import audit.cli
    import audit.plan  # noqa: F401
    from audit.pipeline import run
    from audit.settings import resolve

    model, models, stack, folder = sys.argv[1:]
    size = {"stack": int(stack)} if stack.isdigit() else {}
    dp = {"epsilons": [8.0]}
    config = resolve({"data": {"source": "digits"}, "model": model, "dp": dp, "pool": {"models": int(models)}, **size})
    clock, last = _Clock(), time.perf_counter()
    run(config, Path(folder) / "run", clock)
    parts = {}
    for part in PARTS[1:]:
        parts[part] = clock.ends[part] - last
        last = clock.ends[part]
    print(json.dumps(parts))


if __name__ == "__main__":
    main()
