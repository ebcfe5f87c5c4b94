"""Does memorization agree with what others found of the same records? Scores of typicality, and labels in dispute."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from attacks.base import Evidence
from attacks.jackknife import Jackknife
from attacks.replicates import exposures_without
from attacks.roc import Sample
from audit.blocks import pool_digest
from audit.crossing import chosen_at_top, rank_correlation, spearman_brown
from audit.experiments.base import Base
from audit.experiments.published import Published
from audit.exposure import exposure_of
from audit.headline import attacked
from audit.memorization import MemorizationValues, memorization_values, values_without
from audit.memorization_summary import mean_memorization
from audit.pool import Pool
from audit.split import Split
from reports.experiments.agreement import Agreement, Measure, Tenth, TopFlagged
from reports.numbers import percent
from reports.result import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LIMITS = (
    "What others published rests on other models, other recipes and mostly more records: agreement is expected in "
    "sign, not in size.",
    "Intervals range over models: the records are fixed.",
)
TENTHS = 10
TOPS = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class Ranked:
    """What an arm's pool says of every record, and what it says without each group of model pairs.

    Attributes:
        arm: its name.
        evidence: the pool.
        exposure: Float [records] and the same without each group; None where the headline attack gave none.
    """

    arm: str
    evidence: Evidence
    exposure: tuple[Floats, list[Floats]] | None = None

    @classmethod
    def of(cls, base: Base, pool: Pool) -> Ranked:
        """Read a pool.

        Args:
            base: the audit; names the headline attack and the false-positive rate of exposure.
            pool: the pool of one arm.
        """
        analysis, evidence = base.config.analysis, pool.evidence_on(base.dataset)
        found = attacked(ATTACKS[analysis.headline], evidence)
        exposed = exposure_of(found, analysis.exposure_fpr, analysis.confidence)
        if found is None or exposed is None:
            return cls(pool.arm, evidence)
        label, fpr = Split(evidence).label, analysis.exposure_fpr
        without = exposures_without(found.attack, evidence, found.scores, label, (fpr,))
        return cls(pool.arm, evidence, (exposed.value, [each[fpr].value for each in without]))

    @cached_property
    def split(self) -> Split:
        """The pool cut into halves, and the groups of pairs that are left out in turn."""
        return Split(self.evidence)

    @cached_property
    def memorization(self) -> MemorizationValues:
        """Of every record."""
        return memorization_values(self.evidence)

    @cached_property
    def without(self) -> list[MemorizationValues]:
        """The same without each group."""
        return values_without(self.evidence, self.split.label)

    @cached_property
    def reliability(self) -> Jackknife:
        """Reliability of the whole pool's memorization; see `spearman_brown`."""
        replicates = np.array([[_whole(*halves)] for halves in self.split.memorization_without])
        return Jackknife(np.array([_whole(*self.split.memorization)]), replicates, self.split.sizes)

    def figure(self, of: Callable[[Floats], float]) -> Jackknife:
        """A figure of the memorization of all records, and the same without each group.

        Args:
            of: from Float [records], NaN where a record has no score, to the figure.
        """
        replicates = np.array([[of(values.value)] for values in self.without])
        return Jackknife(np.array([of(self.memorization.value)]), replicates, self.split.sizes)

    def exposed(self, of: Callable[[Floats], float]) -> Jackknife | None:
        """The same figure of the exposure; None where there is none.

        Args:
            of: from Float [records] to the figure.
        """
        if self.exposure is None:
            return None
        value, without = self.exposure
        return Jackknife(np.array([of(value)]), np.array([[of(each)] for each in without]), self.split.sizes)


def measured(pool: Ranked, against: Published, confidence: float) -> Measure:
    """One published measure against one arm.

    Args:
        pool: what the arm's pool says.
        against: the measure.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    known = np.isfinite(against.value) & pool.memorization.scored
    flags = against.value > 0 if against.kind == "disagreement" else None

    def correlation(values: Floats) -> float:
        return rank_correlation(values, against.value)

    spearman, models = pool.figure(correlation), len(pool.evidence.pair)
    exposed = pool.exposed(correlation)
    figures = {
        "spearman": _estimate(spearman, confidence, models),
        "reliability": _estimate(pool.reliability, confidence, models),
        "exposure_spearman": _estimate(exposed, confidence, models) if exposed else None,
        "corrected": corrected(spearman, pool.reliability, confidence, models),
    }
    return Measure.model_validate(
        {
            "arm": pool.arm,
            "title": against.title,
            "kind": against.kind,
            "records": int(known.sum()),
            "flagged": None if flags is None else float(flags[known].mean()),
            "auc": None if flags is None else _detected(pool, flags, known, confidence),
            "top": () if flags is None else tuple(top_flagged(pool, flags, top, confidence) for top in TOPS),
            "tenths": tenths(pool, against, known, confidence),
            **figures,
        }
    )


def corrected(found: Jackknife, reliability: Jackknife, confidence: float, models: int) -> Estimate | None:
    """A rank correlation with memorization that is free of the pool's noise (Spearman 1904); None without reliability.

    Args:
        found: the correlation.
        reliability: of the memorization.
        confidence: two-sided level in (0, 1).
        models: number of models of the pool.
    """
    if not (reliability.value > 0).all() or not (reliability.replicates > 0).all():
        return None
    value, replicates = (
        a / np.sqrt(b) for a, b in ((found.value, reliability.value), (found.replicates, reliability.replicates))
    )
    return _estimate(Jackknife(value, replicates, found.sizes), confidence, models, cut=False)


def tenths(pool: Ranked, against: Published, known: NDArray[np.bool_], confidence: float) -> tuple[Tenth, ...]:
    """Mean memorization by tenth of the published score, ties kept in the file's order; or of flagged and others.

    Args:
        pool: what the arm's pool says.
        against: the measure.
        known: Bool [records]; those that have both.
        confidence: two-sided level in (0, 1).
    """
    label = np.full(len(known), -1, np.int64)
    if against.kind == "disagreement":
        names = ["not flagged", "flagged"]
        label[known] = (against.value[known] > 0).astype(np.int64)
    else:
        names = [str(number + 1) for number in range(TENTHS)]
        order = np.flatnonzero(known)[np.argsort(against.value[known], kind="stable")]
        for number, part in enumerate(np.array_split(order, TENTHS)):
            label[part] = number
    means = mean_memorization(pool.evidence, label, len(names)).estimates(confidence)
    found = [
        (name, against.value[label == place], mean) for place, (name, mean) in enumerate(zip(names, means, strict=True))
    ]
    return tuple(_tenth(name, values, mean, against.kind == "score") for name, values, mean in found if mean)


def top_flagged(pool: Ranked, flags: NDArray[np.bool_], top: float, confidence: float) -> TopFlagged:
    """How many of the most memorized records are flagged; of records that tie at the edge as many as a lot would draw.

    Args:
        pool: what the arm's pool says.
        flags: Bool [records].
        top: share of the records that are looked at.
        confidence: two-sided level in (0, 1).
    """

    def share(values: Floats) -> float:
        chosen = np.nan_to_num(chosen_at_top(values, top))
        return float(chosen[flags].sum() / chosen.sum())

    scored = int(np.isfinite(pool.memorization.value).sum())
    count = max(1, round(top * scored))
    found = _estimate(pool.figure(share), confidence, len(pool.evidence.pair), least=0.0)
    return TopFlagged(top=top, records=count, flagged=found)


def _detected(pool: Ranked, flags: NDArray[np.bool_], known: NDArray[np.bool_], confidence: float) -> Estimate | None:
    """AUC of memorization as a detector of the flagged records."""
    if flags[known].all() or not flags[known].any():
        return None

    def area(values: Floats) -> float:
        return Sample.of(np.round(values, 9), flags).auc()

    return _estimate(pool.figure(area), confidence, len(pool.evidence.pair), least=0.0)


def _tenth(name: str, values: Floats, mean: Estimate, ranked: bool) -> Tenth:
    ends = (float(values.min()), float(values.max())) if ranked else (None, None)
    return Tenth(name=name, records=len(values), low=ends[0], high=ends[1], memorization=mean)


def _whole(one: MemorizationValues, other: MemorizationValues) -> float:
    return spearman_brown(rank_correlation(one.value, other.value))


def _estimate(
    found: Jackknife, confidence: float, models: int, least: float = -1.0, cut: bool = True
) -> Estimate | None:
    """None where the figure cannot be had: memorization that is the same for all records has no ranks."""
    value, half = float(found.value[0]), float(found.half_width(confidence)[0])
    if not np.isfinite([value, half]).all():
        return None
    low, high = (max(least, value - half), min(1.0, value + half)) if cut else (value - half, value + half)
    method = (
        f"Student's t, delete-a-group jackknife over {len(found.sizes)} groups of model pairs; ranges over models, "
        "the records are fixed"
    )
    return Estimate(value=value, low=low, high=high, confidence=confidence, method=method, n=models)


def sentences(measures: Sequence[Measure]) -> tuple[str, ...]:
    """The answer in plain words, a sentence a measure.

    Args:
        measures: all of them.
    """
    return tuple(_of_score(one) if one.auc is None else _of_flags(one, one.auc) for one in measures)


def _of_score(one: Measure) -> str:
    found = one.spearman
    if found is None:
        return (
            f"Arm {one.arm}: memorization has no ranks to be compared with {one.title}: it is the same for all records."
        )
    sign = "is not shown to be correlated"
    if found.low > 0 or found.high < 0:
        sign = f"is {'positively' if found.value > 0 else 'negatively'} correlated"
    return (
        f"Arm {one.arm}: memorization {sign} with {one.title}: rank correlation {found.value:.2f} "
        f"({found.low:.2f} to {found.high:.2f}) over {one.records:,} records."
    )


def _of_flags(one: Measure, auc: Estimate) -> str:
    top, share = one.top[0], one.flagged or 0.0
    if top.flagged is None:
        return f"Arm {one.arm}: memorization ranks no records, and so detects none that {one.title} flags."
    return (
        f"Arm {one.arm}: of the most memorized {percent(top.top)} of the records {percent(top.flagged.value)} "
        f"({percent(top.flagged.low)} to {percent(top.flagged.high)}) have labels in dispute ({one.title}), of all "
        f"records {percent(share)}; as a detector of them memorization has an AUC of {auc.value:.3f} ({auc.low:.3f} to "
        f"{auc.high:.3f})."
    )


def block_of(base: Base, against: Sequence[Published], started: float) -> Agreement:
    """Compare every measure with every arm.

    Args:
        base: the audit.
        against: the measures.
        started: `time.perf_counter()` at the start.
    """
    ranked = [Ranked.of(base, pool) for pool in base.pools.values()]
    measures = tuple(measured(pool, one, base.config.analysis.confidence) for one in against for pool in ranked)
    words = [word for one in against for word in (f"--{one.kind}", one.asked)]
    return Agreement(
        answer=sentences(measures),
        limits=LIMITS,
        command=base.command("agreement", words),
        settings={f"measure {number}": one.title for number, one in enumerate(against, start=1)},
        pools=pool_digest(base.result),
        seconds=time.perf_counter() - started,
        measures=measures,
    )
