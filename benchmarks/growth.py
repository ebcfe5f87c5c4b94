"""Pools of growing size: time a model has to stay, and memory."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.cases import CASES, Size
from benchmarks.memory import can_watch, watched
from benchmarks.pools import whole_seconds
from benchmarks.rows import Row, Skipped, Spread, Target, ratio_of

SIZES = (16, 64, 256, 1024)
COMPARED, TARGET = (1024, 64), Target("at most", 1.1)


def rows(size: Size) -> list[Row | Skipped]:
    """Measure pools of the mlp, standard training on the digits, each in a fresh process.

    Args:
        size: how much is run; a limit on the models leaves larger pools out.
    """
    if reason := can_watch():
        return [Skipped("growth", reason)]
    case = next(case for case in CASES if case.name == "mlp-standard").sized(replace(size, models=None))
    pools = [models for models in SIZES if models <= (size.models or max(SIZES))] or [size.models or min(SIZES)]
    turns = [
        {models: watched(whole_seconds, replace(case, models=models)) for models in pools} for _ in range(size.repeats)
    ]
    return grown(case.title, turns, size.reduced)


def grown(title: str, turns: list[dict[int, tuple[float, float]]], reduced: bool = False) -> list[Row | Skipped]:
    """The rows of measured pools.

    Args:
        title: what was trained.
        turns: of each repeat, models of a pool -> its seconds and its peak in GiB.
        reduced: whether less was run than the target is for.
    """
    seconds = {models: [turn[models][0] / models for turn in turns] for models in turns[0]}
    peaks = {models: [turn[models][1] for turn in turns] for models in turns[0]}
    times = [_time(f"Growth: {title}", seconds, models, reduced) for models in seconds]
    note = "sum over all processes"
    memory = [Row(f"Memory: {title}", "GiB", Spread.of(gib), models=models, note=note) for models, gib in peaks.items()]
    return [*times, *memory]


def _time(name: str, seconds: dict[int, list[float]], models: int, reduced: bool) -> Row:
    large, small = COMPARED
    ours = Spread.of(seconds[models])
    if models != large or small not in seconds:
        return Row(name, "s a model", ours, models=models)
    return Row(
        name,
        "s a model",
        ours,
        f"the pool of {small}",
        Spread.of(seconds[small]),
        ratio_of(seconds[large], seconds[small]),
        models,
        None if reduced else TARGET,
    )
