"""The result of scoring a file, put together from what was read."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attacks import ATTACKS
from audit.analysis import work
from audit.config import AnalysisConfig
from audit.data.duplicates import duplicates
from audit.groups import untabled
from audit.progress import Phases, Progress
from audit.provenance import machine, now, shown_path, versions
from audit.records import frame
from audit.scoring.findings import gaps, read_scored
from audit.scoring.scored import ARM, Scored
from audit.summary import summary
from audit.verdict import NOT_TESTED, verdict
from reports.result import ArmResult, AuditResult, DataSummary, ModelSummary, Provenance

if TYPE_CHECKING:
    import polars as pl

PACKAGES = ("numpy", "scipy", "scikit-learn", "polars")
FEW_MODELS = 32


def analyse_scored(
    scored: Scored, analysis: AnalysisConfig, groups: Sequence[str], started: float, listener: Progress
) -> tuple[AuditResult, pl.DataFrame]:
    """Read everything from a file.

    Args:
        scored: the file.
        analysis: what is read.
        groups: columns to report by that were asked for.
        started: `time.perf_counter()` at the start of this call.
        listener: hears of every phase.

    Returns:
        The result, and a table with one row a record.
    """
    phases = Phases(listener, work([ARM], analysis))
    declared = analysis
    reading, analysis = read_scored(scored, declared, phases)
    arms, data = (reading.result,), _data(scored)
    result = AuditResult(
        summary=summary(arms, (), analysis.headline),
        verdict=verdict(arms, (), analysis.headline),
        warnings=(*_stand_in(reading.result, declared, analysis), *_warnings(scored, reading.result, data)),
        data=data,
        model=ModelSummary(name="the scored model" if scored.models == 1 else "the scored pool", parameters=None),
        confidence=analysis.confidence,
        headline=analysis.headline,
        exposure_fpr=analysis.exposure_fpr,
        arms=arms,
        differences=(),
        recipe_differences={},
        not_tested=NOT_TESTED,
        provenance=_provenance(scored, declared, groups, started),
    )
    phases.begin("reports")
    return result, frame(ARM, scored.dataset, reading.memorization, reading.exposure, analysis.memorized)


def _stand_in(found: ArmResult, declared: AnalysisConfig, taken: AnalysisConfig) -> Iterator[str]:
    """Which attack the verdict rests on in place of the one that was declared, and why."""
    if taken.headline != declared.headline:
        failed = next(attack for attack in found.attacks if attack.name == declared.headline)
        yield (
            f"The verdict rests on the attack {ATTACKS[taken.headline].title}: {failed.title}, which was declared for "
            f"it, cannot be computed ({failed.failed}). Which attack takes its place was settled before any score was "
            "seen."
        )


def _data(scored: Scored) -> DataSummary:
    dataset = scored.dataset
    return DataSummary(
        name=dataset.name,
        records=dataset.records,
        test_records=len(dataset.y_test),
        classes=dataset.classes if scored.has_labels else 0,
        class_names=dataset.class_names if scored.has_labels else (),
        shape=dataset.in_shape,
        fingerprint=dataset.fingerprint,
        duplicates=duplicates(dataset) if dataset.x.size else 0,
        group_columns=tuple(dataset.groups),
        notes=scored.notes,
    )


def _warnings(scored: Scored, found: ArmResult, data: DataSummary) -> Iterator[str]:
    yield from scored.warnings
    yield from gaps(scored, found)
    if found.memorization and found.models < FEW_MODELS:
        error = found.models**-0.5
        yield f"{found.models} models are few: a record's memorization has a standard deviation of up to {error:.2f}."
    if found.memorization and found.memorization.scored < data.records:
        yield "Some records were never IN or never OUT and have no memorization score."
    if data.duplicates:
        yield f"{data.duplicates:,} records are exact duplicates of another: their scores are not independent."
    for column in untabled(scored.dataset):
        yield f"Column {column} has too many values for a table: see records.parquet for its records."


def _provenance(scored: Scored, analysis: AnalysisConfig, groups: Sequence[str], started: float) -> Provenance:
    source = shown_path(scored.source)
    return Provenance(
        command=_command(source, analysis, groups),
        created=now(),
        seed=None,
        digests={"file": scored.digest},
        versions=versions(PACKAGES),
        platform=f"analysed on {machine()}",
        device="not in the file",
        seconds=time.perf_counter() - started,
        config={"file": source, "groups": list(groups), "analysis": analysis.model_dump(mode="json")},
    )


def _command(source: str, analysis: AnalysisConfig, groups: Sequence[str]) -> str:
    words = ["audit", "score", source]
    words += [word for name in analysis.attacks for word in ("--attack", name)]
    words += ["--headline", analysis.headline]
    return shlex.join([*words, *(word for name in groups for word in ("--group", name))])
