"""What membership does to an outcome, pair by pair: memorization and exposure of the records that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from attacks.grouping import MOST_GROUPS
from attacks.jackknife import Jackknife
from audit.estimates import ROUNDING, UnitMeans
from reports.findings import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Gains = NDArray[np.int8]
Ints = NDArray[np.int64]

SWAPS = 1999
BLOCK = 4_000_000
"""Scores held at once by the test of exchangeability."""


def gains(coins: Bools, outcome: Bools) -> Gains:
    """The outcome of the pair's IN model less that of its OUT model, for every pair and record.

    A record's mean over pairs is its memorization where the outcome is correctness (Feldman & Zhang 2020, arXiv
    2008.03703, equation 1), and its exposure where it is the hit of an attack.

    Args:
        coins: Bool [models, records]; complementary pairs, side by side.
        outcome: Bool [models, records].

    Returns:
        Int8 [pairs, records]: -1, 0 or 1.
    """
    difference = outcome[0::2].astype(np.int8) - outcome[1::2].astype(np.int8)
    return np.where(coins[0::2], difference, -difference)


def mean_gain(gain: Gains | Floats, stay: Bools) -> UnitMeans:
    """The mean over the records that stay, as every pair has it.

    Args:
        gain: Int8 or Float [pairs, records].
        stay: Bool [pairs, records]; at least one a pair.
    """
    parts = np.where(stay, gain, 0).sum(axis=1, dtype=float) / stay.sum(axis=1)
    return UnitMeans(parts.mean(keepdims=True), parts[:, None], -1.0, 1.0, "model pairs")


def averaged(means: Sequence[UnitMeans]) -> UnitMeans:
    """The mean of several figures of the same pairs.

    Args:
        means: at least one.
    """
    value, parts = (np.mean([getattr(one, name) for one in means], axis=0) for name in ("value", "parts"))
    return UnitMeans(value, parts, means[0].lowest, means[0].highest, means[0].unit)


def halved(gain: Gains, stay: Bools) -> tuple[Gains, Gains]:
    """Each half's pairs on the records that stay there.

    Args:
        gain: Int8 [pairs, records].
        stay: Bool [pairs, records]; alike in all pairs of a half.
    """
    return gain[0::2][:, stay[0]], gain[1::2][:, stay[1]]


def reaching(sums: NDArray[np.number], pairs: int, threshold: float) -> Bools:
    """Whether the mean reaches the threshold, from sums over pairs.

    Args:
        sums: any shape.
        pairs: number of pairs.
        threshold: in (0, 1].
    """
    return np.asarray(sums >= (threshold - ROUNDING) * pairs)


def mirrored(gain: Gains, threshold: float) -> int:
    """How many records lie as far below 0 as the threshold is above it: chance alone puts as many above.

    Where membership has no effect, a record's mean gain is symmetric around 0 whatever the models answer, since
    its coins are fair (Fisher's randomisation test). The exact chance of reaching the threshold
    (`audit.chance.chance_with_pairs`) has the same sum over such records, but also charges those that are memorized:
    with 16 pairs a record that every pair shows would count .77. The mirror charges them nothing, as decoys do in
    other fields (Barber & Candes 2015, arXiv 1404.5609).

    Args:
        gain: Int8 [pairs, records].
        threshold: in (0, 1].
    """
    return int(reaching(-gain.sum(axis=0, dtype=np.int64), len(gain), threshold).sum())


@dataclass(frozen=True)
class Count:
    """How many records reach a threshold, less those mirrored below 0; the mean of the two halves.

    Attributes:
        moved: one figure, with groups of pairs of both halves left out.
        variance: what each record by itself makes the count vary, were records independent of each other.
    """

    moved: Jackknife
    variance: float

    def __sub__(self, other: Count) -> Count:
        """A paired difference; the records' own variances add, which is careful: they share their coins."""
        return Count(self.moved - other.moved, self.variance + other.variance)

    def estimate(self, confidence: float) -> Estimate:
        """The count with its interval.

        The jackknife carries every dependence between records, but of a count near 0 it sees too little: no record
        may lie so near the threshold that a group moves it. So the interval is never narrower than that of
        independent records.

        Args:
            confidence: two-sided level in (0, 1).
        """
        value, groups, pairs = float(self.moved.value[0]), len(self.moved.sizes), int(self.moved.sizes.sum())
        alone = float(stats.t.ppf((1 + confidence) / 2, groups - 1)) * np.sqrt(self.variance)
        half = max(float(self.moved.half_width(confidence)[0]), float(alone))
        method = (
            f"Student's t, delete-a-group jackknife over {groups} groups of model pairs, at least as wide as for "
            "independent records; what so many pairs count, the mean of the two halves; the removed sets are fixed"
        )
        return Estimate(value=value, low=value - half, high=value + half, confidence=confidence, method=method, n=pairs)


def counted(both: tuple[Gains, Gains], threshold: float) -> Count:
    """How many records reach the threshold, less those mirrored below 0; the mean of the two halves.

    Args:
        both: each half's Int8 [pairs, records].
        threshold: in (0, 1].
    """
    groups = min(MOST_GROUPS, len(both[0]), len(both[1]))
    parts = [np.array_split(np.arange(len(gain)), groups) for gain in both]

    def figure(group: int | None) -> float:
        left_out = [np.zeros(0, np.int64) if group is None else part[group] for part in parts]
        kept = [np.delete(gain, gone, axis=0) for gain, gone in zip(both, left_out, strict=True)]
        return float(np.mean([_net(gain, threshold) for gain in kept]))

    sizes = np.array([sum(len(part[group]) for part in parts) for group in range(groups)])
    replicates = np.array([[figure(group)] for group in range(groups)])
    variance = sum(_variance(gain, threshold) for gain in both) / len(both) ** 2
    return Count(Jackknife(np.array([figure(None)]), replicates, sizes), variance)


def swap_test(
    before: tuple[Gains, Gains], after: tuple[Gains, Gains], threshold: float, seed: int, swaps: int = SWAPS
) -> float:
    """Chance of a change of the count as large as the observed one, either way, if removal had no effect.

    Where it has none, each pair's outcomes before and after are exchangeable as a whole, whatever the records
    have to do with each other: McNemar's test (1947) with the pair, not the record, as its unit. Pairs are swapped
    at random; with the observed order among them the p-value is exact (Phipson & Smyth 2010).

    Args:
        before: each half's Int8 [pairs, records].
        after: the same records and pairs.
        threshold: in (0, 1].
        seed: of the swaps.
        swaps: how many are drawn.

    Returns:
        In (0, 1].
    """
    rng = np.random.default_rng(seed)
    moved, observed = np.zeros(swaps), 0
    for one, other in zip(before, after, strict=True):
        total, difference = one.sum(axis=0, dtype=float) + other.sum(axis=0), other.astype(np.float32) - one
        observed += int(_more(total, difference.sum(axis=0), len(one), threshold))
        signs = rng.choice(np.array([-1, 1], np.float32), (swaps, len(one)))
        step = max(1, BLOCK // max(1, one.shape[1]))
        for start in range(0, swaps, step):
            rows = slice(start, start + step)
            moved[rows] += _more(total, signs[rows] @ difference, len(one), threshold)
    return float((1 + (np.abs(moved) >= abs(observed)).sum()) / (1 + swaps))


def _more(total: Floats, difference: NDArray[np.floating], pairs: int, threshold: float) -> Ints:
    """How many more records reach the threshold after than before, from the sum and the difference of both."""
    after, before = (total + difference) / 2, (total - difference) / 2
    up, down = (reaching(sums, pairs, threshold).sum(axis=-1) for sums in (after, before))
    return np.asarray(up - down, np.int64)


def _net(gain: Gains, threshold: float) -> int:
    return int(reaching(gain.sum(axis=0, dtype=np.int64), len(gain), threshold).sum()) - mirrored(gain, threshold)


def _variance(gain: Gains, threshold: float) -> float:
    """Sum over records of the variance of their part in the count, from each record's own mean and spread.

    The sum over pairs is taken as normal with a continuity correction; a record whose pairs all agree does not vary.
    """
    pairs = len(gain)
    mean = gain.mean(axis=0)
    error = np.sqrt(np.maximum(np.abs(gain).mean(axis=0) - mean**2, 0) / pairs)
    varies = error > 0
    least = threshold - 0.5 / pairs
    above, below = (special.ndtr((side * mean[varies] - least) / error[varies]) for side in (1, -1))
    return float((above + below - (above - below) ** 2).sum())
