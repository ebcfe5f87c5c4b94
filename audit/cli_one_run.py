"""`audit one-run`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.errors import ConfigError


def one_run(
    data: Annotated[str | None, typer.Option(help="As in `audit run`.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the label, in a table.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column of the record id, in a table.")] = None,
    model: Annotated[str | None, typer.Option(help="As in `audit run`.")] = None,
    dp_eps: Annotated[
        list[float] | None, typer.Option(help="Train with DP-SGD at this epsilon; repeatable. Without: no DP.")
    ] = None,
    dp_delta: Annotated[float | None, typer.Option(help="Delta of the guarantee; below 1/records.")] = None,
    canaries: Annotated[int | None, typer.Option(help="Canaries, half of them IN; 1000 if not given.")] = None,
    canary_kind: Annotated[
        str | None, typer.Option(help="noise, mislabelled, blank, or a FILE.npz with arrays x and y.")
    ] = None,
    epochs: Annotated[float | None, typer.Option(help="Epochs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of coins, weights, batches and noise.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; continued if it exists.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    config: Annotated[str | None, typer.Option(help="A YAML file, or a preset of `audit list presets`.")] = None,
    json_: Annotated[
        str | None,
        typer.Option(
            "--json", metavar="FILE", help="Write the result as JSON too; - is stdout, in place of the report."
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print tracebacks of errors.")] = False,
) -> None:
    """Train one model with canaries and prove a lower bound on its epsilon; no pool."""
    from audit.cli import given, stderr, stdout
    from audit.console import ConsoleProgress
    from audit.files import write_text
    from audit.one_run import CANARIES
    from audit.one_run import one_run as run_once
    from audit.settings import read, resolve
    from reports.one_run_terminal import render_one_run
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
    result = run_once(resolve(given(flags), config), out, ConsoleProgress(stderr()))
    if json_ == "-":
        typer.echo(to_json(result), nl=False)
        return
    if json_:
        write_text(Path(json_), to_json(result))
    render_one_run(result, stdout())
