"""Data sources: one small file each, all returning a checked `Dataset`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from audit.config import DataConfig
from audit.data.accept import accept
from audit.data.base import Dataset
from audit.data.checks import refuse
from audit.data.draft import Draft, Problem, nearest
from audit.data.files import missing_file
from audit.errors import DataError

__all__ = ["SOURCES", "Dataset", "Source", "load"]


class Source(NamedTuple):
    """A way to name records.

    Attributes:
        summary: what it is, one line.
        paper: where it comes from; empty for the person's own data.
        module: the file of this package that reads it, by a function `draft(config) -> Draft`.
    """

    summary: str
    paper: str
    module: str


SOURCES: dict[str, Source] = {
    "digits": Source(
        "1,797 handwritten digits of 8x8 pixels, 10 classes; bundled with scikit-learn, no download",
        "Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits",
        "digits",
    ),
    "longtail": Source(
        "2,000 generated records from subpopulations with Zipf frequencies; the rare ones can only be memorized",
        "Feldman 2020, arXiv 1906.05271",
        "longtail",
    ),
    "FILE.npz": Source("arrays x, y and optionally x_test, y_test, ids; vectors or images", "", "arrays"),
    "FILE.csv, FILE.parquet": Source("a table; needs a label column, may name an id and group columns", "", "table"),
    "FOLDER": Source("a folder of images, one sub-folder a class", "", "images"),
    "package.module:function": Source("any function without arguments that returns a Dataset", "", "imported"),
}
SUFFIXES = {".npz": "FILE.npz", ".csv": "FILE.csv, FILE.parquet", ".parquet": "FILE.csv, FILE.parquet"}
KINDS = "'digits', 'longtail', a file .npz, .csv or .parquet, a folder of images, or package.module:function"


def load(config: DataConfig) -> Dataset:
    """Read, check, split and freeze the records under audit.

    Args:
        config: the source and how to read it.

    Raises:
        DataError: if there is no such source, or its records cannot be audited; every problem is named.
    """
    source = _source(config.source)
    if source.module != "table":
        refuse(config.source, _table_settings(config))
    draft: Draft = import_module(f"audit.data.{source.module}").draft(config)
    return accept(draft, config)


def _source(name: str) -> Source:
    """A registered name, else a folder, else what the suffix says, else an import path."""
    path = Path(name).expanduser()
    if name in ("digits", "longtail"):
        return SOURCES[name]
    if path.is_dir():
        return SOURCES["FOLDER"]
    if path.suffix.lower() in SUFFIXES:
        return SOURCES[SUFFIXES[path.suffix.lower()]]
    if ":" in name and not path.exists():
        return SOURCES["package.module:function"]
    raise _unknown(name, path)


def _unknown(name: str, path: Path) -> DataError:
    if path.is_file():
        return DataError(f"{name}: files of type '{path.suffix}' cannot be read", f"a source is {KINDS}")
    if path.suffix or path.parent != Path("."):
        return missing_file(name)
    return DataError(f"there is no data source '{name}'{nearest(name, ('digits', 'longtail'))}", f"a source is {KINDS}")


def _table_settings(config: DataConfig) -> list[Problem]:
    """Settings that only a table has are mistakes anywhere else, not something to pass over."""
    given = {"label": config.label, "id": config.id, "groups": config.groups}
    return [
        Problem(f"'{name}' names columns of a table, and this source is none", f"leave out '{name}'")
        for name, value in given.items()
        if value
    ]
