"""`audit experiment longtail`: the command."""

from __future__ import annotations

import time
from typing import Annotated, Any

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

DEFAULTS: dict[str, Any] = {
    "data": {"source": "longtail"},
    "model": "mlp",
    "pool": {"models": 64},
    "dp": {"epsilons": (1.0, 8.0)},  # as in the preset longtail-mlp: the audit of one is the audit of the other
}
TABLES = (".csv", ".parquet")


def longtail(
    run: RunOption = None,
    subpopulation: Annotated[
        str, typer.Option(metavar="COLUMN", help="The group column that names a record's subpopulation.")
    ] = "subpopulation",
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
    """Error and memorization by how often a subpopulation occurs in training, beside what theory predicts."""
    from audit.data import load
    from audit.experiments.longtail.flow import check
    from audit.experiments.longtail.flow import longtail as read

    started = time.perf_counter()
    if data and data.lower().endswith(TABLES) and subpopulation not in (group or []):
        group = [*(group or []), subpopulation]
    flags = flags_of(data, label, id_, group, model, dp_eps, models, seed, device, stack, workers)
    check(load(config_of(run, flags, config, out, DEFAULTS).data), subpopulation)
    listener = progress_on_stderr(quiet)
    listener.plan(["longtail: reads the pools of an audit, and trains nothing beyond it"])
    found = base(run, flags, config, out, DEFAULTS, quiet)
    ended(found, read(found, subpopulation, started), json_, full, quiet)
