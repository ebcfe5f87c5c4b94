"""The audit of one expensive model: canaries by fair coins in a single training run, and what guessing them proves.

Steinke, Nasr & Jagielski 2023, arXiv 2305.08846; Mahloujifar, Melis & Chaudhuri 2024, arXiv 2410.22235.
"""

from __future__ import annotations

import time
from pathlib import Path

from audit.config import AuditConfig
from audit.errors import ConfigError, PoolError
from audit.files import write_text
from audit.folder import Index, RunFolder
from audit.integrity import write_digests
from audit.progress import Progress, listener_or_default
from audit.run_names import Named, claimed
from reports.one_run_result import OneRunResult
from reports.serialization import one_run_from_json, to_json

FILE = "one-run.json"
CANARIES = 1000
FEWEST_CANARIES = 20


def one_run(config: AuditConfig, out: Path | str | None = None, progress: Progress | None = None) -> OneRunResult:
    """Train one model on all natural records and half of the canaries, and bound its epsilon by guessing which.

    Every DP arm of the config is trained once; without any, the standard arm is.

    Args:
        config: all settings; its pool's size and inclusion rate do not matter.
        out: the run folder; None derives its name from the settings.
        progress: who listens.

    Returns:
        The result; it also lies in the run folder.

    Raises:
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    return ran(config, out, progress)[1]


def ran(
    config: AuditConfig, out: Path | str | None = None, progress: Progress | None = None
) -> tuple[Path, OneRunResult]:
    """`one_run`, and in which folder: without `out` its name is settled only when the run begins."""
    from audit.data import audited
    from audit.one_run.coins import with_inclusion
    from audit.one_run.model import plan_of_one, trained
    from audit.one_run.result import result_of

    listener, started = listener_or_default(progress), time.perf_counter()
    if config.canaries.count < FEWEST_CANARIES:
        raise ConfigError(f"--canaries {config.canaries.count}: too few to prove anything", f"ask for {CANARIES}")
    dataset = audited(config.data, config.canaries)
    config = with_inclusion(config, dataset)
    with claimed(Named.of(config, "one-run-"), Path(out) if out else None) as path:
        folder = RunFolder(path)
        plan = plan_of_one(config, dataset, folder)
        folder.check_same(config)
        folder.claim(config, Index.of(dataset))
        listener.plan(plan.lines())
        signals = {arm.name: trained(plan, arm, listener) for arm in plan.arms}
        result = result_of(plan, signals, started)
        write_text(folder.path / FILE, to_json(result))
        write_digests(folder.path)
    return folder.path, result


def is_one_run(folder: Path) -> bool:
    """Whether a folder holds a one-run audit."""
    return (folder / FILE).exists()


def rendered_one_run(folder: Path, format_: str, full: bool = True, width: int = 80) -> str:
    """The result of a one-run audit in a format, from disk.

    Args:
        folder: its run folder.
        format_: `terminal` or `json`.
        full: on a terminal, everything; else one screen.
        width: columns of the terminal.

    Raises:
        ConfigError: for any other format.
        PoolError: if the file is damaged or of another version.
    """
    from reports.one_run_terminal import one_run_as_screen, one_run_as_text

    text = (folder / FILE).read_text(encoding="utf-8")
    try:
        result = one_run_from_json(text)
    except ValueError as error:
        raise PoolError(f"{folder / FILE}: {error}", "run `audit one-run` again: the model is kept") from error
    if format_ not in ("terminal", "json"):
        raise ConfigError(f"--format {format_}: a one-run audit has none", "choose terminal or json")
    if format_ == "json":
        return text
    return one_run_as_text(result, width) if full else one_run_as_screen(result, str(folder), width)
