"""The experiment: single runs beside a pool, and how well each proxy ranks what the pool says is memorized."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.blocks import pool_digest
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.experiments.base import Base
from audit.experiments.proxies.checks import check
from audit.experiments.proxies.choice import CRITERION, chosen, density, missed, places, recall
from audit.experiments.proxies.rating import Measured, own_reliability
from audit.experiments.proxies.runs import arm_on_all, task_of, training_of
from audit.experiments.proxies.scores import PROXIES
from audit.experiments.proxies.table import write_table
from audit.experiments.proxies.targets import exposure_of, memorization_of
from audit.experiments.proxies.traces import Traces, epoch_ends
from audit.experiments.proxies.words import answer_of, limits_of
from audit.experiments.training import Crew, Training
from audit.memorization import memorization_scores
from audit.pool import Pool
from audit.progress import Progress
from audit.split import Split
from audit.store import lock
from reports.experiments.proxies import Proxies, ProxyKind

Floats = NDArray[np.float64]

TABLE = "proxies.parquet"


def prepared(base: Base, arm: str, runs: int, between: float) -> Training:
    """The runs, laid out.

    Args:
        base: the audit.
        arm: the training regime.
        runs: how many.
        between: epochs between two looks.

    Raises:
        AuditError: a subclass of it, before anything is trained.
    """
    config, device = base.config, base.plan.device
    regime = arm_on_all(config, base.dataset, arm)
    crew = Crew.of(config.stack, config.workers, device, base.folder.layout())
    return training_of(task_of(config, base.dataset, device, regime), base.shards("proxies"), runs, between, crew)


def experiment(base: Base, arm: str, runs: int, between: float, listener: Progress, started: float) -> Proxies:
    """Train single runs on all records, and hold their proxies against the pool.

    Args:
        base: the audit.
        arm: the training regime.
        runs: single training runs, at least two.
        between: epochs between two looks at all records.
        listener: hears of it.
        started: `time.perf_counter()` at the start.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    check(base.config, runs, between, arm, None, with_pool=True)
    with lock(base.shards("proxies")):
        training = prepared(base, arm, runs, between)
        listener.plan([*training.lines(), look_line(training, between)])
        watched = trained(training, listener)
        listener.note("rating the proxies against the pool")
        scores = scores_of(watched)
        block = rated(base.pools[arm], base.dataset, base.config.analysis, scores)
        write_table(base.shards("proxies") / TABLE, base.dataset, scores)
    return block.model_copy(
        update={
            "looks": len(watched[0].loss),
            "command": base.command("proxies", words_of(arm, runs, between)),
            "settings": {"runs": runs, "arm": arm, "epochs_between": between},
            "pools": pool_digest(base.result),
            "table": str(Path("experiments") / "proxies" / TABLE),
            "seconds": time.perf_counter() - started,
        }
    )


def words_of(arm: str, runs: int, between: float) -> list[str]:
    """The experiment's own options and their values, as far as they are no defaults.

    Args:
        arm: the training regime.
        runs: how many.
        between: epochs between two looks.
    """
    given = {"--runs": (str(runs), "8"), "--arm": (arm, "standard"), "--epochs-between": (f"{between:g}", "1")}
    return [word for flag, (value, default) in given.items() if value != default for word in (flag, value)]


def look_line(training: Training, between: float) -> str:
    """What looking at the records costs, for a person.

    Args:
        training: the runs.
        between: epochs between two looks.
    """
    (task,) = training.workshop.tasks.values()
    looks = len(epoch_ends(task.arm.schedule, between))
    return (
        f"each run is trained on all {task.dataset.records:,} records, asked about them {looks} times, and for "
        "their gradients twice: about half as long again"
    )


def trained(training: Training, listener: Progress) -> list[Traces]:
    """The traces of all runs, trained where they are not on disk.

    Args:
        training: the runs.
        listener: hears of it.

    Raises:
        TrainingError: if a run cannot be trained.
    """
    (signals,) = training.signals(listener).values()
    return Traces.of(signals)


def scores_of(watched: list[Traces]) -> dict[str, Floats]:
    """Proxy -> Float [runs, records]; higher is more likely memorized.

    Args:
        watched: the traces of every run.
    """
    return {name: np.stack([proxy.score(run) for run in watched]) for name, proxy in PROXIES.items()}


def kinds_of(scores: Mapping[str, Floats], confidence: float) -> tuple[ProxyKind, ...]:
    """What the proxies are, and how far two runs agree on them.

    Args:
        scores: proxy -> Float [runs, records].
        confidence: two-sided level in (0, 1).
    """
    names = ("name", "title", "formula", "source", "cost")
    return tuple(
        ProxyKind(
            **{name: getattr(PROXIES[proxy], name) for name in names}, reliability=own_reliability(found, confidence)
        )
        for proxy, found in scores.items()
    )


def rated(pool: Pool, dataset: Dataset, analysis: AnalysisConfig, scores: Mapping[str, Floats]) -> Proxies:
    """The proxies of runs against a pool.

    Args:
        pool: of the arm that the runs were trained as.
        dataset: the records.
        analysis: confidence, threshold and headline attack.
        scores: proxy -> Float [runs, records].
    """
    confidence, split = analysis.confidence, Split(pool.evidence_on(dataset))
    every, names = np.stack(list(scores.values())), tuple(scores)
    targets = [target for target in (memorization_of(split), exposure_of(split, analysis)) if target is not None]
    measured = [Measured.of(every, names, target) for target in targets]
    choice, found = chosen(measured[0], confidence), memorization_scores(split.evidence, confidence)
    sure, place = found.discovered(analysis.memorized), places(scores[choice.best])
    block = Proxies(
        arm=pool.arm,
        runs=every.shape[1],
        looks=0,
        records=dataset.records,
        models=pool.models,
        kinds=kinds_of(scores, confidence),
        ratings=tuple(one.rating(name, confidence) for one in measured for name in names),
        reliabilities=tuple(one.reliable(confidence) for one in measured),
        criterion=CRITERION,
        verdict=choice.verdict,
        best=choice.best,
        second=choice.second,
        lead=choice.lead,
        shown_best=choice.shown_best,
        deciding=choice.deciding,
        deciding_at_most=choice.at_most,
        memorized=int(sure.sum()),
        recall=recall(measured[0], choice.best, sure, confidence),
        missed=missed(dataset, found, place, sure),
        density=density(place, found.value),
        table=TABLE,
        answer=(),
        command="",
        settings={},
        seconds=0.0,
    )
    return block.model_copy(update={"answer": answer_of(block), "limits": limits_of(block)})
