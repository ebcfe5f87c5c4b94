"""A file that a person named: there, and not empty."""

from __future__ import annotations

import os
from pathlib import Path

from audit.data.draft import nearest
from audit.errors import DataError


def existing_file(source: str) -> Path:
    """The path of a file that is there and holds something.

    Args:
        source: the path as the person wrote it; `~` is the home folder.

    Raises:
        DataError: if there is no such file, or it is empty or may not be read.
    """
    path = Path(source).expanduser()
    if not path.is_file():
        raise missing_file(source)
    if path.stat().st_size == 0:
        raise DataError(f"{source}: the file is empty", "write it again, or name another file")
    if not os.access(path, os.R_OK):
        raise DataError(f"{source}: the file may not be read", "ask for the right to read it")
    return path


def missing_file(source: str) -> DataError:
    """The error for a path that is not there; offers the names most like it.

    Args:
        source: the path as the person wrote it.
    """
    path = Path(source).expanduser()
    if not path.parent.is_dir():
        return DataError(f"{source}: no such file; there is no folder {path.parent} either", "check the path")
    there = [neighbour.name for neighbour in path.parent.iterdir()]
    return DataError(f"{source}: no such file or folder{nearest(path.name, there)}", "check the path")
