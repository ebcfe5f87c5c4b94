"""What the commands of experiments share: the audit that they build on, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.cli_options import emit, given, progress_on_stderr, stdout
from audit.errors import ConfigError

if TYPE_CHECKING:
    from audit.config import AuditConfig
    from audit.experiments.base import Base
    from reports.experiments.block import Block
    from reports.experiments.standalone import ExperimentResult

RunOption = Annotated[
    Path | None,
    typer.Option("--run", metavar="RUN", help="A finished audit to build on, in place of the options of one."),
]
Models = Annotated[int | None, typer.Option(help="Models an arm of the audit that it builds on.")]
Seed = Annotated[int | None, typer.Option(help="Seed of memberships, weights, batches and noise.")]
DpEps = Annotated[list[float] | None, typer.Option(help="Adds an arm with DP-SGD at this epsilon; repeatable.")]
Groups = Annotated[list[str] | None, typer.Option(help="Column to report by, in a table; repeatable.")]


def flags_of(
    data: str | None = None,
    label: str | None = None,
    id_: str | None = None,
    group: list[str] | None = None,
    model: str | None = None,
    dp_eps: list[float] | None = None,
    models: int | None = None,
    seed: int | None = None,
    device: str | None = None,
    stack: str | None = None,
    workers: str | None = None,
) -> dict[str, Any]:
    """The settings that were given, as `audit.settings.resolve` takes them; absent ones are left out."""
    flags = {
        "data": {"source": data, "label": label, "id": id_, "groups": tuple(group) if group else None},
        "model": model,
        "pool": {"models": models, "seed": seed},
        "dp": {"epsilons": tuple(dp_eps) if dp_eps else None},
        "device": device,
        "stack": stack,
        "workers": workers,
    }
    return given(flags)


def base(
    run: Path | None,
    flags: dict[str, Any],
    config: str | None,
    out: Path | None,
    defaults: dict[str, Any],
    quiet: bool = False,
) -> Base:
    """The audit to build on: the one that was named, or that of the options, which is trained if it is not there.

    Args:
        run: a finished audit.
        flags: the settings that were given.
        config: a YAML file or a preset.
        out: the run folder.
        defaults: settings of the experiment where neither flags nor a config were given.
        quiet: draw no progress.

    Raises:
        ConfigError: if both a run and options of one were given.
        AuditError: a subclass of it, before anything is trained, for whatever a person can mend.
    """
    from audit.experiments.base import base_in, base_of

    resolved = config_of(run, flags, config, out, defaults)
    if run is not None:
        return base_in(run)
    progress = progress_on_stderr(quiet)
    try:
        return base_of(resolved, out, progress)
    finally:
        progress.end()


def config_of(
    run: Path | None, flags: dict[str, Any], config: str | None, out: Path | None, defaults: dict[str, Any]
) -> AuditConfig:
    """The config of the audit to build on, before anything is trained.

    Args:
        run: a finished audit.
        flags: the settings that were given.
        config: a YAML file or a preset.
        out: the run folder.
        defaults: settings of the experiment where neither flags nor a config were given.

    Raises:
        ConfigError: if both a run and options of one were given, or a setting is wrong.
        PoolError: if there is no such run.
    """
    from audit.folder import RunFolder
    from audit.presets import merged
    from audit.settings import resolve

    if run is None:
        return resolve(flags if config else merged(defaults, flags), config)
    if flags or config or out:
        raise ConfigError("--run names a finished audit, and options of another one were given", "leave one out")
    return RunFolder(run).config()


def ended(base: Base, block: Block, json_: str | None, full: bool, quiet: bool) -> None:
    """Put what was found into the run's result and report, and print it, or the result as JSON.

    Args:
        base: the audit.
        block: what the experiment found.
        json_: a file for the JSON, or `-`.
        full: print all of it, not one screen.
        quiet: print nothing.
    """
    from audit.blocks import attach
    from audit.files import write_text
    from audit.render import rendered
    from reports.experiments.result import Experiments
    from reports.experiments.terminal import print_experiments, render_experiment_screen
    from reports.text import Page

    result = attach(base.folder.path, block)
    if json_ == "-":
        emit(rendered(result, "json"))
        return
    if json_:
        write_text(Path(json_), rendered(result, "json"))
    made, where = Experiments.model_validate({block.name: block}), f"{base.folder.html_file}#experiment-{block.name}"
    if full:
        page = Page(stdout(quiet))
        print_experiments(page, made)
        page.line(f"In the report: {where}")
    else:
        render_experiment_screen(made, stdout(quiet), {"In the report": where}, str(base.folder.path))


def ended_alone(
    folder: Path, result: ExperimentResult, run: Path | None, json_: str | None, full: bool, quiet: bool
) -> None:
    """Write an experiment that builds on no audit, put it into an audit's report if asked, and print it.

    Args:
        folder: its run folder.
        result: what was found.
        run: a finished audit whose report gets the section, too.
        json_: a file for the JSON, or `-`.
        full: print all of it, not one screen.
        quiet: print nothing.
    """
    from audit.blocks import attach
    from audit.experiments.standalone import FILE, finish, rendered
    from audit.files import write_text
    from reports.experiments.terminal import render_experiment, render_experiment_screen

    finish(folder, result)
    if run is not None:
        for block in result.experiments.made:
            attach(run, block)
    if json_ == "-":
        emit(rendered(result, "json"))
        return
    if json_:
        write_text(Path(json_), rendered(result, "json"))
    files = {"report": str(folder / "report.html"), "result": str(folder / FILE)}
    if full:
        render_experiment(result, stdout(quiet), files)
    else:
        render_experiment_screen(result.experiments, stdout(quiet), files, str(folder), result.warnings)
