"""All attacks on one pool, each with its intervals, as an audit runs them."""

from __future__ import annotations

import time

import numpy as np

from attacks import ATTACKS, evaluate
from attacks.base import Evidence
from audit.signals import Outputs
from benchmarks.cases import Size
from benchmarks.memory import can_watch, watched
from benchmarks.rows import Row, Skipped, Spread

MODELS, RECORDS, CLASSES, VIEWS, FEATURES, POPULATION = 64, 5_000, 10, 2, 64, 1_000


def made(models: int) -> Evidence:
    """Models on random halves of images that they lean to, in two views: everything that any attack asks for.

    Args:
        models: even.
    """
    rng = np.random.default_rng(0)
    coins = rng.random((models // 2, RECORDS)) < 0.5
    membership = np.stack([coins, ~coins], axis=1).reshape(models, RECORDS)
    labels, features = rng.integers(0, CLASSES, RECORDS), rng.standard_normal((RECORDS, FEATURES))
    lean = rng.normal(3, 2, RECORDS) + rng.gamma(0.5, 1.0, RECORDS) * membership
    views = []
    for _ in range(VIEWS):
        logits = rng.standard_normal((models, RECORDS, CLASSES))
        logits[:, np.arange(RECORDS), labels] += lean
        views.append(Outputs.of(logits, labels))
    said = Outputs.joined(views, axis=2)
    return Evidence(
        membership,
        said.phi,
        said.correct[:, :, 0],
        np.arange(models) // 2,
        entropy=said.entropy,
        modified_entropy=said.modified_entropy,
        top=said.top,
        views_correct=said.correct,
        population=rng.normal(3, 2, (models, POPULATION, VIEWS)),
        labels=labels,
        features=features,
    )


def seconds(models: int) -> float:
    """Seconds of all attacks, one after the other.

    Args:
        models: of the pool.

    Raises:
        UnscorableError: if an attack cannot run, so that none is left out unseen.
    """
    pool = made(models)
    started = time.perf_counter()
    for attack in ATTACKS.values():
        evaluate(attack, pool)
    return time.perf_counter() - started


def rows(size: Size) -> list[Row | Skipped]:
    """Measure them in a fresh process.

    Args:
        size: how much is run.
    """
    if reason := can_watch():
        return [Skipped("all attacks", reason)]
    models = min(MODELS, size.models or MODELS)
    times, peaks = zip(*(watched(seconds, models) for _ in range(size.repeats)), strict=True)
    name = f"All {len(ATTACKS)} attacks with intervals, {RECORDS:,} records, {VIEWS} views"
    memory = Row(f"Memory: {name}", "GiB", Spread.of(peaks), models=models, note="the pool included")
    return [Row(name, "s", Spread.of(times), models=models), memory]
