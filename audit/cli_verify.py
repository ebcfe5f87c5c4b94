"""`audit verify-dp`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli_options import Full, Json, Quiet, Verbose, emit, progress_on_stderr, stdout


def verify_dp(
    models: Annotated[int | None, typer.Option(help="Models an engine; 512 if not given.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of canaries, coins, batches and noise.")] = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An engine, such as no-noise; repeatable. All if not given."),
    ] = None,
    json_: Json = None,
    full: Full = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check the self-check: train with correct and with broken DP-SGD, and see which it catches; exit 1 if wrong."""
    from audit.files import write_text
    from audit.verification.verify import MODELS, verify
    from reports.serialization import to_json
    from reports.verification_terminal import render_verification, render_verification_screen

    progress = progress_on_stderr(quiet)
    try:
        result = verify(tuple(only or ()), MODELS if models is None else models, seed, progress)
    finally:
        progress.end()
    if json_ == "-":
        emit(to_json(result))
    else:
        if json_:
            write_text(Path(json_), to_json(result))
        (render_verification if full else render_verification_screen)(result, stdout(quiet))
    if not result.passed:
        raise typer.Exit(1)
