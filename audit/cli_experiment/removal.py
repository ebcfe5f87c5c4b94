"""`audit experiment removal`: the command."""

from __future__ import annotations

from typing import Annotated

import typer

from audit.cli_experiment.shared import DpEps, Groups, Models, RunOption, Seed
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
    stderr,
)

DEFAULTS = {"data": {"source": "digits"}, "model": "mlp", "pool": {"models": 64}, "dp": {"epsilons": (8.0,)}}
By = Annotated[str, typer.Option("--by", help="Ranks the records: memorization, exposure or influence.")]
Share = Annotated[str, typer.Option("--share", help="Percent of the records to remove, with commas between.")]
Repeats = Annotated[int, typer.Option(help="Random removals for every share.")]
Layers = Annotated[int, typer.Option(help="Layers of the onion, each ranked anew; 0 for none.")]
LayerShare = Annotated[float, typer.Option(help="Percent of the records in a layer.")]
ArmName = Annotated[str, typer.Option("--arm", help="The arm that is trained anew.")]


def removal(
    run: RunOption = None,
    data: Data = None,
    label: Label = None,
    id_: Id = None,
    group: Groups = None,
    model: Model = None,
    dp_eps: DpEps = None,
    models: Models = None,
    seed: Seed = None,
    by: By = "memorization",
    share: Share = "1,2,5,10",
    repeats: Repeats = 2,
    layers: Layers = 3,
    layer_share: LayerShare = 5.0,
    arm: ArmName = "standard",
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
    """Train without the most memorized records, and without as many at random: what it costs, and who is exposed then.

    Default: digits, mlp, 64 models, an arm with epsilon 8 to compare with.
    """
    from audit.cli_experiment import shared
    from audit.experiments.removal.asked import asked, check_config
    from audit.experiments.removal.flow import removal as remove
    from audit.presets import merged
    from audit.settings import as_yaml, resolve

    wanted = asked(by, share, repeats, layers, layer_share, arm)
    flags = shared.flags_of(data, label, id_, group, model, dp_eps, models, seed, device, stack, workers)
    if run is None:
        check_config(resolve(flags if config else merged(DEFAULTS, flags), config), wanted)
    base = shared.base(run, flags, config, out, DEFAULTS, quiet)
    if verbose:
        stderr().print(as_yaml(base.config))
    shared.ended(base, remove(base, wanted, progress_on_stderr(quiet)), json_, full, quiet)
