"""Import a person's own code as they would from where they stand."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType


def imported(module: str) -> ModuleType:
    """Import a module; the working directory comes first, as it does for `python -m`.

    Dependencies install packages of common names (`benchmarks` is one), which must not hide a person's own.

    Args:
        module: dotted name.

    Raises:
        Exception: whatever the module raises; the caller says what it was asked for.
    """
    if sys.path[:1] != [os.getcwd()]:
        sys.path.insert(0, os.getcwd())
    return importlib.import_module(module)
