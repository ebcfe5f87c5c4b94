"""The result of an audit, put together from what was read; and the warnings that limit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.analysis import Reading, read_arms, recipe_differences, work
from audit.epsilon.findings import Asked, with_epsilon
from audit.groups import untabled
from audit.plan import Plan
from audit.pool import Pool
from audit.privacy import resolve_delta
from audit.progress import Phases, Progress, Silent
from audit.provenance import data_summary, model_summary, provenance
from audit.records import frame
from audit.summary import summary
from audit.verdict import NOT_TESTED, verdict
from reports.formats import Share
from reports.result import AuditResult, DataSummary, Release

if TYPE_CHECKING:
    import polars as pl

Bools = NDArray[np.bool_]

FEW_MODELS = 32
FAIR = 0.5
"""The inclusion rate of a fair coin."""


def analyse(
    plan: Plan,
    pools: Mapping[str, Pool],
    without: Mapping[str, Bools],
    said: Sequence[str],
    started: float,
    listener: Progress | None = None,
    share: Share = partial,
) -> tuple[AuditResult, pl.DataFrame]:
    """Read everything from the pools.

    Args:
        plan: what was trained.
        pools: arm name -> pool, canaries last.
        without: arm name -> Bool [models, test records]; whether models trained without canaries are right.
        said: warnings that were given before training.
        started: `time.perf_counter()` at the start of this call.
        listener: hears of every phase, the reports that follow among them.
        share: who reads every second arm.

    Returns:
        The result, and a table with one row a record and arm.
    """
    import polars as pl

    config, dataset, natural = plan.config, plan.dataset, plan.dataset.natural
    analysis, of_natural = config.analysis, {name: pool.natural(dataset.canaries) for name, pool in pools.items()}
    phases = Phases(listener or Silent(), work([arm.name for arm in plan.arms], analysis, share))
    readings, changes = read_arms(plan.arms, of_natural, natural, analysis, phases, share)
    delta, fair = resolve_delta(config.dp, dataset.records), config.pool.inclusion == FAIR
    readings = with_epsilon(readings, pools, Asked(dataset, analysis, delta, fair, config.canaries, without), phases)
    arms = tuple(reading.result for reading in readings)
    data = data_summary(plan)
    result = AuditResult(
        summary=summary(arms, changes, analysis.headline),
        verdict=verdict(arms, changes, analysis.headline),
        warnings=(*said, *_warnings(plan, data, readings)),
        data=data,
        model=model_summary(plan),
        confidence=analysis.confidence,
        headline=analysis.headline,
        exposure_fpr=analysis.exposure_fpr,
        arms=arms,
        differences=changes,
        recipe_differences=recipe_differences(arms),
        not_tested=NOT_TESTED,
        provenance=provenance(plan, started),
        release=Release(**config.release.model_dump()) if config.release else None,
    )
    tables = [frame(r.result.name, natural, r.memorization, r.exposure, analysis.memorized) for r in readings]
    phases.begin("reports")
    return result, pl.concat(tables)


def _warnings(plan: Plan, data: DataSummary, readings: Sequence[Reading]) -> Iterator[str]:
    pool = plan.config.pool
    if pool.models < FEW_MODELS:
        yield (
            f"{pool.models} models an arm are few: a record's memorization has a standard deviation of up to "
            f"{pool.models**-0.5:.2f}. Grow the pool with `audit extend`."
        )
    if not pool.paired:
        yield f"At inclusion {pool.inclusion:g} models are not paired: intervals are wider, one-run bounds impossible."
    if data.duplicates:
        yield (
            f"{data.duplicates:,} records are exact duplicates of another: a copy that stays IN hides the memorization "
            "of one that is OUT."
        )
    for column in untabled(plan.dataset):
        yield f"Column {column} has too many values for a table: see records.parquet for its records."
    memories = {reading.result.name: reading.result.memorization for reading in readings}
    unscored = [name for name, memory in memories.items() if memory and memory.scored < data.records]
    if unscored:
        yield f"Some records were never IN or never OUT and have no score (arms: {', '.join(unscored)})."
    yield from plan.card.notes
