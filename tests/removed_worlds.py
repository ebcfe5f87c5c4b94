"""Simulated pools whose truth under removal is known: what records do to themselves and to test records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri
from worlds import paired_membership

from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.experiments.removal.attack import evaluated
from audit.experiments.removal.flow import Chosen, chosen_of
from audit.experiments.removal.pools import Removed, Without
from audit.experiments.removal.sets import Ranking
from audit.halves import halves
from audit.pool import Pool

QUICK = AnalysisConfig(headline="lira-online", fprs=(0.1,), exposure_fpr=0.1)


@dataclass(frozen=True)
class World:
    """What models are right about.

    Attributes:
        inside: Float [records]; chance to be right about a record that is IN.
        outside: Float [records]; about one that is OUT.
        twin: Int [test records]; the training record that decides a test record; -1 where none does.
        easy: chance to be right about a test record that none decides.
        hidden: Int [records]; a record that is memorized by `onion` more where the one named here is removed; -1 none.
        onion: how much less likely its OUT models are then right.
        classes: number of classes; record i and test record i are of class i modulo it.
    """

    inside: np.ndarray
    outside: np.ndarray
    twin: np.ndarray
    easy: float = 0.8
    hidden: np.ndarray | None = None
    onion: float = 0.0
    classes: int = 2

    @property
    def records(self) -> int:
        return len(self.inside)

    @property
    def dataset(self) -> Dataset:
        n, tests = self.records, len(self.twin)
        y = np.arange(n) % self.classes
        y_test = np.where(self.twin >= 0, y[self.twin], np.arange(tests) % self.classes)
        x, x_test = np.zeros((n, 1), np.float32), np.zeros((tests, 1), np.float32)
        ids = np.array([f"r{i}" for i in range(n)])
        names = tuple(f"class {c}" for c in range(self.classes))
        groups = {"side": np.where(np.arange(n) < n // 2, "first", "second")}
        test_groups = {"side": np.where(self.twin >= 0, "first", "second")}
        return Dataset("simulated", x, y, x_test, y_test, ids, names, groups, test_groups)

    def pool(self, coins: np.ndarray, removed: np.ndarray, seed: int) -> Pool:
        """Models with these coins, trained without the removed records; the noise is new for every seed."""
        rng = np.random.default_rng([seed, int(removed.sum())])
        inside = coins & ~removed
        outside = np.broadcast_to(self.outside, inside.shape)
        if self.hidden is not None:
            bare = (self.hidden >= 0) & removed[:, self.hidden]
            outside = outside - self.onion * bare
        phi = rng.normal(_mean(np.where(inside, self.inside, outside)), 1.0)
        decided = (self.twin >= 0)[None, :]
        right = np.where(decided, np.where(inside[:, self.twin], 0.9, 0.1), self.easy)
        test_phi = rng.normal(_mean(right), 1.0)
        pool = Pool("standard", coins, phi[..., None], phi > 0, test_phi[..., None], test_phi > 0, paired=True)
        return replace(pool, membership=inside, paired=False, numbers=pool.pair) if removed.any() else pool

    def base(self, models: int, seed: int) -> Pool:
        coins = paired_membership(models, self.records, np.random.default_rng([seed, 77]))
        return self.pool(coins, np.zeros_like(coins), seed)


def _mean(chance: np.ndarray) -> np.ndarray:
    """Mean of a normal signal of deviation 1 that is positive with this chance."""
    return ndtri(np.clip(chance, 1e-4, 1 - 1e-4))


def no_tail(records: int = 80, tests: int = 60) -> World:
    """A tenth of the records is memorized, and no test record needs any of them."""
    outside = np.where(np.arange(records) % 10 == 0, 0.1, 0.95)
    return World(np.full(records, 0.97), outside, np.full(tests, -1))


def singletons(records: int = 80, share: float = 0.2) -> World:
    """A share of the records is memorized and decides a test record each; as many test records are easy."""
    twins = np.arange(round(share * records))
    outside = np.where(np.arange(records) < len(twins), 0.05, 0.99)
    return World(np.full(records, 0.99), outside, np.concatenate([twins, np.full(len(twins), -1)]))


def removed(
    world: World,
    share: float,
    models: int = 32,
    seed: int = 0,
    orders: Sequence[np.ndarray] | None = None,
    repeats: int = 2,
    attack: bool = False,
) -> Removed:
    """The flow's own choice of sets, with simulated models.

    Args:
        world: what models are right about.
        share: share of the records.
        models: models of the pool.
        seed: of coins and noise.
        orders: the records from most to least as either half has them; None ranks by memorization.
        repeats: random draws.
        attack: whether the headline attack is evaluated, too.
    """
    base, ranking = world.base(models, seed), Ranking("memorization", world.dataset, QUICK, seed)
    chosen = chosen_of(base, ranking, orders or ranked(base, ranking), share, repeats)

    def without(pool: Pool, gone: np.ndarray) -> Without:
        return Without(pool, gone, evaluated(pool, world.dataset, gone, QUICK) if attack else "not attacked")

    def again(gone: np.ndarray, number: int) -> Without:
        return without(world.pool(base.membership, gone, 1000 * seed + number), gone)

    random = [again(gone, 2 + number) for number, gone in enumerate(chosen.random)]
    nothing = without(base, np.zeros_like(chosen.top))
    return Removed(share, nothing, again(chosen.top, 1), random, chosen.influenced, chosen.expected)


def ranked(pool: Pool, ranking: Ranking) -> list[np.ndarray]:
    """The records from most to least, as either half has them."""
    everything = np.ones(pool.membership.shape[1], bool)
    return [ranking.most_first(pool, half, everything) for half in halves(pool.pair)]


__all__ = ["QUICK", "Chosen", "World", "no_tail", "ranked", "removed", "singletons"]
