"""The run folder of an experiment that builds on no audit."""

from __future__ import annotations

from pathlib import Path

from audit.errors import ConfigError, PoolError
from audit.files import write_text
from audit.integrity import write_digests
from reports.experiments.standalone import ExperimentResult
from reports.serialization import experiment_from_json, to_json

FILE = "experiment.json"
FORMATS = ("terminal", "html", "json", "markdown")


def finish(folder: Path, result: ExperimentResult) -> None:
    """Write the page, the result, and last the digests of all that the folder holds.

    Args:
        folder: the run folder.
        result: what was found.
    """
    write_text(folder / "report.html", rendered(result, "html"))
    write_text(folder / FILE, to_json(result))
    write_digests(folder)


def is_experiment(folder: Path) -> bool:
    """Whether a folder holds an experiment by itself."""
    return (folder / FILE).exists()


def experiment_in(folder: Path) -> ExperimentResult:
    """What the experiment in a folder found.

    Args:
        folder: its run folder.

    Raises:
        PoolError: if the file is damaged or of another version.
    """
    try:
        return experiment_from_json((folder / FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise PoolError(f"{folder / FILE}: {error}", "run the experiment again: its models are kept") from error


def rendered(result: ExperimentResult, format_: str, screen_of: Path | None = None, width: int = 80) -> str:
    """The result of an experiment in a format.

    Args:
        result: what was found.
        format_: `terminal`, `html`, `json` or `markdown`.
        screen_of: on a terminal, the run folder of which one screen is wanted; None is everything.
        width: columns of the terminal.

    Raises:
        ConfigError: for any other format.
    """
    if format_ == "terminal":
        from reports.experiments.terminal import experiment_as_screen, experiment_as_text

        if screen_of is None:
            return experiment_as_text(result, width)
        return experiment_as_screen(result, str(screen_of), width)
    if format_ == "html":
        from reports.html import render_experiment

        return render_experiment(result)
    if format_ == "markdown":
        from reports.experiments.markdown import render_experiment as as_markdown

        return as_markdown(result)
    if format_ == "json":
        return to_json(result)
    raise ConfigError(f"--format {format_}: an experiment by itself has none", f"choose {', '.join(FORMATS)}")
