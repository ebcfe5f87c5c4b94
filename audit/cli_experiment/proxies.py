"""`audit experiment proxies`: the command."""

from __future__ import annotations

from audit.cli_options import Verbose


def proxies(verbose: Verbose = False) -> None:
    """To be written."""
    raise NotImplementedError
