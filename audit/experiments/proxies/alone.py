"""Runs without a pool: records ranked by a proxy, and nothing said of their memorization."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.analysis import recipe_of
from audit.config import AuditConfig, CanaryConfig
from audit.data import audited
from audit.data.base import Dataset
from audit.estimates import UnitMeans
from audit.experiments.proxies.agreement import TOPS, Orders
from audit.experiments.proxies.checks import check
from audit.experiments.proxies.choice import TOP
from audit.experiments.proxies.flow import TABLE, kinds_of, look_line, scores_of, words_of
from audit.experiments.proxies.runs import arm_on_all, task_of, training_of
from audit.experiments.proxies.scores import DEFAULT
from audit.experiments.proxies.table import write_table
from audit.experiments.proxies.traces import Traces
from audit.experiments.proxies.words import alone_answer, alone_limits
from audit.experiments.training import Crew, Training
from audit.folder import Index, RunFolder
from audit.plan import Plan, plan_of
from audit.privacy import guarantee_of
from audit.progress import Progress
from audit.provenance import command_of, data_summary, model_summary, provenance
from audit.run_names import Named, claimed
from audit.training.base import Signals
from audit.verdict import NOT_TESTED
from reports.experiments.proxies import Proxies, Suspicious
from reports.experiments.result import Experiments
from reports.experiments.standalone import ExperimentArm, ExperimentResult
from reports.findings import Estimate

Floats = NDArray[np.float64]

LISTED = 20
NO_CRITERION = (
    "Without a pool nothing is declared and nothing decided: a proxy ranks, and is no figure of memorization."
)
OF_A_CONFIG = ("--dp-delta", "--canaries", "--canary-kind")


def ranked_alone(
    config: AuditConfig,
    out: Path | None,
    arm: str,
    runs: int,
    between: float,
    proxy: str | None,
    listener: Progress,
    started: float,
) -> tuple[Path, ExperimentResult]:
    """Train single runs on all records, and rank the records by a proxy.

    Args:
        config: the resolved config; its pool's size does not matter, and canaries are left out.
        out: the run folder; None derives its name from the settings.
        arm: the training regime.
        runs: how many, at least one.
        between: epochs between two looks at all records.
        proxy: its name; None takes the default.
        listener: hears of it.
        started: `time.perf_counter()` at the start.

    Returns:
        The folder, and what was found.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    check(config, runs, between, arm, proxy, with_pool=False)
    by = proxy or DEFAULT
    config = config.model_copy(update={"canaries": CanaryConfig()})
    dataset = audited(config.data, config.canaries)
    with claimed(Named.of(config, "proxies-", sized=False), out) as path:
        folder = RunFolder(path)
        folder.check_same(config, grow=True)
        plan, training = _prepared(config, dataset, folder, arm, runs, between)
        folder.claim(config, Index.of(dataset), training.layout)
        listener.plan([*training.lines(), look_line(training, between)])
        (signals,) = training.signals(listener).values()
        watched = Traces.of(signals)
        scores = scores_of(watched)
        write_table(folder.path / TABLE, dataset, scores)
        command = _command(config, [*words_of(arm, runs, between), *(["--proxy", by] if by != DEFAULT else [])])
        block = _block(dataset, arm, len(watched[0].loss), scores, by, config.analysis.confidence)
        settings = {"runs": runs, "arm": arm, "epochs_between": between, "proxy": by}
        seconds = time.perf_counter() - started
        block = block.model_copy(update={"command": command, "settings": settings, "seconds": seconds})
    return folder.path, _result(plan, training, signals, block, started)


def _prepared(
    config: AuditConfig, dataset: Dataset, folder: RunFolder, arm: str, runs: int, between: float
) -> tuple[Plan, Training]:
    """What can fail fails here: the arm, the architecture, the device; then the runs are laid out."""
    regime = arm_on_all(config, dataset, arm)
    plan = plan_of(config, dataset, folder)
    crew = Crew.of(config.stack, config.workers, plan.device, folder.layout())
    task = task_of(config, dataset, plan.device, regime)
    training = training_of(task, folder.path / "runs", runs, between, crew)
    return replace(plan, arms=(regime,), workshop=training.workshop, layout=training.layout), training


def _block(dataset: Dataset, arm: str, looks: int, scores: Mapping[str, Floats], by: str, confidence: float) -> Proxies:
    block = Proxies(
        arm=arm,
        runs=len(scores[by]),
        looks=looks,
        records=dataset.records,
        models=0,
        kinds=kinds_of(scores, confidence),
        criterion=NO_CRITERION,
        verdict="no pool",
        best=by,
        suspicious=suspicious(dataset, scores[by]),
        table=TABLE,
        answer=(),
        command="",
        settings={},
        seconds=0.0,
    )
    return block.model_copy(update={"answer": alone_answer(block), "limits": alone_limits(block)})


def suspicious(dataset: Dataset, scores: Floats) -> tuple[Suspicious, ...]:
    """The records that a proxy ranks highest by its mean over the runs.

    Args:
        dataset: the records.
        scores: Float [runs, records].
    """
    mean, in_top = scores.mean(axis=0), Orders.of_proxies(scores).chosen[TOPS.index(TOP)].sum(axis=0)
    first = np.argsort(-mean, kind="stable")[:LISTED]
    return tuple(
        Suspicious(
            id=str(dataset.ids[record]),
            class_name=dataset.class_names[dataset.y[record]],
            value=float(mean[record]),
            lowest=float(scores[:, record].min()),
            highest=float(scores[:, record].max()),
            runs_in_top=round(float(in_top[record])),
        )
        for record in first.tolist()
    )


def _result(plan: Plan, training: Training, signals: Signals, block: Proxies, started: float) -> ExperimentResult:
    config, (arm,) = plan.config, plan.arms
    said = provenance(plan, started)
    trained = ExperimentArm(
        name=arm.name,
        description=arm.description,
        models=len(signals.seconds),
        recipe=recipe_of(arm),
        guarantee=guarantee_of(arm, signals.spent_epsilon, config.analysis.fprs),
        test_accuracy=_accuracy(signals, config.analysis.confidence),
    )
    return ExperimentResult(
        data=data_summary(plan),
        model=model_summary(plan),
        confidence=config.analysis.confidence,
        arms=(trained,),
        experiments=Experiments(proxies=block),
        warnings=plan.card.notes,
        not_tested=("memorization: no pool was trained, and a proxy is none", *NOT_TESTED),
        provenance=said.model_copy(update={"command": block.command}),
    )


def _accuracy(signals: Signals, confidence: float) -> Estimate | None:
    """Mean test accuracy of the runs; None without test records, or with one run, which has no spread."""
    if not signals.test_correct.shape[1] or len(signals.test_correct) < 2:
        return None
    parts = signals.test_correct.mean(axis=1)
    return UnitMeans(np.array([parts.mean()]), parts[:, None], 0.0, 1.0, "runs").first(confidence)


def _command(config: AuditConfig, words: list[str]) -> str:
    """The command that repeats it; what has no option here is left to the run's config.yaml."""
    said = shlex.split(command_of(config))
    kept = ["audit", "experiment", "proxies", *said[2:]]
    dropped = [flag for flag in OF_A_CONFIG if flag in kept]
    for flag in dropped:
        at = kept.index(flag)
        del kept[at : at + 2]
    more = bool(dropped) or "--controls" in kept
    kept = [word for word in kept if word != "--controls"]
    kept[kept.index("--models") + 1] = "0"
    if more and "--config" not in kept:
        kept[3:3] = ["--config", "config.yaml"]
    return shlex.join([*kept, *words])
