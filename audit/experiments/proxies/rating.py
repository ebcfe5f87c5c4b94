"""Proxies against a pool: rank correlation and precision at the top, of one run, with the pool's noise taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks.jackknife import Jackknife
from audit.crossing import spearman_brown
from audit.experiments.proxies.agreement import TOPS, Orders
from audit.experiments.proxies.targets import Target
from audit.two_samples import TwoSamples, of_one
from reports.experiments.proxies import AtTop, Rating, TargetReliability
from reports.findings import Estimate

Floats = NDArray[np.float64]

ROWS = ("spearman", "corrected", "all_runs", *(f"precision {top:g}" for top in TOPS), *(f"at most {t:g}" for t in TOPS))
"""The figures of a proxy, in the order of `Measured.figures`."""


@dataclass(frozen=True)
class Measured:
    """All proxies against one figure of a pool.

    Attributes:
        target: the figure of the pool.
        proxies: their names.
        single: the orders of single runs, [proxies * runs], a proxy's runs side by side.
        figures: of `ROWS` by proxies, flat.
        reliability: rank correlation of the halves, the pool's by Spearman and Brown, and what their tops share.
    """

    target: Target
    proxies: tuple[str, ...]
    single: Orders
    figures: TwoSamples
    reliability: Jackknife

    @classmethod
    def of(cls, scores: Floats, proxies: tuple[str, ...], target: Target) -> Measured:
        """Rate proxies.

        Args:
            scores: Float [proxies, runs, records].
            proxies: their names.
            target: the figure of the pool.
        """
        held = scores[:, :, target.scored]
        runs = range(held.shape[1])
        single, mean = (Orders.of_proxies(each) for each in (held.reshape(-1, held.shape[2]), held.mean(axis=1)))
        pool = Orders.of(target.values[:, target.scored])
        replicates = [Orders.of(values[:, target.scored]) for values in target.without]
        whole = _figures(single, mean, pool)
        of_pool = Jackknife(whole, np.stack([_figures(single, mean, one) for one in replicates]), target.sizes)
        fewer = [_without_run(held, single, pool, run) for run in runs] if len(runs) > 1 else []
        of_runs = Jackknife(whole, np.array(fewer).reshape(-1, len(whole)), np.ones(len(fewer), np.int64))
        agreed = Jackknife(_agreed(pool), np.stack([_agreed(one) for one in replicates]), target.sizes)
        return cls(target, proxies, single, TwoSamples(of_pool, of_runs), agreed)

    @property
    def over(self) -> str:
        """What was left out in turn."""
        return f"{len(self.figures.one.sizes)} groups of model pairs and {len(self.figures.other.sizes)} runs together"

    def at(self, row: str, proxy: str) -> TwoSamples:
        """One figure of one proxy.

        Args:
            row: one of `ROWS`.
            proxy: its name.
        """
        return self.figures[ROWS.index(row) * len(self.proxies) + self.proxies.index(proxy)]

    def estimate(self, row: str, proxy: str, confidence: float) -> Estimate | None:
        """The same with its interval; None where it cannot be had.

        Args:
            row: one of `ROWS`.
            proxy: its name.
            confidence: two-sided level in (0, 1).
        """
        lowest = -np.inf if row == "corrected" else 0.0 if row.startswith(("precision", "at most")) else -1.0
        highest = np.inf if row == "corrected" or row.startswith("at most") else 1.0
        return self.at(row, proxy).estimate(confidence, (lowest, highest), self.over)

    def rating(self, proxy: str, confidence: float) -> Rating:
        """A proxy's part of the result.

        Args:
            proxy: its name.
            confidence: two-sided level in (0, 1).
        """
        tops = tuple(
            AtTop(
                top=top,
                records=int(self.single.places[TOPS.index(top)]),
                precision=self.estimate(f"precision {top:g}", proxy, confidence),
                at_most=self.estimate(f"at most {top:g}", proxy, confidence),
            )
            for top in TOPS
        )
        plain = {row: self.estimate(row, proxy, confidence) for row in ROWS[:3]}
        return Rating(proxy=proxy, target=self.target.name, at_top=tops, **plain)

    def reliable(self, confidence: float) -> TargetReliability:
        """How well the pool's figure agrees with itself.

        Args:
            confidence: two-sided level in (0, 1).
        """
        over = f"{len(self.reliability.sizes)} groups of model pairs"
        halves, whole = (of_one(self.reliability[place], confidence, (-1.0, 1.0), over) for place in (0, 1))
        shared = [of_one(self.reliability[2 + place], confidence, (0.0, 1.0), over) for place in range(len(TOPS))]
        return TargetReliability(
            target=self.target.name,
            records=int(self.target.scored.sum()),
            halves=halves,
            whole=whole,
            shared_top=tuple(zip(TOPS, shared, strict=True)),
        )


def own_reliability(scores: Floats, confidence: float) -> Estimate | None:
    """Rank correlation of a proxy between two runs, mean over the pairs of runs; None below three runs.

    Args:
        scores: Float [runs, records].
        confidence: two-sided level in (0, 1).
    """
    runs = len(scores)
    if runs < 3:
        return None
    orders = Orders.of_proxies(scores)
    between = orders.spearman(orders)
    replicates = [_mean_pair(np.delete(np.delete(between, run, 0), run, 1)) for run in range(runs)]
    found = Jackknife(np.array([_mean_pair(between)]), np.array(replicates)[:, None], np.ones(runs, np.int64))
    return of_one(found, confidence, (-1.0, 1.0), f"{runs} runs")


def _mean_pair(between: Floats) -> float:
    return float(between[~np.eye(len(between), dtype=bool)].mean())


def _without_run(held: Floats, single: Orders, pool: Orders, run: int) -> Floats:
    proxies, runs, _ = held.shape
    kept = np.flatnonzero(np.arange(proxies * runs) % runs != run)
    return _figures(single.take(kept), Orders.of_proxies(np.delete(held, run, axis=1).mean(axis=1)), pool)


def _agreed(pool: Orders) -> Floats:
    """Rank correlation of the halves, the whole pool's reliability, and the share of the tops that halves share."""
    halves = pool.spearman(pool)[1, 2]
    return np.array([halves, spearman_brown(halves), *pool.shared(pool)[:, 1, 2]])


def _figures(single: Orders, mean: Orders, pool: Orders) -> Floats:
    """All figures of all proxies, `ROWS` by proxies, flat.

    Corrected is Spearman's formula (1904) for what noise takes away: over the root of the pool's reliability. `At
    most` is its like for tops. With p a record's chance to be in the top of half a pool, and q that of a run, one
    run shares sum(q p) records with a half, and halves share sum(p^2): the first over the root of the second is at
    most the root of the top's size, by Cauchy and Schwarz. Both assume that noise has nothing to do with the record.

    Args:
        single: orders of single runs, [proxies * runs].
        mean: orders by the mean over these runs, [proxies].
        pool: of the whole pool and its halves.
    """
    proxies = len(mean.ranks)
    ranked = single.spearman(pool).reshape(proxies, -1, 3).mean(axis=1)
    shared = single.shared(pool).reshape(len(TOPS), proxies, -1, 3).mean(axis=2)
    _, reliability, *overlap = _agreed(pool)
    at_most = shared[..., 1:].mean(axis=2) / _root(np.array(overlap))[:, None]
    corrected = ranked[:, 0] / _root(np.array([reliability]))
    return np.concatenate([ranked[:, 0], corrected, mean.spearman(pool)[:, 0], shared[..., 0].ravel(), at_most.ravel()])


def _root(reliability: Floats) -> Floats:
    """The square root; NaN where there is nothing above 0 to divide by."""
    return np.sqrt(np.where(reliability > 0, reliability, np.nan))
