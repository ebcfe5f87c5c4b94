"""Records by id: the most memorized, the most exposed, and a table with a row a record and arm."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.discoveries import ChosenScores, Outcomes
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
MEMORIZATION_COUNTS = ("in_correct", "in_models", "out_correct", "out_models")
EXPOSURE_COUNTS = ("hits", "scored_in", "false_alarms", "scored_out")


def top_rows(
    dataset: Dataset,
    scores: MemorizationScores | None,
    exposed: ExposureScores | None,
    listed: int,
    threshold: float,
) -> dict[str, tuple[RecordRow, ...]]:
    """The most memorized and the most exposed records.

    Args:
        dataset: the records.
        scores: their memorization; None if there is none.
        exposed: their exposure; None if there is none.
        listed: how many of each.
        threshold: score from which on a record counts as memorized, in (0, 1].
    """
    named = scores.discovered(threshold) if scores else np.zeros(dataset.records, np.bool_)
    by_memorization = scores.chosen.highest_first(scores.soft)[:listed] if scores else np.zeros(0, np.int64)
    by_exposure = exposed.chosen.highest_first(exposed.auc)[:listed] if exposed else np.zeros(0, np.int64)
    ranked_records = {"memorization": by_memorization, "exposure": by_exposure}
    return {
        by: tuple(_row(dataset, scores, exposed, bool(named[record]), int(record)) for record in records)
        for by, records in ranked_records.items()
    }


def frame(
    arm: str, dataset: Dataset, scores: MemorizationScores | None, exposed: ExposureScores | None, threshold: float
) -> pl.DataFrame:
    """One row a record: labels and groups, counts, memorization and exposure with their limits.

    Limits are of each record by itself, for whoever looks up a record that he knows; whoever picks the highest takes
    the shrunken values, and whoever names the memorized ones the column `discovered`.

    Args:
        arm: name of the arm.
        dataset: the records.
        scores: their memorization; None leaves its columns null.
        exposed: their exposure; None leaves its columns null.
        threshold: score from which on a record counts as memorized, in (0, 1].
    """
    import polars as pl

    names = np.array(dataset.class_names)
    columns: dict[str, object] = {"arm": [arm] * dataset.records, "id": dataset.ids, "class": names[dataset.y]}
    columns |= {f"group_{name}": column for name, column in dataset.groups.items()}
    columns |= _memorization_columns(scores, dataset.records, threshold)
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
    chosen = {
        name: ChosenScores(Outcomes(*(table[count].to_numpy() for count in counts)), result.confidence)
        for name, counts in (("memorization", MEMORIZATION_COUNTS), ("exposure", EXPOSURE_COUNTS))
    }
    order = [f"{by}_shrunken", ties, "hits"]
    best = table.with_row_index("place").sort(order, descending=True, nulls_last=True).head(top)
    return [_of_table(row, chosen) for row in best.iter_rows(named=True)]


def write_csv(path: Path, rows: list[RecordRow]) -> None:
    """Write records as CSV, each figure with its limits; no text in it is a formula to a spreadsheet."""
    import polars as pl

    flat = [
        {
            "id": _inert(row.id),
            "class": _inert(row.class_name),
            **{_inert(f"group_{k}"): _inert(v) for k, v in row.groups.items()},
            **_limits("memorization", row.memorization),
            "memorization_observed": row.memorization_observed,
            "discovered": row.discovered,
            **_limits("exposure", row.exposure),
            "exposure_observed": row.exposure_observed,
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


def _memorization_columns(scores: MemorizationScores | None, records: int, threshold: float) -> dict[str, object]:
    soft = (f"soft_{name}" for name in MEMORIZATION_COLUMNS)
    names = (*MEMORIZATION_COLUMNS, "memorization_shrunken", *soft)
    if scores is None:
        absent: dict[str, object] = dict.fromkeys(MEMORIZATION_COUNTS, np.zeros(records, int))
        return absent | dict.fromkeys(names, np.full(records, np.nan)) | {"discovered": np.zeros(records, np.bool_)}
    values = (scores.value, *scores.interval, scores.chosen.value, scores.soft, *scores.soft_interval)
    counts: dict[str, object] = {name: getattr(scores, name) for name in MEMORIZATION_COUNTS}
    return counts | dict(zip(names, values, strict=True)) | {"discovered": scores.discovered(threshold)}


def _exposure_columns(exposed: ExposureScores | None, records: int) -> dict[str, object]:
    rates = (*EXPOSURE_COLUMNS, "exposure_shrunken", "record_auc", *TPR_COLUMNS)
    if exposed is None:
        absent: dict[str, object] = dict.fromkeys(rates, np.full(records, np.nan))
        return absent | dict.fromkeys(EXPOSURE_COUNTS, np.zeros(records, int))
    counts, (tpr, limits) = exposed.counts, exposed.tpr
    values = (exposed.value, *exposed.interval, exposed.chosen.value, exposed.auc, tpr, *limits)
    counted = (counts.in_hits, counts.in_models, counts.out_hits, counts.out_models)
    return dict(zip((*rates, *EXPOSURE_COUNTS), (*values, *counted), strict=True))


def _row(
    dataset: Dataset, scores: MemorizationScores | None, exposed: ExposureScores | None, named: bool, record: int
) -> RecordRow:
    counts = exposed.counts if exposed else None
    in_models = counts.in_models if counts else scores.in_models if scores else np.zeros(dataset.records, np.int64)
    memorization = scores.chosen.estimate(record) if scores else None
    exposure = exposed.chosen.estimate(record) if exposed else None
    return RecordRow(
        id=str(dataset.ids[record]),
        class_name=dataset.class_names[dataset.y[record]],
        groups={name: str(column[record]) for name, column in dataset.groups.items()},
        memorization=memorization,
        memorization_observed=float(scores.value[record]) if scores and memorization else None,
        discovered=named if memorization else None,
        exposure=exposure,
        exposure_observed=float(exposed.value[record]) if exposed and exposure else None,
        tpr=exposed.chosen_tpr(record) if exposed else None,
        hits=int(counts.in_hits[record]) if counts else 0,
        in_models=int(in_models[record]),
    )


def _of_table(row: dict[str, Any], chosen: Mapping[str, ChosenScores]) -> RecordRow:
    memorization, exposure = (chosen[name].estimate(row["place"]) for name in ("memorization", "exposure"))
    return RecordRow(
        id=row["id"],
        class_name=row["class"],
        groups={key.removeprefix("group_"): value for key, value in row.items() if key.startswith("group_")},
        memorization=memorization,
        memorization_observed=row["memorization"] if memorization else None,
        discovered=row["discovered"] if memorization else None,
        exposure=exposure,
        exposure_observed=row["exposure"] if exposure else None,
        hits=row["hits"],
        in_models=row["scored_in"],
    )
