"""The whole audit; reads like the method section of a paper."""

from __future__ import annotations

import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attacks.threads import one_thread
from audit.assistant import FEW_SCORES, assisted
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.data.checks import scale_warnings
from audit.errors import ConfigError, PoolError
from audit.folder import Index, RunFolder, assemble
from audit.pool import Pool
from audit.progress import Progress, listener_or_default
from audit.run_names import Named, claimed
from audit.training.base import Arm, Bools, Signals
from audit.training.memory import freed_memory_kept
from audit.training.workers import train
from audit.training.workshop import Trained
from reports.formats import Share
from reports.result import AuditResult

if TYPE_CHECKING:  # a plan needs torch; what is wrong with the data is said before it is loaded
    from audit.plan import Plan


def run(
    config: AuditConfig,
    out: Path | str | None = None,
    progress: Progress | None = None,
    repair: bool = False,
    grow: bool = False,
) -> AuditResult:
    """Train one pool an arm on random halves of the data, and read every answer from them.

    What is on disk already is kept: an audit that was stopped goes on, and ends with the same result.

    Args:
        config: all settings.
        out: the run folder; None derives its name from the settings.
        progress: who listens; None is silence, and in a notebook an `audit.ConsoleProgress`.
        repair: drop shards that are damaged or foreign and train them anew.
        grow: let the folder's pool be smaller than the config's.

    Returns:
        The result; it also lies in the run folder, beside its reports.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    return ran(config, out, progress, repair, grow)[1]


def ran(
    config: AuditConfig,
    out: Path | str | None = None,
    progress: Progress | None = None,
    repair: bool = False,
    grow: bool = False,
) -> tuple[RunFolder, AuditResult]:
    """`run`, and where: of a run without `out` the folder's name is settled only when the run begins."""
    if not isinstance(config, AuditConfig):
        raise ConfigError(
            f"an audit takes an AuditConfig, not {type(config).__name__}",
            "audit.run(audit.AuditConfig(model='mlp', ...)); docs/settings.md has all its settings",
        )
    listener, started = listener_or_default(progress), time.perf_counter()
    config, warnings = whole_pairs(config)
    dataset = _load(config)
    warnings += scale_warnings(dataset.x)
    from audit.plan import laid_out, plan_of

    named = Named.of(config)
    with assisted(scores_of(config, dataset)) as share, claimed(named, Path(out) if out else None) as path:
        folder = RunFolder(path)
        if out is None and not folder.config_file.exists() and (held := named.smaller()):
            listener.note(
                f"{held[0]} holds the same audit with {held[1]} models an arm; to keep those: "
                f"audit extend {held[0]} --models {config.pool.models}"
            )
        plan = plan_of(config, dataset, folder)
        folder.check_same(config, grow)
        kept = folder.layout()
        _check_shards(plan, repair)
        plan = laid_out(plan, kept)
        folder.claim(config, Index.of(dataset), plan.layout)
        listener.plan([*plan.lines(), *warnings])
        try:
            train_missing(plan, listener)
            pools = {arm.name: _settled(plan, folder, arm) for arm in plan.arms}
            return folder, _reported(plan, folder, pools, warnings, listener, started, share)
        except KeyboardInterrupt:
            listener.end()
            listener.note(f"stopped; every finished shard is kept: the same command goes on ({folder.path})")
            raise


def load(run: Path | str) -> AuditResult:
    """The result of an audit that was run before.

    Args:
        run: its folder.

    Raises:
        PoolError: if there is none.
    """
    return RunFolder(Path(run)).result()


def planned(config: AuditConfig, out: Path | None) -> Plan:
    """What an audit would do: only a few steps are measured, and nothing is written."""
    config, _ = whole_pairs(config)
    dataset = _load(config)
    from audit.plan import laid_out, plan_of

    folder = RunFolder(out or default_folder(config))
    return laid_out(plan_of(config, dataset, folder), folder.layout())


def extended(run: Path, models: int) -> AuditConfig:
    """The config of a run with a larger pool; of the same size it goes on with growing that was stopped.

    Raises:
        ConfigError: if the pool would be smaller.
    """
    config = RunFolder(run).config()
    if models < config.pool.models:
        raise ConfigError(
            f"--models {models}: the pool of {run} has {config.pool.models} models already",
            f"ask for more than {config.pool.models}, or run a smaller audit in another folder with --out",
        )
    return config.model_copy(update={"pool": config.pool.model_copy(update={"models": models})})


def whole_pairs(config: AuditConfig) -> tuple[AuditConfig, list[str]]:
    """Round an odd number of models up where models come in pairs, and say so."""
    pool = config.pool
    if not pool.paired or pool.models % 2 == 0:
        return config, []
    even = pool.model_copy(update={"models": pool.models + 1})
    said = f"{pool.models} models cannot be paired with their complements: rounded up to {even.models}"
    return config.model_copy(update={"pool": even}), [said]


def default_folder(config: AuditConfig) -> Path:
    """Where an audit without `out` goes: `runs/<data>-<model>`, its own folder if it was run before.

    Where another run has that name, the folder's says in what the settings differ: `runs/digits-mlp-seed-3`.

    Args:
        config: the resolved config.
    """
    return Named.of(config).folder()


def train_missing(plan: Plan, listener: Progress) -> None:
    """Train what is not on disk, the longest stacks first so that all processes end at about the same time."""
    for name, missing in plan.missing().items():
        models = plan.models_of(name)
        listener.arm(name, models, models - len(missing))

    def done(trained: Trained) -> None:
        listener.trained(trained.job.arm, len(trained.job.models))
        if trained.note:
            listener.note(trained.note)

    train(plan.workshop, plan.jobs(), plan.workers, done, plan.hands)
    listener.end()


def scores_of(config: AuditConfig, dataset: Dataset) -> int:
    """How many scores an attack gives: models times records, in all arms."""
    return config.pool.models * dataset.records * (1 + len(config.dp.epsilons))


def _load(config: AuditConfig) -> Dataset:
    from audit.data import audited

    return audited(config.data, config.canaries)


def _check_shards(plan: Plan, repair: bool) -> None:
    """Find every shard that cannot be trusted before training; drop them if that is asked."""
    complaints = []
    for name, store in plan.workshop.stores.items():
        store.sweep()
        models = plan.models_of(name)
        complaints += store.damaged(store.cuts(models, models))
    if complaints and not repair:
        raise PoolError(
            "\n".join(message for _, message in complaints),
            "run again with --repair: it drops just these shards and trains them anew",
        )
    for path, _ in complaints:
        path.unlink()


def _settled(plan: Plan, folder: RunFolder, arm: Arm) -> Pool:
    """The pool of an arm, and what DP promised for it: the spent epsilon is read back, not assumed."""
    from audit.privacy import guarantee_of

    store = plan.workshop.stores[arm.name]
    pool, spent = assemble(arm.name, store, plan.config, plan.dataset.records)
    guarantee = guarantee_of(arm, spent, plan.config.analysis.fprs)
    folder.write_arm(store, guarantee)
    return pool.promising(guarantee)


def _right_without_canaries(plan: Plan) -> dict[str, Bools]:
    """Arm -> whether its first models are right about the test records if trained without canaries."""
    found = {}
    for name, task in plan.workshop.tasks.items():
        models, store = plan.models_of(name), plan.workshop.stores[name]
        if not task.canaries:
            shards = [store.read(part) for part in store.cuts(models, models)]
            found[task.arm.name] = Signals.joined(shards).test_correct
    return found


def _reported(
    plan: Plan,
    folder: RunFolder,
    pools: dict[str, Pool],
    warnings: list[str],
    listener: Progress,
    started: float,
    share: Share = partial,
) -> AuditResult:
    from audit.assembly import analyse
    from audit.blocks import with_blocks
    from audit.render import write_reports

    small = share is not partial or scores_of(plan.config, plan.dataset) < FEW_SCORES
    with freed_memory_kept(), one_thread() if small else nullcontext():
        result, rows = analyse(plan, pools, _right_without_canaries(plan), warnings, started, listener, share)
    result = with_blocks(result, folder.path)  # experiments that were made on these pools before
    write_reports(folder, result, rows, share)
    listener.end()
    return result
