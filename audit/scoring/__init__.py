"""Scores from anywhere: attacks on outputs of models that were trained elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from audit.config import AnalysisConfig
from audit.errors import ConfigError
from audit.folder import RunFolder
from audit.leakage import chosen_attacks
from audit.progress import Progress, listener_or_default
from audit.scoring.reading import read
from audit.scoring.result import analyse_scored
from reports.result import AuditResult

__all__ = ["default_folder", "score"]

OF_MODELS, OF_ONE = "ensemble", "loss"
"""The headline attack that is declared if none is named; what the file holds decides, never a score."""


def score(
    file: Path | str,
    out: Path | str | None = None,
    attacks: Sequence[str] = (),
    headline: str | None = None,
    groups: Sequence[str] = (),
    progress: Progress | None = None,
) -> AuditResult:
    """Attack models by their outputs in a file, and report as `audit run` does.

    Args:
        file: npz, csv or parquet (see docs/score.md).
        out: folder of the reports; None is `runs/scored-<name of the file>`.
        attacks: names of the attacks; empty runs all.
        headline: the attack that the verdict rests on; None is the ensemble, and the loss for one model.
            Where it cannot be computed another stands in, and the result says which and why.
        groups: columns to report by.
        progress: who listens; None is silence, and in a notebook an `audit.ConsoleProgress`.

    Returns:
        The result; it also lies in the folder, beside its reports.

    Raises:
        AuditError: a subclass of it, before anything is computed, for whatever a person can mend.
    """
    from audit.render import write_reports

    started, listener = time.perf_counter(), listener_or_default(progress)
    folder = RunFolder(Path(out) if out else default_folder(Path(file)))
    if folder.config_file.exists():
        raise ConfigError(f"{folder.path} holds a run of `audit run`", "choose another folder with --out")
    chosen_attacks(AnalysisConfig(attacks=tuple(attacks), headline=headline or OF_ONE))
    scored = read(str(file), groups)
    default = OF_MODELS if len(scored.targets) > 1 else OF_ONE
    analysis = AnalysisConfig(attacks=tuple(attacks), headline=headline or default)
    result, rows = analyse_scored(scored, analysis, groups, started, listener)
    write_reports(folder, result, rows)
    listener.end()
    return result


def default_folder(file: Path) -> Path:
    """`runs/scored-<name of the file>`."""
    return Path("runs") / f"scored-{file.stem}"
