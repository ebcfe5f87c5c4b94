"""`audit experiment secrets`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli_experiment.shared import DpEps, Seed, ended_alone, flags_of
from audit.cli_options import (
    Config,
    Device,
    Full,
    Json,
    Out,
    Quiet,
    Stack,
    Verbose,
    Workers,
    given,
    progress_on_stderr,
    stderr,
)
from audit.errors import ConfigError


def secrets(
    data: Annotated[
        str | None, typer.Option(help="A .txt with a text a line, a .csv or a .parquet; generated if not given.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column of the texts; the only one of strings if not given.")] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", help="A secret: {d} is a digit, {a} and {A} a letter, {h} a hexadecimal digit."),
    ] = None,
    repeats: Annotated[str | None, typer.Option(help="How often secrets stand in the text; 1,4,16.")] = None,
    secrets_: Annotated[int | None, typer.Option("--secrets", help="Secrets for each of --repeats; 32.")] = None,
    references: Annotated[int | None, typer.Option(help="Sentences that secrets are ranked among; 4096.")] = None,
    beam: Annotated[int | None, typer.Option(help="Width of the search for secrets; 64.")] = None,
    texts: Annotated[int | None, typer.Option(help="The most texts to train on; 800.")] = None,
    length: Annotated[int | None, typer.Option(help="Characters at which texts are cut; 80.")] = None,
    model: Annotated[str | None, typer.Option(help="package.module:factory; a small Transformer if not given.")] = None,
    dp_eps: DpEps = None,
    models: Annotated[int | None, typer.Option(help="Models an arm, in complementary pairs; 8.")] = None,
    seed: Seed = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="A finished audit whose report gets the section, too.")
    ] = None,
    out: Out = None,
    device: Device = None,
    config: Config = None,
    stack: Stack = None,
    workers: Workers = None,
    json_: Json = None,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Random secrets in a text: how exposed they are in models of it, and which can be extracted.

    Carlini et al. 2019, arXiv 1802.08232.
    """
    from audit.experiments.secrets.flow import secrets as plant
    from audit.experiments.secrets.settings import Settings, resolved
    from audit.folder import RunFolder
    from audit.settings import as_yaml

    if run is not None:
        RunFolder(run).result()
    own: dict[str, Any] = {"data": data, "text": text, "format": format_, "secrets": secrets_, "beam": beam}
    own |= {"references": references, "texts": texts, "length": length, "repeats": _numbers(repeats)}
    flags = flags_of(None, None, None, None, model, dp_eps, models, seed, device, stack, workers)
    settings, recipes = Settings(**given(own)), resolved(flags, config)
    if verbose:
        stderr().print(as_yaml(recipes))
    folder, result = plant(settings, recipes, out, progress_on_stderr(quiet))
    ended_alone(folder, result, run, json_, full, quiet)


def _numbers(said: str | None) -> tuple[int, ...] | None:
    try:
        return None if said is None else tuple(int(part) for part in said.split(","))
    except ValueError as error:
        raise ConfigError(f"--repeats {said}: whole numbers with commas between them", "such as 1,4,16") from error
