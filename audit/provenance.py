"""How to repeat an audit, and with what it was made."""

from __future__ import annotations

import platform
import shlex
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from audit import __version__
from audit.config import AuditConfig
from reports.result import DataSummary, ModelSummary, Provenance

if TYPE_CHECKING:
    from audit.plan import Plan

PACKAGES = ("torch", "opacus", "dp-accounting", "numpy", "scipy", "scikit-learn", "polars", "safetensors")


def provenance(plan: Plan, started: float) -> Provenance:
    """The provenance of a result that is ready now.

    Args:
        plan: what was done.
        started: `time.perf_counter()` at the start of this call.
    """
    digests = {f"arm {name}": store.key for name, store in plan.workshop.stores.items()}
    return Provenance(
        command=command_of(plan.config),
        created=now(),
        seed=plan.config.pool.seed,
        digests={"data": plan.dataset.fingerprint, **digests},
        versions={
            **versions(PACKAGES),
            **{f"trainer of {arm}": trainer.version for arm, trainer in plan.workshop.trainers.items()},
        },
        platform=f"{machine()}, {plan.workers} worker(s){_stacks(plan)}",
        device=plan.device,
        seconds=time.perf_counter() - started,
        config=shown_config(plan.config).model_dump(mode="json"),
    )


def now() -> str:
    """The time of day, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def machine() -> str:
    """Operating system and processor."""
    return f"{platform.system()} {platform.machine()}"


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of this project, of Python and of packages.

    Args:
        packages: names of distributions.
    """
    own = {"memorization-audit": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in packages}


def _stacks(plan: Plan) -> str:
    """The size of each arm's stacks, as far as it is known."""
    arms = plan.layout.arms if plan.layout else {}
    return "".join(f", stacks of {pace.stack} ({arm})" for arm, pace in arms.items())


def shown_path(given: str) -> str:
    """A path as a report may show it: as it was typed, but of one that names folders of the machine its last name.

    Absolute paths and those by way of `~` or `..` lead through folders that often bear a person's name.

    Args:
        given: a path, or any other name of a source.
    """
    path = PureWindowsPath(given) if PureWindowsPath(given).drive else PurePosixPath(given)
    if not (path.is_absolute() or given.startswith("~") or ".." in path.parts):
        return given
    return "FOLDER" if path.name in ("", "..") or path.name.startswith("~") else path.name


def shown_config(config: AuditConfig) -> AuditConfig:
    """The config as a report may show it; the run's own config.yaml keeps all paths."""
    data = config.data.model_copy(update={"source": shown_path(config.data.source)})
    canaries = config.canaries.model_copy(update={"kind": shown_path(config.canaries.kind)})
    return config.model_copy(update={"data": data, "canaries": canaries})


def command_of(config: AuditConfig) -> str:
    """The command line that asks for this audit; with the run's own config.yaml where a setting has no flag here."""
    config = shown_config(config)
    data = config.data
    words = ["audit", "run", *(["--config", "config.yaml"] if _has_more(config) else []), "--data", data.source]
    for flag, value in (("--label", data.label), ("--id", data.id)):
        words += [flag, value] if value else []
    words += [word for group in data.groups for word in ("--group", group)]
    words += ["--model", config.model]
    words += [word for epsilon in config.dp.epsilons for word in ("--dp-eps", f"{epsilon:g}")]
    words += ["--dp-delta", f"{config.dp.delta:g}"] if config.dp.delta else []
    words += ["--controls"] if config.controls else []
    if config.canaries.count:
        words += ["--canaries", str(config.canaries.count), "--canary-kind", config.canaries.kind]
    return shlex.join([*words, "--models", str(config.pool.models), "--seed", str(config.pool.seed)])


def _has_more(config: AuditConfig) -> bool:
    """Whether a setting that shapes the answer is neither a default nor said by the flags of `command_of`."""
    said = config.model_dump(
        include={
            "data": {"source", "label", "id", "groups"},
            "model": True,
            "pool": {"models", "seed"},
            "dp": {"epsilons", "delta"},
            "controls": True,
            "canaries": {"count", "kind"},
        }
    )
    same = {name: getattr(config, name) for name in ("device", "stack", "workers")}
    return AuditConfig.model_validate(said).model_copy(update=same) != config


def data_summary(plan: Plan) -> DataSummary:
    """What was audited; counts and names, never content."""
    from audit.data import duplicates

    dataset = plan.dataset.natural
    return DataSummary(
        name=dataset.name,
        records=dataset.records,
        test_records=len(dataset.y_test),
        classes=dataset.classes,
        class_names=dataset.class_names,
        shape=dataset.in_shape,
        fingerprint=dataset.fingerprint,
        duplicates=duplicates(dataset),
        group_columns=tuple(dataset.groups),
        notes=dataset.notes,
    )


def model_summary(plan: Plan) -> ModelSummary:
    """The architecture."""
    card = plan.card
    return ModelSummary(name=card.name, parameters=card.parameters, notes=card.notes)
