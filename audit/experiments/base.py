"""The audit that an experiment builds on: trained if it is not there, read again if it is."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import PoolError
from audit.folder import RunFolder
from audit.plan import Plan
from audit.pool import Pool
from audit.progress import Progress
from reports.result import AuditResult


@dataclass(frozen=True)
class Base:
    """A finished audit.

    Attributes:
        folder: its run folder.
        plan: its arms, tasks, stores and trainers by the name of the arm.
        pools: arm -> pool of the natural records.
        result: what was read from them.
    """

    folder: RunFolder
    plan: Plan
    pools: Mapping[str, Pool]
    result: AuditResult

    @property
    def config(self) -> AuditConfig:
        """The resolved config."""
        return self.plan.config

    @property
    def dataset(self) -> Dataset:
        """The natural records."""
        return self.plan.dataset.natural

    def command(self, experiment: str, words: Sequence[str] = ()) -> str:
        """The command that repeats an experiment on this audit.

        Args:
            experiment: its name.
            words: its own options and their values.
        """
        from audit.provenance import shown_path

        return shlex.join(["audit", "experiment", experiment, "--run", shown_path(str(self.folder.path)), *words])

    def shards(self, experiment: str) -> Path:
        """Where an experiment's own models go.

        Args:
            experiment: its name.
        """
        return self.folder.path / "experiments" / experiment


def base_of(config: AuditConfig, out: Path | None, listener: Progress) -> Base:
    """The audit of a config; its pool is trained as far as it is not on disk, its result read again if it is there.

    Args:
        config: the resolved config.
        out: the run folder; None derives its name from the settings.
        listener: hears of it.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    from audit.pipeline import default_folder, ran, whole_pairs

    config, _ = whole_pairs(config)
    folder = RunFolder(out or default_folder(config))
    if not _finished(folder, config):
        folder, _ = ran(config, out, listener)
    return base_in(folder.path)


def base_in(run: Path) -> Base:
    """The audit in a run folder.

    Args:
        run: the folder of a finished `audit run`.

    Raises:
        PoolError: if there is none, or it is not finished.
    """
    from audit.data import audited
    from audit.plan import plan_of

    folder = RunFolder(run)
    config, result = folder.config(), folder.result()
    dataset = audited(config.data, config.canaries)
    plan = plan_of(config, dataset, folder)
    if dataset.natural.fingerprint != result.data.fingerprint:
        raise PoolError(f"{run}: the records are not those that it was trained on", "run the audit again")
    pools = {arm.name: folder.pool(arm.name).natural(dataset.canaries) for arm in plan.arms}
    return Base(folder, plan, pools, result)


def _finished(folder: RunFolder, config: AuditConfig) -> bool:
    """Whether the folder holds the result of just this config, of this version."""
    if not (folder.result_file.exists() and folder.config_file.exists()):
        return False
    try:
        folder.result()
    except PoolError:
        return False  # of another version: the pool is kept, the analysis redone
    return folder.config() == config
