"""What becomes of the records that stay: their memorization and their exposure, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks import Evidence
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.experiments import removal_effects as effects
from audit.experiments.removal_pools import Removed
from audit.halves import halves
from audit.memorization import memorization_scores
from reports.experiments.removal import Newly, Reached, Staying
from reports.findings import Estimate

Bools = NDArray[np.bool_]
Halves = tuple[effects.Gains, effects.Gains]

LISTED = 20


def staying(removed: Removed, outcome: str, dataset: Dataset, analysis: AnalysisConfig, seed: int) -> Staying:
    """Memorization or exposure of the records that stay, before and after, judged by models that did not choose.

    Args:
        removed: the pools.
        outcome: `correct` for memorization, `hits` for exposure.
        dataset: the records.
        analysis: thresholds and confidence.
        seed: of the test by swapping.
    """
    coins, confidence = removed.base.pool.membership, analysis.confidence
    before, after = (effects.gains(coins, one.outcome(outcome)) for one in (removed.base, removed.top))
    stay = ~removed.top.removed[0::2]
    mean_before, mean_after = effects.mean_gain(before, stay), effects.mean_gain(after, stay)
    rises, further = [], []
    for one in removed.random:
        gain, both = effects.gains(coins, one.outcome(outcome)), stay & ~one.removed[0::2]
        at_random = effects.mean_gain(gain, both)
        rises.append(at_random - effects.mean_gain(before, both))
        further.append(effects.mean_gain(after, both) - at_random)
    change = Change(effects.halved(before, stay), effects.halved(after, stay), analysis.memorized)
    return Staying(
        records=float(stay[:2].sum(axis=1).mean()),
        before=mean_before.first(confidence),
        after=mean_after.first(confidence),
        change=(mean_after - mean_before).first(confidence),
        at_random=effects.averaged(rises).first(confidence),
        beyond=effects.averaged(further).first(confidence),
        reached=change.reached(confidence, seed, _newly(change, removed, outcome, dataset, confidence)),
    )


@dataclass(frozen=True)
class Change:
    """Gains of the records that stay, before and after, each half by itself.

    Attributes:
        before: each half's Int8 [pairs, records].
        after: the same.
        threshold: mean gain from which on a record counts.
    """

    before: Halves
    after: Halves
    threshold: float

    def reached(self, confidence: float, seed: int, newly: tuple[Newly, ...]) -> Reached:
        """The counts, and whether they moved, as a part of the block.

        Args:
            confidence: two-sided level in (0, 1).
            seed: of the test by swapping.
            newly: the records that rose the most.
        """
        pairs = sum(map(len, self.before))
        counts = [effects.counted(both, self.threshold) for both in (self.before, self.after)]
        before, after, change = (
            effects.count_estimate(one, confidence, pairs) for one in (*counts, counts[1] - counts[0])
        )
        noise = [_mean(effects.by_chance(gain, self.threshold) for gain in both) for both in (self.before, self.after)]
        return Reached(
            threshold=self.threshold,
            before=before,
            after=after,
            change=change,
            noise_before=noise[0],
            noise_after=noise[1],
            up=_mean(float(up.sum()) for up in self.ups),
            down=_mean(float(down.sum()) for down in self.downs),
            p_value=effects.swap_test(self.before, self.after, self.threshold, seed),
            newly=newly,
        )

    @property
    def ups(self) -> list[Bools]:
        """Each half's Bool [records]: reaches the threshold after and not before."""
        return [late & ~early for early, late in zip(self._reach(self.before), self._reach(self.after), strict=True)]

    @property
    def downs(self) -> list[Bools]:
        """Each half's Bool [records]: reaches the threshold before and not after."""
        return [early & ~late for early, late in zip(self._reach(self.before), self._reach(self.after), strict=True)]

    def rises(self, half: int) -> effects.Ints:
        """Int [records]: how far the sums over pairs rose."""
        return self.after[half].sum(axis=0, dtype=np.int64) - self.before[half].sum(axis=0, dtype=np.int64)

    def _reach(self, both: Halves) -> list[Bools]:
        return [effects.reaching(gain.sum(axis=0, dtype=np.int64), len(gain), self.threshold) for gain in both]


def _newly(change: Change, removed: Removed, outcome: str, dataset: Dataset, confidence: float) -> tuple[Newly, ...]:
    """The records that went up and rose the most, as the half that judged them has it; ids alone."""
    listed = []
    for half, (up, gone) in enumerate(zip(change.ups, removed.top.sets, strict=True)):
        records, rises = np.flatnonzero(~gone)[up], change.rises(half)[up]
        listed += [(-rise, half, record) for rise, record in zip(rises.tolist(), records.tolist(), strict=True)]
    found = []
    for _, half, record in sorted(listed)[:LISTED]:
        models = halves(removed.base.pool.pair)[half]
        before, after = (
            _score(removed, one.outcome(outcome)[models, record], (models, record), confidence)
            for one in (removed.base, removed.top)
        )
        found.append(Newly(id=str(dataset.ids[record]), before=before, after=after))
    return tuple(found)


def _score(removed: Removed, outcome: Bools, of: tuple[effects.Ints, int], confidence: float) -> Estimate:
    """One record's memorization or exposure by one half."""
    models, record = of
    coins, pair = removed.base.pool.membership[models, record], removed.base.pool.pair[models]
    unseen = np.zeros((len(models), 1, 1))  # the hard score does not ask for phi
    evidence = Evidence(coins[:, None], unseen, outcome[:, None], pair)
    found = memorization_scores(evidence, confidence).estimate(0)
    if found is None:
        raise ValueError("a record of a paired pool is always IN a model and OUT of another")
    return found


def _mean(numbers: Iterable[float]) -> float:
    return float(np.mean(list(numbers)))
