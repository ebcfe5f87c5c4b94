"""`audit verify`: the command."""

from __future__ import annotations

from pathlib import Path

import typer

from audit.cli_options import RunArgument, Verbose, run_or_latest, stdout
from audit.integrity import FILE, Integrity


def verify_run(run: RunArgument = None, verbose: Verbose = False) -> None:
    """Compare every file of a finished run with the digests that it recorded; exit 1 if something no longer fits."""
    from audit.integrity import verify

    run = run_or_latest(run)
    found = verify(run)
    _print(run, found)
    if found.misfits:
        raise typer.Exit(1)


def _print(run: Path, found: Integrity) -> None:
    from reports.text import Page

    page = Page(stdout())
    if not found.misfits:
        counts = f"{found.files} files of {run}, {found.shards} shards among them"
        page.sentence(f"Everything fits: {counts}, have the digests in {FILE}.", "green")
        return
    page.sentence(f"{len(found.misfits)} of what {run} recorded no longer fit:", "bold red")
    for misfit in found.misfits:
        page.console.print()
        page.sentence(misfit.what, "red")
        page.sentence(f"what to do: {misfit.remedy}", indent=2)
