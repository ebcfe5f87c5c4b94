"""Import a person's own code as they would from where they stand."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType


def imported(module: str) -> ModuleType:
    """Import a module; the working directory is importable, as it is for `python -m`.

    Args:
        module: dotted name.

    Raises:
        Exception: whatever the module raises; the caller says what it was asked for.
    """
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return importlib.import_module(module)
