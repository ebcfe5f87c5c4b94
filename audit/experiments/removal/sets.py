"""Which records are removed from which models: chosen by the other half of the pool, or drawn by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS
from audit.chance import chance_with_pairs
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.errors import ConfigError
from audit.estimates import ROUNDING
from audit.exposure import exposure_of
from audit.halves import halves
from audit.headline import attacked
from audit.influence import influence_of
from audit.memorization import memorization_values
from audit.pool import Pool
from reports.experiments.removal import By

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 94
"""Keeps the streams of random removals apart from all others of the pool's seed."""


@dataclass(frozen=True)
class Ranking:
    """How records are ranked.

    Attributes:
        by: what they are ranked by.
        dataset: the records.
        analysis: the headline attack and its false-positive rate.
        seed: the pool's; of random removals.
    """

    by: By
    dataset: Dataset
    analysis: AnalysisConfig
    seed: int

    def most_first(self, pool: Pool, half: Ints, stay: Bools) -> Ints:
        """The records that stay, from most to least, as one half of the models has them.

        Args:
            pool: the pool; the models of the half were all trained without the records that do not stay.
            half: Int; indices into the models axis, whole pairs.
            stay: Bool [records].

        Raises:
            ConfigError: if the headline attack gives no scores and the ranking needs them.
        """
        records = np.flatnonzero(stay)
        evidence = pool.evidence_on(self.dataset).take(half).records(records)
        if self.by == "exposure":
            found = attacked(ATTACKS[self.analysis.headline], evidence)
            exposed = exposure_of(found, self.analysis.exposure_fpr, self.analysis.confidence)
            if exposed is None:
                raise ConfigError(
                    f"--by exposure: the headline attack {self.analysis.headline} gives no scores on half of the pool",
                    "rank by memorization, or grow the pool with `audit extend`",
                )
            return records[exposed.most_first()]
        order = memorization_values(evidence).most_first()
        if self.by == "influence":
            most = self._influence(evidence.membership, pool.test_correct[half], records)
            order = order[np.argsort(-np.round(most[order], 9), kind="stable")]  # ties fall by memorization
        return records[order]

    def _influence(self, membership: Bools, test_correct: Bools, records: Ints) -> Floats:
        """The largest influence of each record on a test record of its class; -1 where its class has none."""
        most = np.full(len(records), -1.0)
        for one in range(self.dataset.classes):
            rows = np.flatnonzero(self.dataset.y[records] == one)
            columns = np.flatnonzero(self.dataset.y_test == one)
            if len(rows) and len(columns):
                most[rows] = influence_of(membership[:, rows], test_correct[:, columns]).max(axis=1)
        return most


def size_of(share: float, records: int) -> int:
    """How many records a share is, at least one."""
    return max(1, round(share * records))


def among(records: Ints, of: int) -> Bools:
    """Bool [of]; True for the records of a set."""
    found = np.zeros(of, bool)
    found[records] = True
    return found


def crossed(pair: Ints, sets: tuple[Bools, Bools]) -> Bools:
    """What is removed from whom, so that no model is trained or judged without records that its own half chose.

    Args:
        pair: Int [models].
        sets: Bool [records] that the first half chose, and that the second half chose.

    Returns:
        Bool [models, records].
    """
    return own(pair, sets[::-1])


def own(pair: Ints, sets: tuple[Bools, Bools]) -> Bools:
    """The sets removed from the very models that chose them: to choose on, never to be judged.

    Args:
        pair: Int [models].
        sets: Bool [records] that the first half chose, and that the second half chose.

    Returns:
        Bool [models, records].
    """
    removed = np.zeros((len(pair), len(sets[0])), bool)
    for half, chosen in zip(halves(pair), sets, strict=True):
        removed[half] = chosen
    return removed


def drawn(y: Ints, removed: Bools, seed: int, repeat: int) -> Bools:
    """As many records of each class as were removed, drawn fairly from all of the class and anew for every pair.

    Pairs of models so differ in which records they miss, and an interval over pairs covers it. The draws of a
    larger share hold those of a smaller one.

    Args:
        y: Int [records].
        removed: Bool [models, records]; alike in both models of a pair.
        seed: the pool's seed.
        repeat: number of the draw.

    Returns:
        Bool [models, records]; alike in both models of a pair.
    """
    found = np.zeros_like(removed)
    for unit in range(len(removed) // 2):
        stream = np.random.SeedSequence(seed, spawn_key=(DRAWS, repeat, unit))
        order = np.random.default_rng(stream).permutation(len(y))
        wanted = np.bincount(y[removed[2 * unit]], minlength=int(y.max()) + 1)
        chosen = [order[y[order] == one][:size] for one, size in enumerate(wanted.tolist())]
        found[2 * unit : 2 * unit + 2, np.concatenate(chosen)] = True
    return found


def influenced(pool: Pool, half: Ints, chosen: Bools, dataset: Dataset, threshold: float) -> tuple[Bools, float]:
    """The test records that a record of the set and of their class influences, as the half that chose it has it.

    Args:
        pool: the pool with nothing removed.
        half: Int; the models that chose.
        chosen: Bool [records]; the set.
        dataset: the records.
        threshold: influence from which on a test record counts.

    Returns:
        Bool [test records], and how many would be found if no record had any influence: given the models' answers,
        each record's coins are fair and independent of all others'.
    """
    inside, right = pool.membership[half], pool.test_correct[half]
    discordant = (right[0::2] != right[1::2]).sum(axis=0)
    chance = chance_with_pairs(discordant, len(half) // 2, threshold)
    found, expected = np.zeros(right.shape[1], bool), 0.0
    for one in range(dataset.classes):
        rows, columns = np.flatnonzero(chosen & (dataset.y == one)), np.flatnonzero(dataset.y_test == one)
        if len(rows) and len(columns):
            value = influence_of(inside[:, rows], right[:, columns])
            found[columns] = (value >= threshold - ROUNDING).any(axis=0)
            expected += float((1 - (1 - chance[columns]) ** len(rows)).sum())
    return found, expected
