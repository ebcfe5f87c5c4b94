"""The headline attack on records that stay, each half of a pool by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from attacks.base import Attack, Evidence, UnscorableError
from attacks.evaluation import Evaluation, evaluate
from attacks.exposure import record_exposure
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.halves import halves
from audit.pool import Pool

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ByHalves(Attack):
    """An attack whose references are of the target's own half, on the records that stay for the target.

    The halves miss different records, so a model of one half is no reference for a target of the other.

    Attributes:
        attack: the attack.
        removed: Bool [pairs, records] of the whole pool.
        resolved_by: each half's attack with its choices made; empty until `resolved`.
    """

    name: ClassVar[str] = "by-halves"
    title: ClassVar[str] = "by halves"
    source: ClassVar[str] = "the attack's own"
    knowledge: ClassVar[str] = "that of the attack, with half of the pool"
    references: ClassVar[bool] = True
    attack: Attack
    removed: Bools
    resolved_by: tuple[Attack, ...] = ()

    def resolved(self, evidence: Evidence) -> ByHalves:
        """See `Attack.resolved`."""
        each = [self._of_half(evidence, number)[1] for number in (0, 1)]
        return replace(self, resolved_by=tuple(self.attack.resolved(part) for part in each))

    def scores(self, evidence: Evidence) -> Floats:
        """See `Attack.scores`; NaN where a record is removed from the target's training.

        Args:
            evidence: the pool, or some of its pairs under their own numbers.
        """
        found = np.full(evidence.membership.shape, np.nan)
        for number, attack in enumerate(self.resolved_by or (self.attack, self.attack)):
            models, part = self._of_half(evidence, number)
            if len(models):
                found[np.ix_(models, self._kept(number))] = attack.scores(part)
        return np.where(self.removed[evidence.pair], np.nan, found)

    def _of_half(self, evidence: Evidence, number: int) -> tuple[Ints, Evidence]:
        models = np.flatnonzero(evidence.pair % 2 == number)
        return models, evidence.take(models).records(self._kept(number))

    def _kept(self, number: int) -> Ints:
        """Records that are not removed from every model of the half."""
        return np.flatnonzero(~self.removed[number::2].all(axis=0))


def evaluated(pool: Pool, dataset: Dataset, removed: Bools, analysis: AnalysisConfig) -> Evaluation | str:
    """What the headline attack reaches on the records that stay, with references of the target's half; or why not.

    Args:
        pool: the pool; records that are removed from a model are OUT of it.
        dataset: the records.
        removed: Bool [models, records]; alike in both models of a pair.
        analysis: the headline attack, false-positive rates and confidence.
    """
    by_halves = ByHalves(ATTACKS[analysis.headline], removed[0::2])
    fprs = tuple(dict.fromkeys((analysis.exposure_fpr, *analysis.fprs)))
    try:
        return evaluate(by_halves, pool.evidence_on(dataset), fprs, analysis.confidence)
    except UnscorableError as error:
        return str(error)


def hits_of(pool: Pool, dataset: Dataset, removed: Bools, analysis: AnalysisConfig) -> Bools | None:
    """Which models give which of the records that stay away: scores above the threshold of the target's half.

    Each half has the threshold that has the exposure's false-positive rate on the records that stay there; two pools
    are so compared on the same records. None where there are no scores.

    Args:
        pool: the pool.
        dataset: the records.
        removed: Bool [models, records]; what does not count, alike in both models of a pair.
        analysis: the headline attack and its false-positive rate.

    Returns:
        Bool [models, records].
    """
    evidence = pool.evidence_on(dataset)
    try:
        scores = ByHalves(ATTACKS[analysis.headline], removed[0::2]).resolved(evidence).scores(evidence)
    except UnscorableError:
        return None
    hits = np.zeros(scores.shape, bool)
    for half in halves(pool.pair):
        found = record_exposure(scores[half], pool.membership[half], analysis.exposure_fpr)
        hits[half] = scores[half] > found.threshold
    return hits
