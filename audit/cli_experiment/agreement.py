"""`audit experiment agreement`: the command."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from audit.cli_experiment.shared import DpEps, Groups, Models, RunOption, Seed, base, config_of, ended, flags_of
from audit.cli_options import (
    Config,
    Data,
    Device,
    Full,
    Id,
    Json,
    Label,
    Model,
    Out,
    Quiet,
    Stack,
    Verbose,
    Workers,
    progress_on_stderr,
)
from audit.errors import ConfigError


def agreement(
    score: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.npz:ARRAY", help="A published score of every record; repeatable."),
    ] = None,
    disagreement: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.npz:ARRAY:ARRAY", help="Two labels of every record; repeatable."),
    ] = None,
    run: RunOption = None,
    data: Data = None,
    label: Label = None,
    id_: Id = None,
    group: Groups = None,
    model: Model = None,
    dp_eps: DpEps = None,
    models: Models = None,
    seed: Seed = None,
    config: Config = None,
    out: Out = None,
    device: Device = None,
    stack: Stack = None,
    workers: Workers = None,
    json_: Json = None,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Memorization against a published score of the same records, and as a detector of labels in dispute."""
    from audit.data import load
    from audit.experiments.agreement import block_of
    from audit.experiments.published import all_published

    started = time.perf_counter()
    if not (score or disagreement):
        raise ConfigError(
            "there is nothing to compare with",
            "name it with --score FILE.npz:ARRAY or --disagreement FILE.npz:ARRAY:ARRAY",
        )
    flags = flags_of(data, label, id_, group, model, dp_eps, models, seed, device, stack, workers)
    listener = progress_on_stderr(quiet)
    dataset = load(config_of(run, flags, config, out, {}).data)
    against = all_published({"score": score or [], "disagreement": disagreement or []}, dataset)
    found = base(run, flags, config, out, {}, quiet)
    listener.plan(["agreement: trains nothing beyond the audit; reading its pools"])
    ended(found, block_of(found, against, started), json_, full, quiet)
