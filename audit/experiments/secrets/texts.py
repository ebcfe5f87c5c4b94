"""Texts to train on and texts to test on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from audit.data.files import existing_file
from audit.data.table import read_table
from audit.errors import ConfigError, DataError
from audit.experiments.secrets.messages import messages

FEWEST = 200
TEST_SHARE = 0.2
BUILT_IN = "messages"
SUFFIXES = (".txt", ".csv", ".parquet")


@dataclass(frozen=True)
class Texts:
    """Texts, each of them once.

    Attributes:
        name: for reports.
        train: what models are trained on.
        test: what they are tested on.
        notes: what was done to the source, in sentences.
    """

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """Characters of the longest one."""
        return max(map(len, (*self.train, *self.test)))


def texts_of(data: str | None, column: str | None, most: int, seed: int) -> Texts:
    """Texts of a file, or generated ones; a random part of them where there are more than are wanted.

    Args:
        data: a .txt with a text a line, a .csv or a .parquet; None generates messages.
        column: the column of a table; None takes its only one of strings, or `text`.
        most: the most texts to train on; a fifth of as many again is held out.
        seed: of the choice.

    Raises:
        DataError: if the file cannot be read or has too few texts.
        ConfigError: if the column is not said, or is none.
    """
    wanted = round(most / (1 - TEST_SHARE))
    if data is None:
        if column is not None:
            raise ConfigError(f"--text {column}: generated messages have no columns", "name a table with --data")
        found, read = messages(wanted, seed), wanted
        notes = [f"Generated: {wanted:,} messages of a small grammar."]
    else:
        every = _read(data, column)
        found, read = list(dict.fromkeys(filter(None, (" ".join(text.split()) for text in every)))), len(every)
        notes = [f"{read:,} texts; {read - len(found):,} of them were empty or stood there twice and are left out."]
    if len(found) < FEWEST:
        raise DataError(f"{data}: {len(found):,} distinct texts; a model needs at least {FEWEST}", "take a larger file")
    chosen = np.random.default_rng(seed).permutation(len(found))[:wanted]
    held_out = round(TEST_SHARE * len(chosen))
    test, train = (tuple(found[place] for place in part) for part in np.split(chosen, [held_out]))
    notes.append(f"{len(train):,} texts to train on, {len(test):,} held out, drawn at random with the seed.")
    return Texts(Path(data).stem if data else BUILT_IN, train, test, tuple(notes))


def _read(data: str, column: str | None) -> Sequence[str]:
    path = existing_file(data)
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"{data}: this is no {', '.join(SUFFIXES)}", "write a text a line into a .txt")
    if path.suffix.lower() == ".txt":
        if column is not None:
            raise ConfigError(f"--text {column}: {data} has no columns", "leave --text out")
        return _lines(data, path)
    frame = read_table(data, path)
    return [text or "" for text in frame[_column(data, frame, column)].cast(pl.String)]


def _lines(data: str, path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{data}: cannot be read as UTF-8 text: {error}", "save it as UTF-8") from error


def _column(data: str, frame: pl.DataFrame, column: str | None) -> str:
    strings = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical)]
    if column is None and (len(strings) == 1 or "text" in strings):
        return strings[0] if len(strings) == 1 else "text"
    if column is None or column not in frame.columns:
        said = "which column holds the texts is not said" if column is None else f"there is no column {column!r}"
        raise ConfigError(
            f"--data {data}: {said}; columns of strings are {', '.join(strings) or 'none'}", "name one with --text"
        )
    return column
