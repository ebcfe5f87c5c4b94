"""Records by id: the most memorized, the most exposed, and a table with a row a record and arm."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.errors import ConfigError, PoolError
from audit.exposure import ExposureScores
from audit.files import write_text
from audit.folder import RunFolder
from audit.memorization import MemorizationScores
from audit.settings import nearest
from reports.result import Estimate, RecordRow
from reports.visible import visible

if TYPE_CHECKING:
    import polars as pl

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
RANKINGS = ("memorization", "exposure")
MEMORIZATION_COLUMNS = ("memorization", "memorization_low", "memorization_high")
EXPOSURE_COLUMNS = ("exposure", "exposure_low", "exposure_high")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
TPR_COLUMNS = ("tpr", "tpr_low", "tpr_high")


def top_rows(
    dataset: Dataset, scores: MemorizationScores | None, exposed: ExposureScores | None, listed: int
) -> dict[str, tuple[RecordRow, ...]]:
    """The most memorized and the most exposed records.

    Args:
        dataset: the records.
        scores: their memorization; None if there is none.
        exposed: their exposure; None if there is none.
        listed: how many of each.
    """
    by_memorization = scores.most_first()[:listed] if scores else np.zeros(0, np.int64)
    by_exposure = exposed.most_first()[:listed] if exposed else np.zeros(0, np.int64)
    ranked_records = {"memorization": by_memorization, "exposure": by_exposure}
    return {
        by: tuple(_row(dataset, scores, exposed, int(record)) for record in records)
        for by, records in ranked_records.items()
    }


def frame(
    arm: str, dataset: Dataset, scores: MemorizationScores | None, exposed: ExposureScores | None
) -> pl.DataFrame:
    """One row a record: labels and groups, counts, memorization and exposure with their limits.

    Args:
        arm: name of the arm.
        dataset: the records.
        scores: their memorization; None leaves its columns null.
        exposed: their exposure; None leaves its columns null.
    """
    import polars as pl

    names = np.array(dataset.class_names)
    columns: dict[str, object] = {"arm": [arm] * dataset.records, "id": dataset.ids, "class": names[dataset.y]}
    columns |= {f"group_{name}": column for name, column in dataset.groups.items()}
    columns |= _memorization_columns(scores, dataset.records)
    columns |= _exposure_columns(exposed, dataset.records)
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def ranked(folder: RunFolder, arm: str, by: str, top: int) -> list[RecordRow]:
    """The first records of an arm, most first.

    Args:
        folder: the run.
        arm: name of the arm.
        by: `memorization` or `exposure`.
        top: how many.

    Raises:
        ConfigError: if there is no such ranking.
        PoolError: if there is no such arm or nothing was analysed.
    """
    import polars as pl

    if by not in RANKINGS:
        raise ConfigError(f"--by {by}: no such ranking{nearest(by, list(RANKINGS))}", f"choose {' or '.join(RANKINGS)}")
    result = folder.result()
    if arm not in [one.name for one in result.arms]:
        known = ", ".join(one.name for one in result.arms)
        raise PoolError(f"{folder.path} has no arm {arm!r}", f"there are: {known}")
    table = pl.read_parquet(folder.records_file).filter(pl.col("arm") == arm)
    ties = "soft_memorization" if by == "memorization" else "record_auc"
    best = table.sort([by, ties, "hits"], descending=True, nulls_last=True).head(top)
    return [_of_table(row, result.confidence) for row in best.iter_rows(named=True)]


def write_csv(path: Path, rows: list[RecordRow]) -> None:
    """Write records as CSV, each figure with its limits; no text in it is a formula to a spreadsheet."""
    import polars as pl

    flat = [
        {
            "id": _inert(row.id),
            "class": _inert(row.class_name),
            **{_inert(f"group_{k}"): _inert(v) for k, v in row.groups.items()},
            **_limits("memorization", row.memorization),
            **_limits("exposure", row.exposure),
            "hits": row.hits,
            "in_models": row.in_models,
        }
        for row in rows
    ]
    buffer = io.StringIO()
    pl.DataFrame(flat, infer_schema_length=None).write_csv(buffer)
    write_text(path, buffer.getvalue())


def _inert(text: str) -> str:
    """Text without control characters that a spreadsheet takes for text: behind an apostrophe if it began a formula."""
    shown = visible(text)
    begins = text[:1] in FORMULA or shown.lstrip(" ?")[:1] in FORMULA
    return f"'{shown}" if text and begins else shown


def _limits(name: str, found: Estimate | None) -> dict[str, float | None]:
    values = (found.value, found.low, found.high) if found else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _memorization_columns(scores: MemorizationScores | None, records: int) -> dict[str, object]:
    counts = ("in_models", "in_correct", "out_models", "out_correct")
    names = (*MEMORIZATION_COLUMNS, *(f"soft_{name}" for name in MEMORIZATION_COLUMNS))
    if scores is None:
        absent: dict[str, object] = dict.fromkeys(counts, np.zeros(records, int))
        return absent | dict.fromkeys(names, np.full(records, np.nan))
    values = (scores.value, *scores.interval, scores.soft, *scores.soft_interval)
    return {name: getattr(scores, name) for name in counts} | dict(zip(names, values, strict=True))


def _exposure_columns(exposed: ExposureScores | None, records: int) -> dict[str, object]:
    rates = (*EXPOSURE_COLUMNS, "record_auc", *TPR_COLUMNS)
    tallies = ("hits", "scored_in", "false_alarms", "scored_out")
    if exposed is None:
        absent: dict[str, object] = dict.fromkeys(rates, np.full(records, np.nan))
        return absent | dict.fromkeys(tallies, np.zeros(records, int))
    counts, (tpr, limits) = exposed.counts, exposed.tpr
    values = (exposed.value, *exposed.interval, exposed.auc, tpr, *limits)
    counted = (counts.in_hits, counts.in_models, counts.out_hits, counts.out_models)
    return dict(zip((*rates, *tallies), (*values, *counted), strict=True))


def _row(dataset: Dataset, scores: MemorizationScores | None, exposed: ExposureScores | None, record: int) -> RecordRow:
    counts = exposed.counts if exposed else None
    in_models = counts.in_models if counts else scores.in_models if scores else np.zeros(dataset.records, np.int64)
    return RecordRow(
        id=str(dataset.ids[record]),
        class_name=dataset.class_names[dataset.y[record]],
        groups={name: str(column[record]) for name, column in dataset.groups.items()},
        memorization=scores.estimate(record) if scores else None,
        exposure=exposed.estimate(record) if exposed else None,
        tpr=exposed.tpr_estimate(record) if exposed else None,
        hits=int(counts.in_hits[record]) if counts else 0,
        in_models=int(in_models[record]),
    )


def _of_table(row: dict[str, object], confidence: float) -> RecordRow:
    return RecordRow.model_validate(
        {
            "id": row["id"],
            "class_name": row["class"],
            "groups": {key.removeprefix("group_"): value for key, value in row.items() if key.startswith("group_")},
            "memorization": _estimate_of(row, "memorization", confidence, ("in_models", "out_models")),
            "exposure": _estimate_of(row, "exposure", confidence, ("scored_in", "scored_out")),
            "tpr": _estimate_of(row, "tpr", confidence, ("scored_in",)),
            "hits": row["hits"],
            "in_models": row["scored_in"],
        }
    )


def _estimate_of(row: dict[str, object], name: str, confidence: float, counts: tuple[str, ...]) -> Estimate | None:
    if row[name] is None:
        return None
    n = sum(int(str(row[count])) for count in counts)
    return Estimate.model_validate(
        {
            "value": row[name],
            "low": row[f"{name}_low"],
            "high": row[f"{name}_high"],
            "confidence": confidence,
            "method": "as in result.json",
            "n": n,
        }
    )
