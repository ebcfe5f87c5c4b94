"""`audit experiment proxies`: the command."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from audit.cli_experiment.shared import (
    DpEps,
    Groups,
    RunOption,
    Seed,
    base,
    config_of,
    ended,
    ended_alone,
    flags_of,
)
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

DEFAULTS = {"data": {"source": "digits"}, "model": "mlp", "pool": {"models": 64}}


def proxies(
    runs: Annotated[int, typer.Option(help="Single training runs that the proxies are read from.")] = 8,
    arm: Annotated[str, typer.Option(help="The arm that they are trained as.")] = "standard",
    epochs_between: Annotated[float, typer.Option(help="Epochs between two looks at all records.")] = 1.0,
    proxy: Annotated[
        str | None, typer.Option(help="What ranks the records without a pool; cumulative-loss if not given.")
    ] = None,
    run: RunOption = None,
    data: Data = None,
    label: Label = None,
    id_: Id = None,
    group: Groups = None,
    model: Model = None,
    dp_eps: DpEps = None,
    models: Annotated[
        int | None, typer.Option(help="Models an arm of the audit that it builds on; 0: no pool, a proxy alone.")
    ] = None,
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
    """What one training run tells of memorization: eleven proxies against the pool, or one in its place."""
    from audit.experiments.proxies.alone import ranked_alone
    from audit.experiments.proxies.checks import check
    from audit.experiments.proxies.flow import experiment

    started, listener = time.perf_counter(), progress_on_stderr(quiet)
    flags = flags_of(data, label, id_, group, model, dp_eps, models or None, seed, device, stack, workers)
    if models == 0 and run:
        raise ConfigError("--models 0 asks for no pool, and --run names one", "leave one out")
    resolved = config_of(run, flags, config, out, DEFAULTS)
    check(resolved, runs, epochs_between, arm, proxy, with_pool=models != 0)
    if models == 0:
        folder, result = ranked_alone(resolved, out, arm, runs, epochs_between, proxy, listener, started)
        ended_alone(folder, result, None, json_, full, quiet)
        return
    found = base(run, flags, config, out, DEFAULTS, quiet)
    ended(found, experiment(found, arm, runs, epochs_between, listener, started), json_, full, quiet)
