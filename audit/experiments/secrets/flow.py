"""The experiment: plant secrets, train, ask, and put the answer together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from audit.analysis import recipe_of
from audit.config import AuditConfig
from audit.experiments.secrets.exposure import chance, highest
from audit.experiments.secrets.findings import Heard, arm_of, levels_of
from audit.experiments.secrets.plan import NAME, Plan, planned
from audit.experiments.secrets.settings import OWN_SETTINGS, Settings, as_json, command_of, named
from audit.experiments.secrets.words import LIMITS, NOT_TESTED, answer
from audit.files import write_text
from audit.privacy import guarantee_of
from audit.progress import Progress, listener_or_default
from audit.provenance import PACKAGES, machine, now, versions
from audit.run_names import claimed
from audit.settings import as_yaml
from audit.training.base import Arm, Signals
from audit.training.losses import PADDING
from reports.experiments.result import Experiments
from reports.experiments.secrets import Secrets
from reports.experiments.standalone import ExperimentArm, ExperimentResult
from reports.result import DataSummary, ModelSummary, Provenance


def secrets(
    settings: Settings, config: AuditConfig, out: Path | None = None, progress: Progress | None = None
) -> tuple[Path, ExperimentResult]:
    """Train character models on texts with secrets among them, and tell how exposed the secrets are.

    Args:
        settings: the experiment's.
        config: of the models; see `audit.experiments.secrets.settings.resolved`.
        out: the run folder; None derives its name from the settings.
        progress: who listens.

    Returns:
        The run folder, and what was found.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    listener, started = listener_or_default(progress), time.perf_counter()
    with claimed(named(settings, config), out) as folder:
        plan = planned(settings, config, folder)
        write_text(folder / OWN_SETTINGS, as_json(settings))  # first: without it a config says too little
        write_text(folder / "config.yaml", as_yaml(config))
        listener.plan(plan.lines())
        signals = plan.training.signals(listener)
        listener.note("ranking secrets among references")
        return folder, _result(plan, signals, started)


def _result(plan: Plan, signals: Mapping[str, Signals], started: float) -> ExperimentResult:
    block = _block(plan, signals, started)
    store = {f"arm {name}": store.key for name, store in plan.training.workshop.stores.items()}
    trainers = {f"trainer of {name}": one.version for name, one in plan.training.workshop.trainers.items()}
    pool = plan.config.pool
    return ExperimentResult(
        data=_data(plan),
        model=ModelSummary(name=plan.config.model, parameters=plan.parameters),
        confidence=plan.config.analysis.confidence,
        arms=tuple(_arm(plan, arm, signals[arm.name]) for arm in plan.arms),
        experiments=Experiments(secrets=block),
        not_tested=NOT_TESTED,
        provenance=Provenance(
            command=block.command,
            created=now(),
            seed=pool.seed,
            digests={"data": plan.dataset.fingerprint, **store},
            versions={**versions(PACKAGES), **trainers},
            platform=f"{machine()}, {plan.training.layout.workers} worker(s)",
            device=plan.training.layout.device,
            seconds=time.perf_counter() - started,
            config={"experiment": block.model_dump(mode="json")["settings"], "models": _recipes(plan)},
        ),
    )


def _recipes(plan: Plan) -> dict[str, object]:
    return plan.config.model_dump(mode="json", exclude={"data", "canaries", "release"})


def _block(plan: Plan, signals: Mapping[str, Signals], started: float) -> Secrets:
    pool, confidence = plan.config.pool, plan.config.analysis.confidence
    heard = {name: Heard.of(of.extra, plan.planting, pool.seed, confidence) for name, of in signals.items()}
    levels = tuple(level for arm in plan.arms for level in levels_of(heard[arm.name], arm))
    characters = (plan.dataset.y_test != PADDING).sum(axis=1)
    arms = tuple(arm_of(heard[arm.name], arm, signals[arm.name].extra["test_bits"], characters) for arm in plan.arms)
    references = plan.settings.references
    return Secrets(
        answer=answer(levels, arms, chance(references), highest(references)),
        limits=LIMITS,
        command=command_of(plan.settings, plan.config),
        settings=plan.settings.shown,
        seconds=time.perf_counter() - started,
        format=plan.settings.format,
        space_bits=plan.planting.format.bits,
        models=pool.models,
        references=references,
        beam=plan.settings.beam,
        chance=chance(references),
        highest=highest(references),
        levels=levels,
        arms=arms,
    )


def _arm(plan: Plan, arm: Arm, signals: Signals) -> ExperimentArm:
    return ExperimentArm(
        name=arm.name,
        description=arm.description,
        models=plan.config.pool.models,
        recipe=recipe_of(arm),
        guarantee=guarantee_of(arm, signals.spent_epsilon, plan.config.analysis.fprs),
    )


def _data(plan: Plan) -> DataSummary:
    """What was trained on; counts and names, never content."""
    data = plan.dataset
    return DataSummary(
        name=data.name,
        records=len(plan.texts.train),
        test_records=len(plan.texts.test),
        classes=data.classes,
        class_names=(),
        shape=data.in_shape,
        fingerprint=data.fingerprint,
        duplicates=0,
        notes=(
            *data.notes,
            f"Beside them {NAME}: {data.records - len(plan.texts.train):,} texts, copies of "
            f"{len(plan.planting.secrets)} secrets, half of them IN each model.",
        ),
    )
