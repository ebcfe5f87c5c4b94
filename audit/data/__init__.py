"""Data sources: one small file each, all returning a checked `Dataset`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from audit.config import CanaryConfig, DataConfig
from audit.data.accept import accept
from audit.data.base import Dataset
from audit.data.checks import refuse
from audit.data.draft import Draft, Problem, nearest
from audit.data.duplicates import duplicates
from audit.data.files import missing_file
from audit.errors import DataError

__all__ = ["SOURCES", "Dataset", "audited", "duplicates", "load"]


SOURCES: dict[str, str] = {
    "digits": "1,797 handwritten digits of 8x8 pixels, bundled with scikit-learn: no download. "
    "Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits",
    "longtail": "2,000 generated records of subpopulations with Zipf frequencies; the rare ones can only be memorized. "
    "Feldman 2020, arXiv 1906.05271",
    "clusters": "1,482 generated records of 200 subpopulations on a hypercube; half of the bits are irrelevant. "
    "Brown et al. 2021, arXiv 2012.06421",
    "FILE.npz": "arrays x and y, optionally x_test, y_test and ids; vectors or images",
    "FILE.csv": "a table with a label column, optionally an id column and columns to report by",
    "FILE.parquet": "the same",
    "FOLDER": "images, one sub-folder a class",
    "package.module:function": "any function without arguments that returns an audit.data.Dataset",
}
NAMED = ("digits", "longtail", "clusters")
READERS = {".npz": "arrays", ".csv": "table", ".parquet": "table"}
KINDS = (
    "'digits', 'longtail', 'clusters', a file .npz, .csv or .parquet, a folder of images, or package.module:function"
)


def load(config: DataConfig) -> Dataset:
    """Read, check, split and freeze the records under audit.

    Args:
        config: the source and how to read it.

    Raises:
        DataError: if there is no such source, or its records cannot be audited; every problem is named.
    """
    reader = _reader(config.source)
    if reader != "table":
        refuse(config.source, _table_settings(config))
    draft: Draft = import_module(f"audit.data.{reader}").draft(config)
    return accept(draft, config)


def audited(data: DataConfig, canaries: CanaryConfig) -> Dataset:
    """The records under audit, canaries last.

    Args:
        data: the source and how to read it.
        canaries: how many canaries of which kind; none are the default.

    Raises:
        DataError: as `load` does, and if canaries do not fit.
    """
    from audit.data.canaries import planted

    return planted(load(data), canaries)


def _reader(source: str) -> str:
    """The file of this package that reads a source: by its name, else as a folder, a suffix, an import path."""
    path = Path(source).expanduser()
    if source in NAMED:
        return source
    if path.is_dir():
        return "images"
    if path.suffix.lower() in READERS:
        return READERS[path.suffix.lower()]
    if ":" in source and not path.exists():
        return "imported"
    raise _unknown(source, path)


def _unknown(name: str, path: Path) -> DataError:
    if path.is_file():
        return DataError(f"{name}: files of type '{path.suffix}' cannot be read", f"a source is {KINDS}")
    if path.suffix or path.parent != Path("."):
        return missing_file(name)
    return DataError(f"there is no data source '{name}'{nearest(name, NAMED)}", f"a source is {KINDS}")


def _table_settings(config: DataConfig) -> list[Problem]:
    """Settings that only a table has are mistakes anywhere else, not something to pass over."""
    given = {"label": config.label, "id": config.id, "groups": config.groups}
    return [
        Problem(f"'{name}' names columns of a table, and this source is none", f"leave out '{name}'")
        for name, value in given.items()
        if value
    ]
