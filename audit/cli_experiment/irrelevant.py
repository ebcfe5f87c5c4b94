"""`audit experiment irrelevant`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli_experiment.shared import Seed, ended_alone, flags_of
from audit.cli_options import (
    Config,
    Device,
    Full,
    Json,
    Model,
    Out,
    Quiet,
    Stack,
    Verbose,
    Workers,
    progress_on_stderr,
    stderr,
)

DEFAULTS = {"model": "mlp", "pool": {"models": 32}, "dp": {"epsilons": (8.0, 1.0)}}


def irrelevant(
    model: Model = None,
    dp_eps: Annotated[
        list[float] | None, typer.Option(help="An arm with DP-SGD at this epsilon; repeatable. 8 and 1 if not given.")
    ] = None,
    models: Annotated[int | None, typer.Option(help="Models an arm; 32 if not given.")] = None,
    seed: Seed = None,
    out: Out = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="A finished audit whose report gets the section too.")
    ] = None,
    device: Device = None,
    config: Config = None,
    stack: Stack = None,
    workers: Workers = None,
    json_: Json = None,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Reconstruct training records from a model and a label, down to the bits that are irrelevant.

    The records are of the source clusters: subpopulations of a hypercube, the label is the subpopulation, half of the
    bits are irrelevant to it. Brown et al. 2021, arXiv 2012.06421.
    """
    from audit.experiments.irrelevant.flow import SOURCE
    from audit.experiments.irrelevant.flow import irrelevant as reconstruct
    from audit.folder import RunFolder
    from audit.presets import merged
    from audit.settings import as_yaml, read, resolve

    if run is not None:
        RunFolder(run).result()
    named = read(config).get("data", {}).get("source") if config else None
    flags = flags_of(named or SOURCE, None, None, None, model, dp_eps, models, seed, device, stack, workers)
    resolved = resolve(flags if config else merged(DEFAULTS, flags), config)
    if verbose:
        stderr().print(as_yaml(resolved))
    folder, result = reconstruct(resolved, out, progress_on_stderr(quiet))
    ended_alone(folder, result, run, json_, full, quiet)
