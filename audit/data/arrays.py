"""NumPy archives: arrays by name, never a pickle."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audit.config import DataConfig
from audit.data.draft import Array, Draft, Problem, listed, quoted
from audit.data.files import existing_file
from audit.data.pixels import BRIGHTEST, channels_first, pixel_note
from audit.errors import DataError

ALIASES = {
    "x": ("x", "X", "x_train", "X_train", "train_images"),
    "y": ("y", "Y", "y_train", "Y_train", "train_labels"),
    "x_test": ("x_test", "X_test", "test_images"),
    "y_test": ("y_test", "Y_test", "test_labels"),
    "ids": ("ids", "id"),
}
NEEDED = ("x", "y")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Header:
    """What an array in the archive says of itself, read without reading it.

    Attributes:
        shape: its shape.
        dtype: its type; one with Python objects is a pickle.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype} {list(self.shape)}"


def draft(config: DataConfig) -> Draft:
    """The arrays x and y, and x_test, y_test and ids where they are there.

    Common other names are understood: see `ALIASES`. A byte a pixel and more than two axes are images.

    Args:
        config: its source is the file.

    Raises:
        DataError: if the file is missing, empty, or not an archive of arrays.
    """
    path = existing_file(config.source)
    headers = headers_of(config.source, path, "numpy.savez(FILE, x=x, y=y)")
    names = {role: found for role, every in ALIASES.items() if (found := next((a for a in every if a in headers), ""))}
    problems = [*pickles(headers), *_missing(names, headers)]
    plain = {role: name for role, name in names.items() if not headers[name].dtype.hasobject}
    arrays, damaged = read_arrays(path, plain)
    return _as_draft(path.stem, arrays, (*problems, *damaged), _unused(names, headers))


def headers_of(source: str, path: Path, example: str) -> dict[str, Header]:
    """Every array's header; opening a member for reading runs none of its content.

    Args:
        source: the file, as the person named it.
        path: the file.
        example: how such a file is written, for the hint of an error.

    Raises:
        DataError: if the file is no archive, or is damaged.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            what = "a single array" if file.read(6) == b"\x93NUMPY" else "not an archive"
        raise DataError(f"{source}: the file is {what}", f"write it with {example}")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(".npy")]
            return {name.removesuffix(".npy"): _header(archive, name) for name in members}
    except DAMAGED as damage:
        raise DataError(f"{source}: the archive is damaged: {damage}", "write or download it again") from damage


def _header(archive: zipfile.ZipFile, name: str) -> Header:
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    return Header(shape, dtype)


def pickles(headers: Mapping[str, Header]) -> Iterator[Problem]:
    """That arrays are pickles, if any are.

    Args:
        headers: name -> header of every array.
    """
    pickles = [name for name, header in headers.items() if header.dtype.hasobject]
    if pickles:
        what = (
            f"{quoted(pickles)} holds Python objects (a pickle); refused, because loading a pickle runs what is in it"
        )
        yield Problem(what, "save plain arrays of numbers or strings")


def _missing(names: Mapping[str, str], headers: Mapping[str, Header]) -> Iterator[Problem]:
    missing = [role for role in NEEDED if role not in names]
    if missing:
        there = listed(f"'{name}' {header}" for name, header in headers.items()) or "no array at all"
        what = f"there is no array {quoted(missing)}; the file has {there}"
        yield Problem(what, "name the records 'x' and their labels 'y'")


def read_arrays(path: Path, names: Mapping[str, str]) -> tuple[dict[str, Array], list[Problem]]:
    """Read arrays, none of them a pickle.

    Args:
        path: the archive.
        names: role -> name of the array.

    Returns:
        Role -> array of those that could be read; a problem for each of the others.
    """
    arrays: dict[str, Array] = {}
    damaged = []
    with np.load(path, allow_pickle=False) as archive:
        for role, name in names.items():
            try:
                arrays[role] = archive[name]
            except DAMAGED as damage:
                damaged.append(Problem(f"array '{name}' cannot be read: {damage}", "write or download the file again"))
    return arrays, damaged


def _unused(names: Mapping[str, str], headers: Mapping[str, Header]) -> tuple[str, ...]:
    unused = [name for name in headers if name not in names.values()]
    return (f"Arrays not used: {quoted(unused)}.",) if unused else ()


def _as_draft(name: str, arrays: Mapping[str, Array], problems: tuple[Problem, ...], notes: tuple[str, ...]) -> Draft:
    x, x_test = arrays.get("x"), arrays.get("x_test")
    pixels = x is not None and x.ndim in (3, 4) and x.dtype == np.uint8
    if x is not None and x_test is not None and x.dtype != x_test.dtype:
        what = f"x is {x.dtype} and x_test {x_test.dtype}, so that they may be on different scales"
        problems = (*problems, Problem(what, "save both as one type"))
    return Draft(
        name=name,
        x=None if x is None else channels_first(x),
        y=_column(arrays.get("y")),
        ids=_ids(arrays.get("ids")),
        x_test=None if x_test is None else channels_first(x_test),
        y_test=_column(arrays.get("y_test")),
        divisor=BRIGHTEST if pixels else 1.0,
        notes=((pixel_note(x), *notes) if x is not None and x.dtype.kind in "fiub" else notes),
        problems=problems,
    )


def _column(y: Array | None) -> Array | None:
    """Labels saved as [records, 1] are labels a record."""
    return y[:, 0] if y is not None and y.ndim == 2 and y.shape[1] == 1 else y


def _ids(ids: Array | None) -> Array | None:
    if ids is None:
        return None
    return np.char.decode(ids, "utf-8", "replace") if ids.dtype.kind == "S" else ids.astype(np.str_)
