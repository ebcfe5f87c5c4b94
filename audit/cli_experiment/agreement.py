"""`audit experiment agreement`: the command."""

from __future__ import annotations

from audit.cli_options import Verbose


def agreement(verbose: Verbose = False) -> None:
    """To be written."""
    raise NotImplementedError
