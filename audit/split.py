"""A pool cut into halves: everything about them that no attack changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks.base import Evidence
from attacks.grouping import group_labels, pair_groups
from audit.halves import halves, independent_units, is_paired
from audit.memorization import MemorizationValues, memorization_values, only, values_without

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REDRAWS = 200


@dataclass(frozen=True)
class Split:
    """Two halves of a pool that share no model, and groups of pairs to be left out of both.

    Attributes:
        evidence: the whole pool.
        seed: seed of redrawn membership coins.
    """

    evidence: Evidence
    seed: int = 0

    @cached_property
    def parts(self) -> tuple[Evidence, Evidence]:
        """The two halves."""
        one, other = halves(self.evidence.pair)
        return self.evidence.take(one), self.evidence.take(other)

    @cached_property
    def sizes(self) -> Ints:
        """Int [groups]; how many pairs of either half a group has."""
        return np.array([len(group) for group in pair_groups(self._quads)])

    @cached_property
    def label(self) -> Ints:
        """Int [models]: the same numbers for all models, so that one jackknife serves the pool and its halves."""
        return group_labels(self._quads)

    @cached_property
    def groups(self) -> tuple[Ints, Ints]:
        """Each half's Int [models]: numbers of groups that take as many pairs from one half as from the other."""
        one, other = halves(self.evidence.pair)
        return self.label[one], self.label[other]

    @cached_property
    def memorization(self) -> tuple[MemorizationValues, MemorizationValues]:
        """What each half memorizes."""
        one, other = self.parts
        return memorization_values(one), memorization_values(other)

    @cached_property
    def memorization_without(self) -> list[tuple[MemorizationValues, MemorizationValues]]:
        """What each half memorizes without each group."""
        _, other = self.memorization
        of_one, of_other = (values_without(part, group) for part, group in zip(self.parts, self.groups, strict=True))
        # With an odd number of pairs the second half may lack the last group.
        return list(zip(of_one, [*of_other, other][: len(of_one)], strict=True))

    @cached_property
    def redrawn(self) -> tuple[Floats, Floats]:
        """Each half's memorization from redrawn coins, [redraws, records]; NaN where a record has none.

        Given all models' outcomes, a pair in which they differ adds +1 or -1 to a record by its coin: memorization
        from redrawn coins is (2 Bin(discordant, 1/2) - discordant) / pairs; hypergeometric without pairs.
        """
        rng = np.random.default_rng(self.seed)
        paired = is_paired(self.evidence.membership, self.evidence.pair)
        one, other = ([_redrawn(values, paired, rng) for _ in range(REDRAWS)] for values in self.memorization)
        return np.stack(one), np.stack(other)

    @property
    def _quads(self) -> Ints:
        return independent_units(self.evidence.pair) // 2


def _redrawn(values: MemorizationValues, paired: bool, rng: np.random.Generator) -> Floats:
    good = values.in_correct + values.out_correct
    if paired and values.both_correct is not None:
        discordant = good - 2 * values.both_correct
        return np.asarray((2 * rng.binomial(discordant, 0.5) - discordant) / values.in_models, np.float64)
    scored, models = values.scored, values.in_models + values.out_models
    in_models, out_models = np.maximum(values.in_models, 1), np.maximum(values.out_models, 1)
    in_good = rng.hypergeometric(good, models - good, values.in_models)
    return only(scored, in_good / in_models - (good - in_good) / out_models)
