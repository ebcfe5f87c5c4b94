"""The command line: parse, call, render, exit. The one place that exits."""

from __future__ import annotations

import atexit
import gc
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit import __version__
from audit.cli_check import check, policy_app
from audit.cli_experiment import experiment_app
from audit.cli_one_run import one_run
from audit.cli_options import (
    Attacks,
    CanaryKind,
    Config,
    Data,
    Device,
    DpDelta,
    Headline,
    Id,
    Json,
    Label,
    Model,
    Out,
    PolicyOption,
    Quiet,
    Repair,
    RunArgument,
    Stack,
    Verbose,
    Views,
    Workers,
    emit,
    given,
    progress_on_stderr,
    run_or_latest,
    stderr,
    stdout,
)
from audit.cli_report import judged_by, readable, report, show
from audit.cli_verify import verify_dp
from audit.cli_verify_run import verify_run
from audit.errors import AuditError

if TYPE_CHECKING:
    from reports.result import AuditResult

app = typer.Typer(
    name="audit",
    help="Which training records does a training recipe memorize, and what does that let an attacker learn?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

FEW_COLLECTIONS = 50_000
"""New objects between two searches for cycles: imports make a million that stay, and 700 would search them often."""


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"memorization-audit {__version__}")
        raise typer.Exit


@app.command()
def run(
    data: Data = None,
    label: Label = None,
    id_: Id = None,
    group: Annotated[list[str] | None, typer.Option(help="Column to report by, in a table; repeatable.")] = None,
    model: Model = None,
    dp_eps: Annotated[
        list[float] | None, typer.Option(help="Adds an arm with DP-SGD at this epsilon; repeatable.")
    ] = None,
    dp_delta: DpDelta = None,
    controls: Annotated[
        bool | None,
        typer.Option("--controls", help="Adds the DP recipe without clipping and noise, and with clipping alone."),
    ] = None,
    canaries: Annotated[
        int | None, typer.Option(help="Adds records that are made to be memorized: the worst case.")
    ] = None,
    canary_kind: CanaryKind = None,
    models: Annotated[int | None, typer.Option(help="Models an arm; more models, narrower intervals.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Epochs, in all arms.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of memberships, weights, batches and noise.")] = None,
    views: Views = None,
    attack: Attacks = None,
    headline: Headline = None,
    out: Out = None,
    device: Device = None,
    stack: Stack = None,
    workers: Workers = None,
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; train nothing.")] = False,
    repair: Repair = False,
    policy: PolicyOption = None,
    json_: Json = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train the pools, read everything from them, and report."""
    from audit.settings import as_yaml, resolve

    readable(policy)
    flags = {
        "data": {"source": data, "label": label, "id": id_, "groups": tuple(group) if group else None},
        "model": model,
        "pool": {"models": models, "seed": seed, "views": _views(views)},
        "analysis": {"attacks": tuple(attack) if attack else None, "headline": headline},
        "standard": {"epochs": epochs},
        "dp": {"epsilons": tuple(dp_eps) if dp_eps else None, "delta": dp_delta, "recipe": {"epochs": epochs}},
        "controls": controls,
        "canaries": {"count": canaries, "kind": canary_kind},
        "device": device,
        "stack": stack,
        "workers": workers,
    }
    resolved = resolve(given(flags), config)
    if verbose:
        stderr().print(as_yaml(resolved))
    if dry_run:
        _print_plan(resolved, out)
    else:
        _run(resolved, out, repair, json_, policy=policy, quiet=quiet)


app.command("one-run")(one_run)
app.command("verify-dp")(verify_dp)
app.command("verify")(verify_run)


@app.command()
def extend(
    models: Annotated[int, typer.Option(help="New size of every arm's pool; larger than it is.")],
    run: RunArgument = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Grow every arm's pool without retraining, and analyse again."""
    from audit.pipeline import extended

    run = run_or_latest(run, "result.json", "config.yaml")
    _run(extended(run, models), run, repair=False, json_=None, grow=True, quiet=quiet)


app.command()(report)


@app.command()
def compare(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN...", help="Run folders; the latest one if none is given.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Put arms side by side: utility, memorization, leakage, epsilon; differences with paired intervals."""
    from audit.comparison import compared
    from audit.folder import RunFolder
    from reports.compare import render_comparison

    chosen = runs or [run_or_latest(None, "result.json")]
    render_comparison(compared([RunFolder(run) for run in chosen]), stdout())


@app.command()
def records(
    run: RunArgument = None,
    top: Annotated[int, typer.Option(min=1, help="How many records.")] = 20,
    by: Annotated[str, typer.Option(help="memorization or exposure.")] = "memorization",
    arm: Annotated[str | None, typer.Option(help="The arm to look at; the first if not given.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the records to this file as CSV.")] = None,
    verbose: Verbose = False,
) -> None:
    """List the most memorized or the most exposed records, with intervals."""
    from audit.folder import RunFolder
    from audit.records import ranked, write_csv
    from reports.records_table import render_records

    run = run_or_latest(run, "result.json")
    arm = arm or RunFolder(run).result().arms[0].name
    rows = ranked(RunFolder(run), arm, by, top)
    if csv:
        write_csv(csv, rows)
        stderr().print(f"wrote {csv}")
    else:
        render_records(rows, stdout(), f"Records by {by}, arm {arm}")


app.command()(check)
app.add_typer(policy_app, name="policy")
app.add_typer(experiment_app, name="experiment")


@app.command()
def export(
    arm: Annotated[str, typer.Option(help="The arm whose pool is exported.")],
    out: Annotated[Path, typer.Option(help="The npz file to write.")],
    run: RunArgument = None,
    features: Annotated[bool, typer.Option("--features", help="Write the records themselves, too.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a pool as plain arrays that `audit score` reads: memberships, outputs, labels, ids."""
    from audit.export import write_pool
    from audit.folder import RunFolder

    shapes = write_pool(RunFolder(run_or_latest(run, "result.json", "config.yaml")), arm, out, features)
    for line in shapes:
        stderr(quiet).print(line)


@app.command()
def score(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="npz, csv or parquet: memberships and outputs of models.")
    ],
    out: Annotated[Path | None, typer.Option(help="Folder of the reports; runs/scored-NAME if not given.")] = None,
    attack: Attacks = None,
    headline: Headline = None,
    group: Annotated[list[str] | None, typer.Option(help="Column to report by; repeatable.")] = None,
    json_: Json = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Attack models that were trained elsewhere, by their outputs in a file; no training, no PyTorch."""
    from audit.scoring import default_folder
    from audit.scoring import score as score_file

    progress = progress_on_stderr(quiet)
    progress.note(f"reading {file}")
    try:
        result = score_file(file, out, tuple(attack or ()), headline, tuple(group or ()), progress)
    finally:
        progress.end()
    _ended(result, out or default_folder(file), json_, quiet)


@app.command(name="list")
def list_(
    what: Annotated[str, typer.Argument(help="data, models, attacks, canaries, experiments or presets.")],
    verbose: Verbose = False,
) -> None:
    """Show what there is, one line each."""
    from audit.catalogue import catalogue
    from reports.listing import render_listing

    render_listing(catalogue(what), stdout())


def _views(words: str | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(word.strip() for word in words.split(","))


def _run(
    config: Any,
    out: Path | None,
    repair: bool,
    json_: str | None,
    grow: bool = False,
    policy: str | None = None,
    quiet: bool = False,
) -> None:
    """Audit with progress on stderr and the report on stdout."""
    from audit.pipeline import ran

    progress = progress_on_stderr(quiet)
    try:
        folder, result = ran(config, out, progress, repair, grow)
    finally:
        progress.end()
    _ended(judged_by(result, policy, folder.path), folder.path, json_, quiet)


def _ended(result: AuditResult, folder: Path, json_: str | None, quiet: bool) -> None:
    """Print the screen that an audit ends with, or the result as JSON."""
    from audit.files import write_text
    from audit.render import rendered

    if json_ == "-":
        emit(rendered(result, "json"))
        return
    if json_:
        write_text(Path(json_), rendered(result, "json"))
    show(result, folder, quiet=quiet)


def _print_plan(config: Any, out: Path | None) -> None:
    from audit.pipeline import planned

    for line in planned(config, out).lines():
        stdout().print(line)


def main() -> None:
    """Run the command line; expected errors become one message and an exit code."""
    gc.set_threshold(FEW_COLLECTIONS)
    atexit.register(gc.freeze)  # else Python's last search for cycles, through all of torch, takes a second
    try:
        app(standalone_mode=True)
    except AuditError as error:
        _explain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:  # noqa: BLE001 (a fault of ours: 1 would say that a policy is not met)
        traceback.print_exc()
        sys.exit(3)


def _explain(error: AuditError) -> None:
    if "--verbose" in sys.argv:
        traceback.print_exc()
    console = stderr()
    console.print(f"error: {error.message}", style="bold red")
    if error.hint:
        console.print(f"what to do: {error.hint}")
