"""The analyses of large pools: seconds, peak memory, and what a further record costs.

`python -m benchmarks.analyses --records 10000 50000 --models 256 --json FILE`
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from attacks import ATTACKS
from attacks.base import Evidence
from audit.analysis import read_arms
from audit.config import AnalysisConfig, Recipe
from audit.data.base import Dataset
from audit.influence import influence
from audit.memorization import memorization_scores
from audit.pool import Pool
from audit.training.base import Arm, Schedule
from benchmarks.cases import Size
from benchmarks.machine import Machine
from benchmarks.memory import can_watch, watched
from benchmarks.rows import Row, Skipped, Spread, Target, ratio_of
from benchmarks.table import document, markdown

RECORDS = (10_000, 50_000, 200_000)
INFLUENTIAL = 50_000
"""Most records of a pool on which influence is measured."""
MODELS = 256
TEST_RECORDS = 10_000
MANY_MODELS, FEW_RECORDS, LINEAR = 2_000, 300, 1.1
"""The larger of two pools, its records, and what a model of it may cost beside one of the pool of a quarter."""
CLASSES = 10
PLANTED = 0.1
MANY_PLANTED = 0.36
SCORED = ("base", "rmia-online", "rmia-offline", "lira-online", "lira-offline")


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A pool of which the truth is known: most records follow nothing, some are memorized.

    Attributes:
        models: number of models, in complementary pairs.
        records: number of records.
        tests: number of test records; one in twenty follows a memorized record.
        planted: share of records that are right while IN and mostly wrong while OUT.
        classes: number of classes.
    """

    models: int
    records: int
    tests: int = 0
    planted: float = PLANTED
    classes: int = CLASSES

    def made(self) -> tuple[Pool, Dataset]:
        """The pool and blank records with its labels; the same at every call."""
        rng = np.random.default_rng(0)
        coins = rng.random((self.models // 2, self.records)) < 0.5
        membership = np.stack([coins, ~coins], axis=1).reshape(self.models, self.records)
        degree = np.where(rng.random(self.records) < self.planted, rng.uniform(1, 6, self.records), 0.0)
        phi = rng.standard_normal((self.models, self.records))
        phi += np.where(degree > 0, 1 - degree, rng.normal(5, 2, self.records))
        phi += 1.5 * degree * membership
        y, y_test = rng.integers(0, self.classes, self.records), rng.integers(0, self.classes, self.tests)
        test_phi = rng.normal(rng.normal(3, 2, self.tests), 2, (self.models, self.tests))
        followed = rng.choice(np.flatnonzero(degree > 0), self.tests // 20)
        test_phi[:, : len(followed)] = rng.normal(np.where(membership[:, followed], 2.0, -1.0), 1.0)
        y_test[: len(followed)] = y[followed]
        pool = Pool("standard", membership, phi[:, :, None], phi > 0, test_phi[:, :, None], test_phi > 0, True)
        return pool, _blank(y, y_test, self.classes)


def scores(synthetic: Synthetic) -> float:
    """Seconds of the scores of all attacks that use references, and of memorization with its intervals."""
    pool, _ = synthetic.made()
    return _timed(
        lambda: [_scored(name, pool.evidence) for name in SCORED] + [memorization_scores(pool.evidence, 0.95)]
    )


def whole(synthetic: Synthetic) -> float:
    """Seconds of everything that is read from an arm, as for a report."""
    (pool, dataset), recipe = replace(synthetic, tests=TEST_RECORDS).made(), Recipe()
    arm = Arm("standard", "standard", "", recipe, Schedule.of(recipe, synthetic.records, 0.5))
    return _timed(lambda: read_arms((arm,), {"standard": pool}, dataset, AnalysisConfig()))


def influences(synthetic: Synthetic) -> float:
    """Seconds of the high-influence pairs of training and test records."""
    pool, dataset = synthetic.made()
    memorization = memorization_scores(pool.evidence, 0.95)
    return _timed(lambda: influence(pool, dataset, memorization, AnalysisConfig()))


ANALYSES = {
    "Scores of five attacks and memorization": (scores, 200_000),
    "The whole analysis of an arm": (whole, 10_000),
}
"""Name -> what is measured, and the most records of a pool on which it is."""


def rows(size: Size, records: Sequence[int] = RECORDS) -> list[Row | Skipped]:
    """Measure every analysis on pools of growing size, each in a fresh process.

    Args:
        size: how much is run; a limit on the models makes the pools smaller.
        records: numbers of records of the pools, rising.
    """
    if reason := can_watch():
        return [Skipped("analyses", reason)]
    models = min(MODELS, size.models or MODELS)
    found: list[Row | Skipped] = []
    for name, (work, most) in ANALYSES.items():
        pools = {number: Synthetic(models, number) for number in records if number <= most}
        if pools:
            turns = {number: _measured(work, pool, size.repeats) for number, pool in pools.items()}
            found += _grown(name, turns, models)
    return found + _influence_rows(models, min(max(records), INFLUENTIAL), size.repeats) + model_rows(size)


def model_rows(size: Size) -> list[Row | Skipped]:
    """How the whole analysis of an arm grows with the models of its pool; linear is wanted.

    Args:
        size: how much is run; a limit on the models makes both pools smaller.
    """
    many = min(MANY_MODELS, size.models or MANY_MODELS)
    few, name = 2 * max(2, many // 8), "The whole analysis of an arm"
    turns = {models: _measured(whole, Synthetic(models, FEW_RECORDS), size.repeats) for models in (few, many)}
    each = {models: [1e3 * seconds / models for seconds, _ in turn] for models, turn in turns.items()}
    found = [
        row for models, turn in turns.items() for row in _pair_of_rows(f"{name}, {FEW_RECORDS} records", turn, models)
    ]
    ratio, small = ratio_of(each[many], each[few]), Spread.of(each[few])
    target = None if size.reduced else Target("at most", LINEAR)
    row = Row(f"{name}: a model", "ms", Spread.of(each[many]), f"of {few}", small, ratio, many, target)
    return [*found, row]


def main(words: Sequence[str] | None = None) -> None:
    """Print the table and keep the figures.

    Args:
        words: the command line's words; None takes the program's own.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analyses", description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=list(RECORDS), help="records of the pools")
    parser.add_argument("--models", type=int, default=MODELS, help="models of a pool, even")
    parser.add_argument("--repeats", type=int, default=1, help="measurements of each figure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    asked = parser.parse_args(words)
    found, machine = rows(Size(asked.repeats, asked.models), sorted(asked.records)), Machine.here()
    if asked.json:
        asked.json.write_text(json.dumps(document(machine, found), indent=2) + "\n", encoding="utf-8")
    print(markdown(machine, found))


def _measured(work: Callable[[Synthetic], float], pool: Synthetic, repeats: int) -> list[tuple[float, float]]:
    return [watched(work, pool) for _ in range(repeats)]


def _grown(name: str, measured: dict[int, list[tuple[float, float]]], models: int) -> list[Row | Skipped]:
    found: list[Row | Skipped] = []
    least = min(measured)
    per_record = {number: [1e6 * s / number for s, _ in turns] for number, turns in measured.items()}
    for number, turns in measured.items():
        said = f"{name}, {number:,} records"
        found += _pair_of_rows(said, turns, models)
        if number > least:
            each = f"{name}: a record of {number:,}"
            ratio = ratio_of(per_record[number], per_record[least])
            small = Spread.of(per_record[least])
            found.append(Row(each, "us", Spread.of(per_record[number]), f"of {least:,}", small, ratio, models))
    return found


def _influence_rows(models: int, records: int, repeats: int) -> list[Row | Skipped]:
    worlds = {
        "": Synthetic(models, records, TEST_RECORDS),
        ", 36 % memorized": Synthetic(models, records, TEST_RECORDS, MANY_PLANTED),
        ", 36 % memorized, one class": Synthetic(models, records, TEST_RECORDS, MANY_PLANTED, 1),
    }
    named = partial("Influence on {tests:,} test records, {records:,} records{world}".format, tests=TEST_RECORDS)
    found: list[Row | Skipped] = []
    for world, pool in worlds.items():
        turns = _measured(influences, pool, repeats)
        found += _pair_of_rows(named(records=records, world=world), turns, models)
    return found


def _pair_of_rows(name: str, turns: list[tuple[float, float]], models: int) -> list[Row | Skipped]:
    seconds, peaks = zip(*turns, strict=True)
    memory = Row(f"Memory: {name}", "GiB", Spread.of(peaks), models=models, note="the pool included")
    return [Row(name, "s", Spread.of(seconds), models=models), memory]


def _scored(name: str, evidence: Evidence) -> float:
    return float(ATTACKS[name].scores(evidence)[0, 0])


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _blank(y: np.ndarray, y_test: np.ndarray, classes: int) -> Dataset:
    """Records of which only the labels are known."""
    empty, empty_test = np.zeros((len(y), 1), np.float32), np.zeros((len(y_test), 1), np.float32)
    ids, names = np.arange(len(y)).astype(str), tuple(f"class {number}" for number in range(classes))
    return Dataset("synthetic", empty, y, empty_test, y_test, ids, names, {}, {})


if __name__ == "__main__":
    main()
