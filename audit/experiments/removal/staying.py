"""What becomes of the records that stay: their memorization and their exposure, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.discoveries import ChosenScores
from audit.discoveries import Outcomes as Counts
from audit.experiments.removal import effects as effects
from audit.experiments.removal.attack import hits_of
from audit.experiments.removal.pools import Removed
from audit.halves import halves
from reports.experiments.removal import Newly, Reached, Staying

Bools = NDArray[np.bool_]
Strings = NDArray[np.str_]
Halves = tuple[effects.Gains, effects.Gains]

LISTED = 20


@dataclass(frozen=True)
class Outcomes:
    """An outcome of all models with nothing removed, without the top records, and without as many at random.

    Attributes:
        coins: Bool [models, records]; complementary pairs, side by side.
        gone: Bool [models, records]; the top records, as removed.
        before: Bool [models, records]; with nothing removed.
        after: Bool [models, records]; without the top records.
        random: outcome and Bool [models, records] of what is removed, of every random draw.
    """

    coins: Bools
    gone: Bools
    before: Bools
    after: Bools
    random: Sequence[tuple[Bools, Bools]]


def outcomes_by_answer(removed: Removed) -> Outcomes:
    """Whether the models are right: what membership does to it is memorization.

    Args:
        removed: the pools.
    """
    random = [(one.pool.correct, one.removed) for one in removed.random]
    base, top = removed.base.pool, removed.top
    return Outcomes(base.membership, top.removed, base.correct, top.pool.correct, random)


def outcomes_by_attack(removed: Removed, dataset: Dataset, analysis: AnalysisConfig) -> Outcomes | None:
    """Whether the headline attack hits: what membership does to it is exposure. None where it gives no scores.

    All pools are attacked on the records that stay in both of what is compared: were the removed ones among those
    that set the threshold before and not after, a lower threshold would look like an effect of removal.

    Args:
        removed: the pools.
        dataset: the records.
        analysis: the headline attack and its false-positive rate.
    """
    gone = removed.top.removed
    both = [gone | one.removed for one in removed.random]
    asked = [(removed.base.pool, gone), (removed.top.pool, gone)]
    asked += [(one.pool, none) for one, none in zip(removed.random, both, strict=True)]
    found = [hits for pool, none in asked if (hits := hits_of(pool, dataset, none, analysis)) is not None]
    if len(found) < len(asked):
        return None
    return Outcomes(removed.base.pool.membership, gone, found[0], found[1], list(zip(found[2:], both, strict=True)))


def staying(outcomes: Outcomes, ids: Strings, analysis: AnalysisConfig, seed: int) -> Staying:
    """Memorization or exposure of the records that stay, before and after, judged by models that did not choose.

    Args:
        outcomes: correctness or hits.
        ids: Str [records].
        analysis: threshold and confidence.
        seed: of the test by swapping.
    """
    confidence, stay = analysis.confidence, ~outcomes.gone[0::2]
    before, after = (effects.gains(outcomes.coins, one) for one in (outcomes.before, outcomes.after))
    mean_before, mean_after = effects.mean_gain(before, stay), effects.mean_gain(after, stay)
    rises, further = [], []
    for outcome, gone in outcomes.random:
        gain, both = effects.gains(outcomes.coins, outcome), stay & ~gone[0::2]
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
        reached=change.reached(confidence, seed, _newly(change, outcomes, ids, confidence)),
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
        counts = [effects.counted(both, self.threshold) for both in (self.before, self.after)]
        before, after = (one.estimate(confidence) for one in counts)
        change = (counts[1] - counts[0]).estimate(confidence)
        noise = [_mean(effects.mirrored(gain, self.threshold) for gain in both) for both in (self.before, self.after)]
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


def _newly(change: Change, outcomes: Outcomes, ids: Strings, confidence: float) -> tuple[Newly, ...]:
    """The records that went up and rose the most, as the half that judged them has it; ids alone, each once.

    They are chosen for their rise: values are shrunken, limits hold for all records that stay.
    """
    listed = []
    for half, up in enumerate(change.ups):
        listed += [(-rise, half, place) for rise, place in zip(change.rises(half)[up], np.flatnonzero(up), strict=True)]
    stays = [np.flatnonzero(~outcomes.gone[2 * half]) for half in range(2)]
    scores = [
        [_chosen(outcomes.coins, one, half, stays[half], confidence) for one in (outcomes.before, outcomes.after)]
        for half in range(2)
    ]
    found: dict[int, Newly] = {}
    for _, half, place in sorted(listed):
        record = int(stays[half][place])
        if record not in found and len(found) < LISTED:
            before, after = (one.estimate(int(place)) for one in scores[half])
            assert before is not None  # a record of a paired pool is always IN a model and OUT of another
            assert after is not None
            found[record] = Newly(id=str(ids[record]), before=before, after=after)
    return tuple(found.values())


def _chosen(coins: Bools, outcome: Bools, half: int, records: NDArray[np.int64], confidence: float) -> ChosenScores:
    """Memorization or exposure of the records that stay, by one half."""
    models = halves(np.arange(len(coins)) // 2)[half]
    inside, good = coins[np.ix_(models, records)], outcome[np.ix_(models, records)]
    counts = (inside & good, inside, ~inside & good, ~inside)
    return ChosenScores(Counts(*(count.sum(axis=0) for count in counts)), confidence)


def _mean(numbers: Iterable[float]) -> float:
    return float(np.mean(list(numbers)))
