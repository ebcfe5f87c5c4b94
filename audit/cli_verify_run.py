"""`audit verify`: the command."""

from __future__ import annotations

from pathlib import Path

import typer

from audit.cli_options import Quiet, RunArgument, Verbose, run_or_latest, stdout
from audit.integrity import FILE, Integrity


def verify_run(run: RunArgument = None, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Compare every file of a finished run with the digests that it recorded; exit 1 if something no longer fits."""
    from audit.integrity import verify

    run = run_or_latest(run)
    found = verify(run)
    _print(run, found, quiet)
    if found.misfits:
        raise typer.Exit(1)


def _print(run: Path, found: Integrity, quiet: bool) -> None:
    from reports.text import Page

    page = Page(stdout(quiet))
    if not found.misfits:
        counts = f"{found.files} files of {run}, {found.shards} shards among them"
        page.sentence(f"Everything fits: {counts}, have the digests in {FILE}.", "green", whole=[str(run)])
        return
    page.sentence(f"{len(found.misfits)} of what {run} recorded no longer fit:", "bold red")
    for misfit in found.misfits:
        page.line()
        page.sentence(misfit.what, "red", whole=[str(run)])
        page.sentence(f"what to do: {misfit.remedy}", indent=2, whole=[str(run)])
