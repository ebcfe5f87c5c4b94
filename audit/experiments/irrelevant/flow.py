"""Training records reconstructed from a model and a label, down to the bits that are irrelevant to it.

Brown, Bun, Feldman, Smith & Talwar 2021, "When Is Memorization of Irrelevant Training Data Necessary for
High-Accuracy Learning?", arXiv 2012.06421: on the hypercube cluster task every accurate learner must encode nearly
whole records of the subpopulations that it saw once. Here: how much of them a plain attack takes back.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from audit.analysis import recipe_of
from audit.config import AuditConfig
from audit.data import audited
from audit.data.base import Dataset
from audit.data.clusters import BITS, SUBPOPULATIONS, law
from audit.errors import ConfigError
from audit.experiments.irrelevant.reading import MOST, Counted, recovery
from audit.experiments.irrelevant.watch import STEPS, Reconstruction
from audit.experiments.irrelevant.words import LIMITS, NOT_TESTED, answer
from audit.experiments.training import Crew, Training, Wanted
from audit.experiments.watching import Watching
from audit.folder import Index, RunFolder
from audit.pipeline import whole_pairs
from audit.plan import Plan, plan_of
from audit.privacy import guarantee_of
from audit.progress import Progress, listener_or_default
from audit.provenance import data_summary, model_summary, provenance
from audit.run_names import Named, claimed
from audit.training.base import Signals
from audit.training.choice import trainer_for
from reports.experiments.irrelevant import Irrelevant, Recovery
from reports.experiments.result import Experiments
from reports.experiments.standalone import ExperimentArm, ExperimentResult

NAME = "irrelevant"
SOURCE = "clusters"


def irrelevant(
    config: AuditConfig, out: Path | None = None, progress: Progress | None = None
) -> tuple[Path, ExperimentResult]:
    """Train models on random halves of the clusters, reconstruct a record of every class from each, and count.

    Args:
        config: all settings; the source is `clusters`.
        out: the run folder; None derives its name from the settings.
        progress: who listens.

    Returns:
        The run folder, and what was found.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    listener, started = listener_or_default(progress), time.perf_counter()
    config, warnings = whole_pairs(config)
    _check(config)
    dataset = audited(config.data, config.canaries)
    with claimed(Named.of(config, f"{NAME}-", sized=False), out) as path:
        folder = RunFolder(path)
        plan = plan_of(config, dataset, folder)
        folder.check_same(config, grow=True)
        training = _training(plan, folder)
        folder.claim(config, Index.of(dataset), training.layout)
        listener.plan([*_lines(plan), *training.lines(), *warnings])
        signals = training.signals(listener)
        listener.note("counting the bits that came back")
        return folder.path, _result(plan, training, signals, started)


def _check(config: AuditConfig) -> None:
    """Settings that make no sense here, all of them.

    Raises:
        ConfigError: naming each.
    """
    problems = []
    if config.data.source != SOURCE:
        problems.append(f"data.source {config.data.source}: only of '{SOURCE}' it is known which bits are irrelevant")
    if config.canaries.count:
        problems.append("canaries: their bits are none of the subpopulations'")
    if problems:
        raise ConfigError.collected(problems, "leave these settings out")


def _training(plan: Plan, folder: RunFolder) -> Training:
    """The arms' models, each asked for a record of every class."""
    watch = Reconstruction(law(plan.config.data.seed).fixed)
    models = range(plan.config.pool.models)
    wanted = {
        name: Wanted(task, models, Watching(trainer_for(task), watch)) for name, task in plan.workshop.tasks.items()
    }
    crew = Crew.of(plan.config.stack, plan.config.workers, plan.device, folder.layout())
    return Training.of(NAME, folder.path / "arms", wanted, plan.config.pool.inclusion, crew)


def _lines(plan: Plan) -> list[str]:
    data, arms = plan.dataset, [line for arm in plan.arms for line in plan.arm_lines(arm)]
    return [
        f"Reconstruction from {plan.config.model} on {data.name}: {data.records:,} records of {BITS} bits in "
        f"{SUBPOPULATIONS} subpopulations; {len(plan.arms)} arm(s) x {plan.config.pool.models} models",
        *arms,
    ]


def _result(plan: Plan, training: Training, signals: Mapping[str, Signals], started: float) -> ExperimentResult:
    config = plan.config
    counted = {arm.name: _counted(plan, training, arm.name, signals[arm.name]) for arm in plan.arms}
    found = tuple(recovery(arm, counted[arm.name]) for arm in plan.arms)
    done = replace(plan, workshop=training.workshop, layout=training.layout)
    said = provenance(done, started)
    command = command_of(config)
    return ExperimentResult(
        data=data_summary(plan),
        model=model_summary(plan),
        confidence=config.analysis.confidence,
        arms=_arms(plan, signals, found),
        experiments=Experiments(irrelevant=_block(plan.dataset, config, found, command, said.seconds)),
        warnings=plan.card.notes,
        not_tested=NOT_TESTED,
        provenance=said.model_copy(update={"command": command}),
    )


def _counted(plan: Plan, training: Training, name: str, signals: Signals) -> Counted:
    models = np.arange(plan.config.pool.models)
    membership = training.workshop.memberships(name, models.tolist())
    pair = models // 2 if plan.config.pool.paired else models
    return Counted.of(signals, membership, plan.dataset, pair, plan.config.analysis.confidence)


def _arms(plan: Plan, signals: Mapping[str, Signals], found: tuple[Recovery, ...]) -> tuple[ExperimentArm, ...]:
    fprs = plan.config.analysis.fprs
    return tuple(
        ExperimentArm(
            name=arm.name,
            description=arm.description,
            models=one.models,
            recipe=recipe_of(arm),
            guarantee=guarantee_of(arm, signals[arm.name].spent_epsilon, fprs),
            test_accuracy=one.accuracy,
        )
        for arm, one in zip(plan.arms, found, strict=True)
    )


def _block(
    dataset: Dataset, config: AuditConfig, found: tuple[Recovery, ...], command: str, seconds: float
) -> Irrelevant:
    drawn = law(config.data.seed)
    return Irrelevant(
        answer=answer(found),
        limits=LIMITS,
        command=command,
        settings={"steps": STEPS, "data seed": config.data.seed, "models": config.pool.models},
        seconds=seconds,
        arms=found,
        bits=dataset.in_shape[0],
        subpopulations=dataset.classes,
        relevant=float(drawn.fixed.mean()),
        most=MOST,
    )


def command_of(config: AuditConfig) -> str:
    """The command that repeats the experiment; with the run's own config.yaml where a setting has no flag.

    Args:
        config: the resolved config.
    """
    pool, epsilons = config.pool, config.dp.epsilons
    said = {
        "data": {"source": SOURCE},
        "model": config.model,
        "pool": {"models": pool.models, "seed": pool.seed},
        "dp": {"epsilons": epsilons},
    }
    same = {name: getattr(config, name) for name in ("device", "stack", "workers")}
    more = AuditConfig.model_validate(said).model_copy(update=same) != config or not epsilons
    words = ["audit", "experiment", NAME, *(["--config", "config.yaml"] if more else []), "--model", config.model]
    words += [word for epsilon in epsilons for word in ("--dp-eps", f"{epsilon:g}")]
    return shlex.join([*words, "--models", str(pool.models), "--seed", str(pool.seed)])
