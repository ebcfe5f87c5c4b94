"""`audit experiment removal`: the command."""

from __future__ import annotations

from audit.cli_options import Verbose


def removal(verbose: Verbose = False) -> None:
    """To be written."""
    raise NotImplementedError
