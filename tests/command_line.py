"""The command line as tests call it: in this process, with its exit code and what it says."""

from __future__ import annotations

from collections.abc import Callable

Called = tuple[int, str, str]
"""Exit code, stdout, stderr."""
Cli = Callable[..., Called]
