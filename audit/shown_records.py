"""The content of the records that a report lists, read anew from the run's source; only on request."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.config import DataConfig
from audit.data.base import Dataset, Floats32
from audit.errors import PoolError
from audit.export import records_of
from audit.folder import RunFolder
from reports.result import AuditResult, InfluencePair
from reports.shown import Shown, ShownPair, ShownRecord
from reports.tables import MEMORIZATION_DIGITS, score

MOST_VALUES = 100
IMAGE_AXES = 3
LARGEST = 256  # pixels of the longer side; a larger image is made smaller
Values = tuple[tuple[str, str], ...]


class Content(NamedTuple):
    """What a record holds: the last fields of a `ShownRecord`."""

    values: Values = ()
    image: bytes | None = None
    size: tuple[int, int] = (0, 0)


def shown_records(folder: RunFolder, result: AuditResult) -> Shown:
    """The most memorized and the most exposed records of every arm, each once, with their content.

    Args:
        folder: the run.
        result: its result, which lists the records by id.

    Raises:
        PoolError: if the models were trained elsewhere, or the source has other records than the run.
        DataError: if the source cannot be read any more.
    """
    without = "leave out --show-records"
    if not folder.config_file.exists():
        raise PoolError(f"{folder.path} has no source to read records from: its models were trained elsewhere", without)
    dataset = records_of(folder, result.arms[0].name, f"restore the source, or {without}")
    listed = _listed(result)
    places = {name: place for place, name in enumerate(dataset.ids.tolist()) if name in listed}
    if len(places) < len(listed):
        lost = next(name for name in listed if name not in places)
        raise PoolError(f"{folder.result_file} lists a record {lost!r} that the run does not have", "run it again")
    found, note = _content(dataset, folder.config().data, [places[name] for name in listed])
    pairs = _pairs(dataset, result) if len(dataset.in_shape) == IMAGE_AXES else ()
    records = ((name, dataset.class_names[dataset.y[places[name]]], tuple(why)) for name, why in listed.items())
    return Shown(tuple(ShownRecord(*said, *held) for said, held in zip(records, found, strict=True)), note, pairs)


def _pairs(dataset: Dataset, result: AuditResult) -> tuple[ShownPair, ...]:
    """The listed high-influence pairs of every arm, with their images."""
    place = {name: number for number, name in enumerate(dataset.ids.tolist())}
    return tuple(
        _pair(dataset, arm.name, pair, place[pair.train_id])
        for arm in result.arms
        if arm.influence
        for pair in arm.influence.listed
    )


def _pair(dataset: Dataset, arm: str, pair: InfluencePair, place: int) -> ShownPair:
    low, high = _grey(dataset)
    train, test = (_png(x, low, high) for x in (dataset.x[place], dataset.x_test[pair.test_index]))
    figures = (str(score(estimate, MEMORIZATION_DIGITS)) for estimate in (pair.memorization, pair.influence))
    return ShownPair(
        arm,
        ShownRecord(pair.train_id, pair.class_name, (), *train),
        ShownRecord(str(pair.test_index), pair.class_name, (), *test),
        *figures,
    )


def _listed(result: AuditResult) -> dict[str, list[str]]:
    """Id -> the lists that hold it, in the order of the report."""
    found: dict[str, list[str]] = {}
    for arm in result.arms:
        for why, rows in (("most memorized", arm.most_memorized), ("most exposed", arm.most_exposed)):
            for row in rows:
                found.setdefault(row.id, []).append(f"{why}, {arm.name}")
    return found


def _content(dataset: Dataset, config: DataConfig, places: Sequence[int]) -> tuple[list[Content], str]:
    """What every record holds, and how it was read."""
    if len(dataset.in_shape) == IMAGE_AXES:
        return _images(dataset, places)
    if config.label is not None:  # only a table has a label column
        rows = _table_rows(dataset, config, places)
        return [Content(values) for values in rows], "Columns that are no features of the models are left out."
    width = int(np.prod(dataset.in_shape))
    rows = [_features(dataset.x[place]) for place in places]
    note = f"Of {width:,} features, the first {MOST_VALUES} are shown." if width > MOST_VALUES else ""
    return [Content(values) for values in rows], note


def _features(record: Floats32) -> Values:
    return tuple((f"feature {number}", f"{value:g}") for number, value in enumerate(record.ravel()[:MOST_VALUES]))


def _table_rows(dataset: Dataset, config: DataConfig, places: Sequence[int]) -> list[Values]:
    """Rows of the table as they are on disk, by the columns that are features."""
    from audit.data.encode import drop_reason
    from audit.data.files import existing_file
    from audit.data.table import read_table, texts

    frame = read_table(config.source, existing_file(config.source))
    ids = texts(frame[config.id]) if config.id else np.arange(len(frame)).astype(np.str_)
    audited = np.isin(ids, dataset.ids)
    features = [name for name in frame.columns if name not in (config.label, config.id)]
    kept = [name for name in features if not drop_reason(frame[name], audited)]
    columns: Mapping[str, NDArray[np.str_]] = {name: texts(frame[name]) for name in kept}
    rows = {name: row for row, name in enumerate(ids.tolist())}
    wanted = (rows[name] for name in dataset.ids[list(places)].tolist())
    return [tuple((name, str(column[row])) for name, column in columns.items()) for row in wanted]


def _images(dataset: Dataset, places: Sequence[int]) -> tuple[list[Content], str]:
    low, high = _grey(dataset)
    note = "" if (low, high) == (0, 1) else f"Pixels run from {low:g}, which is black, to {high:g}, which is white."
    return [_png(dataset.x[place], low, high) for place in places], note


def _grey(dataset: Dataset) -> tuple[float, float]:
    """What is drawn black and what white: 0 and 1 where all pixels lie between, else the least and the greatest."""
    natural = dataset.natural.x
    least, greatest = float(natural.min()), float(natural.max())
    return (least, greatest) if least < 0 or greatest > 1 else (0.0, 1.0)


def _png(record: Floats32, low: float, high: float) -> Content:
    """A record [channels, height, width] as a PNG; channels that are neither grey nor red, green, blue side by side."""
    pixels = np.clip(np.rint((record - low) * (255 / (high - low or 1.0))), 0, 255).astype(np.uint8)
    image = Image.fromarray(np.moveaxis(pixels, 0, 2) if len(pixels) == 3 else np.hstack(list(pixels)))
    image.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Content((), buffer.getvalue(), image.size)
