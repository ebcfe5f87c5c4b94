"""`audit one-run`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli_options import (
    CanaryKind,
    Config,
    Data,
    Device,
    DpDelta,
    Full,
    Id,
    Json,
    Label,
    Model,
    Out,
    Quiet,
    Verbose,
    emit,
    given,
    progress_on_stderr,
    stderr,
    stdout,
)
from audit.errors import ConfigError


def one_run(
    data: Data = None,
    label: Label = None,
    id_: Id = None,
    model: Model = None,
    dp_eps: Annotated[
        list[float] | None, typer.Option(help="Train with DP-SGD at this epsilon; repeatable. Without: no DP.")
    ] = None,
    dp_delta: DpDelta = None,
    canaries: Annotated[int | None, typer.Option(help="Canaries, half of them IN; 1000 if not given.")] = None,
    canary_kind: CanaryKind = None,
    epochs: Annotated[float | None, typer.Option(help="Epochs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of coins, weights, batches and noise.")] = None,
    out: Out = None,
    device: Device = None,
    config: Config = None,
    json_: Json = None,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train one model with canaries and prove a lower bound on its epsilon; no pool."""
    from audit.files import write_text
    from audit.one_run import CANARIES, ran
    from audit.settings import as_yaml, read, resolve
    from reports.one_run_terminal import render_one_run, render_one_run_screen
    from reports.serialization import to_json

    set_by_config = bool(config) and "count" in read(str(config)).get("canaries", {})
    flags = {
        "data": {"source": data, "label": label, "id": id_},
        "model": model,
        "pool": {"seed": seed},
        "standard": {"epochs": epochs},
        "dp": {"epsilons": tuple(dp_eps) if dp_eps else None, "delta": dp_delta, "recipe": {"epochs": epochs}},
        "canaries": {"count": canaries if canaries or set_by_config else CANARIES, "kind": canary_kind},
        "device": device,
    }
    if canaries == 0:
        raise ConfigError("--canaries 0: a one-run audit guesses canaries", f"leave it out for {CANARIES}")
    resolved = resolve(given(flags), config)
    if verbose:
        stderr().print(as_yaml(resolved))
    progress = progress_on_stderr(quiet)
    try:
        folder, result = ran(resolved, out, progress)
    finally:
        progress.end()
    if json_ == "-":
        emit(to_json(result))
        return
    if json_:
        write_text(Path(json_), to_json(result))
    if full:
        render_one_run(result, stdout(quiet))
    else:
        render_one_run_screen(result, stdout(quiet), str(folder))
