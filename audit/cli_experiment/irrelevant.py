"""`audit experiment irrelevant`: the command."""

from __future__ import annotations

from audit.cli_options import Verbose


def irrelevant(verbose: Verbose = False) -> None:
    """To be written."""
    raise NotImplementedError
