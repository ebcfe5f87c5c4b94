"""From a file to what its models say, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audit.data.checks import refuse
from audit.data.draft import Problem, quoted
from audit.data.files import existing_file
from audit.errors import DataError
from audit.scoring.archive import read_archive
from audit.scoring.build import built
from audit.scoring.checks import problems
from audit.scoring.fields import Raw
from audit.scoring.scored import Scored
from audit.scoring.table import read_outputs

Reader = Callable[[str, Path, Sequence[str]], Raw]


def _archive(source: str, path: Path, groups: Sequence[str]) -> Raw:
    raw = read_archive(source, path)
    absent = [name for name in groups if name not in raw.groups]
    what = f"there is no column to report by {quoted(f'group_{name}' for name in absent)}"
    fix = "save texts [records] under this name; in an archive every such column is reported by"
    return replace(raw, problems=(*raw.problems, Problem(what, fix))) if absent else raw


READERS: Mapping[str, Reader] = {".npz": _archive, ".csv": read_outputs, ".parquet": read_outputs}
"""Suffix -> how such a file is read."""


def read(source: str, groups: Sequence[str] = ()) -> Scored:
    """Read a file of outputs and check it.

    Args:
        source: the file.
        groups: columns to report by.

    Raises:
        DataError: naming everything that keeps the file from being scored.
    """
    reader = READERS.get(Path(source).suffix.lower())
    if reader is None:
        kinds = ", ".join(READERS)
        raise DataError(
            f"{source}: not a file that can be scored: {kinds}",
            "an archive holds membership and logits, probabilities, losses or phi; a table member and loss or logits",
        )
    path = existing_file(source)
    raw = reader(source, path, groups)
    arrays, found = problems(raw)
    refuse(source, found)
    return built(raw, arrays, path)
