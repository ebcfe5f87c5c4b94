"""Two halves of a pool, crossed: memorization on one, what an attack finds on the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from attacks.base import Attack, Evidence, UnscorableError
from attacks.exposure import Exposure, record_exposures
from attacks.replicates import exposures_without
from attacks.roc import Sample
from attacks.threads import in_parallel
from audit.memorization import MemorizationValues
from audit.split import Split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DECILES = 10
HIT_FPRS = (0.01, 0.001)
TOPS = (0.01, 0.05, 0.1)
KEPT_TOP = 0.05
STABILITY = 3
"""How many of a crossing's figures, the last ones, say how stable ranks are."""


@dataclass(frozen=True)
class Half:
    """One half of a pool: what it memorizes, and what an attack on it finds.

    Attributes:
        memorization: its memorization.
        at: FPR -> what the attack does to each record at that pooled threshold.
    """

    memorization: MemorizationValues
    at: dict[float, Exposure]

    def __post_init__(self) -> None:
        counts = next(iter(self.at.values()))
        if not (counts.in_models.any() and counts.out_models.any()):
            raise UnscorableError("half of the pool has too few reference models for this attack")

    @cached_property
    def order(self) -> Ints:
        """The records from most to least memorized."""
        return self.memorization.most_first()

    def unresolved(self, fpr: float) -> str:
        """Why the half cannot resolve this FPR; empty if it can. Only the number of non-members matters."""
        non_members = int(self.at[fpr].out_models.sum())
        return Sample(np.empty(0), np.empty(non_members)).unresolved(fpr)


@dataclass(frozen=True)
class Crossing:
    """Memorization of one half against leakage of the other, both ways.

    Attributes:
        ways: (half that memorizes, half that is attacked), and swapped.
        fpr: false-positive rate at which leakage is read.
    """

    ways: tuple[tuple[Half, Half], tuple[Half, Half]]
    fpr: float

    @classmethod
    def of(cls, split: Split, attack: Attack, fpr: float) -> Crossing:
        """Attack both halves of a pool.

        Args:
            split: the pool.
            attack: the attack.
            fpr: false-positive rate at which leakage is read.
        """
        one, other = (record_exposures(attack.scores(part), part.membership, _fprs(fpr)) for part in split.parts)
        return cls._of(split.memorization, (one, other), fpr)

    @classmethod
    def with_replicates(cls, split: Split, attack: Attack, fpr: float) -> tuple[Crossing, list[Crossing]]:
        """Attack both halves of a pool, and again without each of the split's groups of pairs.

        Args:
            split: the pool.
            attack: the attack, its size-dependent choices made.
            fpr: false-positive rate at which leakage is read.
        """
        found = [_attacked(*half, attack, _fprs(fpr)) for half in zip(split.parts, split.groups, strict=True)]
        (one, of_one), (other, of_other) = found
        # With an odd number of pairs the second half may lack the last group.
        replicates = zip(split.memorization_without, of_one, [*of_other, other][: len(of_one)], strict=True)
        crossing = cls._of(split.memorization, (one, other), fpr)
        return crossing, [cls._of(values, (a, b), fpr) for values, a, b in replicates]

    @classmethod
    def _of(
        cls,
        memorization: tuple[MemorizationValues, MemorizationValues],
        exposures: tuple[dict[float, Exposure], dict[float, Exposure]],
        fpr: float,
    ) -> Crossing:
        one, other = (Half(values, at) for values, at in zip(memorization, exposures, strict=True))
        return cls(((one, other), (other, one)), fpr)

    def leakage(self, half: Half) -> Floats:
        """Float [records]: leakage on a half, the exposure of each record; NaN where it has none.

        Exposure has the form of memorization (TPR minus FPR of an attack), at the threshold that an attacker who
        can afford few false alarms in the whole population would use (Carlini et al. 2022). The record's own AUC
        ranks by differences too small to be used: nine records in ten that no attack can tell at a low FPR still
        get an AUC, which is mostly noise (split-half reliability .45 on a digits/mlp pool of 128 models, against
        .83 here). The mean gap of scores (.69) depends on the attack's scale: any monotone transformation of the
        score changes it, though not the attack. The TPR alone (.92) ranks records high that are called members
        whether they are or not, which gives nothing away.
        """
        return half.at[self.fpr].value

    def spearman(self) -> float:
        """Rank correlation of memorization and leakage, mean of both ways; NaN where either does not vary."""
        return float(np.mean([rank_correlation(m.memorization.value, self.leakage(a)) for m, a in self.ways]))

    def reliabilities(self) -> tuple[float, float]:
        """Split-half rank correlation of memorization, and of leakage."""
        one, other = self.ways[0]
        return (
            rank_correlation(one.memorization.value, other.memorization.value),
            rank_correlation(self.leakage(one), self.leakage(other)),
        )

    def decile_counts(self) -> tuple[Ints, Ints]:
        """Hits and members by decile of memorization, least memorized first; each Int [deciles]."""
        hits, members = np.zeros(DECILES, np.int64), np.zeros(DECILES, np.int64)
        for memorizing, attacked in self.ways:
            for row, records in enumerate(deciles(memorizing)):
                hits[row] += attacked.at[self.fpr].in_hits[records].sum()
                members[row] += attacked.at[self.fpr].in_models[records].sum()
        return hits, members

    def top_hits(self, fpr: float, top: float) -> int:
        """Hits at an FPR that fall on the most memorized share of the records."""
        return sum(int(attacked.at[fpr].in_hits[most(memorizing, top)].sum()) for memorizing, attacked in self.ways)

    def all_hits(self, fpr: float) -> tuple[int, int]:
        """Hits at an FPR, and how many members could have been hit."""
        counts = [attacked.at[fpr] for _, attacked in self.ways]
        return sum(int(c.in_hits.sum()) for c in counts), sum(int(c.in_models.sum()) for c in counts)

    def top_kept(self) -> float:
        """Share of the most exposed 5 % of the records of one half that are among those of the other.

        Of records that tie at the edge as many are counted as would be drawn by lot: what has no rank keeps none.
        """
        one, other = (chosen_at_top(self.leakage(half), KEPT_TOP) for half, _ in self.ways)
        return float(np.nansum(one * other) / max(np.nansum(one), 1e-300))

    def figures(self) -> Floats:
        """Spearman; decile TPRs; for each FPR of the hits its TPR and the share of each top; how stable ranks are."""
        shares: list[float] = []
        for fpr in HIT_FPRS:
            total, possible = self.all_hits(fpr)
            shares += [total / possible, *(self.top_hits(fpr, top) / max(total, 1) for top in TOPS)]
        hits, members = self.decile_counts()
        stable = (*self.reliabilities(), self.top_kept())
        return np.array([self.spearman(), *(hits / np.maximum(members, 1)), *shares, *stable])


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, mean ranks for ties, over entries that both have; NaN if either is constant.

    Args:
        one: Float [records]; NaN is missing.
        other: Float [records]; NaN is missing.
    """
    return float(rank_correlations(one[None], other)[0])


def rank_correlations(many: Floats, other: Floats) -> Floats:
    """Spearman's rank correlation of every row with one and the same array (see `rank_correlation`).

    Args:
        many: Float [rows, records]; NaN is missing, in all rows at the same records.
        other: Float [records]; NaN is missing.

    Returns:
        Float [rows].
    """
    both = np.isfinite(many[0]) & np.isfinite(other)
    if not both.any():
        return np.full(len(many), np.nan)
    b = rankdata(np.round(other[both], 9))
    b -= b.mean()

    def correlation(row: Floats) -> float:
        a = rankdata(np.round(row[both], 9))
        a -= a.mean()
        scale = np.sqrt((a @ a) * (b @ b))
        return float(a @ b / scale) if scale > 0 else np.nan

    return np.array(in_parallel(correlation, many))


def spearman_brown(half: float) -> float:
    """Reliability of a whole pool from the rank correlation of its halves (Spearman 1910; Brown 1910).

    Args:
        half: in [-1, 1]; NaN where halves have no ranks.

    Returns:
        At most 1; NaN where there is none.
    """
    return 2 * half / (1 + half) if half > -1 else np.nan


def chosen_at_top(values: Floats, top: float) -> Floats:
    """How likely each record is to be among the highest, ties broken by lot, [records] in [0, 1]; NaN stays out.

    Args:
        values: Float [records]; NaN is missing.
        top: share of the records that are chosen, in (0, 1].
    """
    known = np.isfinite(values)
    places = max(1, round(top * int(known.sum())))
    rounded = np.where(known, np.round(values, 9), -np.inf)
    edge = np.sort(rounded)[::-1][min(places, len(values)) - 1]
    above, at = rounded > edge, (rounded == edge) & known
    return np.asarray(above + at * (places - above.sum()) / max(int(at.sum()), 1), np.float64)


def deciles(half: Half) -> list[Ints]:
    """Records of each tenth, least memorized first."""
    return np.array_split(half.order[::-1], DECILES)


def most(half: Half, top: float) -> Ints:
    """The most memorized share of the records, at least one record.

    Args:
        half: the half.
        top: share, in (0, 1].
    """
    return half.order[: max(1, round(top * len(half.order)))]


def _attacked(
    evidence: Evidence, group: Ints, attack: Attack, fprs: tuple[float, ...]
) -> tuple[dict[float, Exposure], list[dict[float, Exposure]]]:
    """What an attack finds in one half, and what without each group of its pairs."""
    scores = attack.scores(evidence)
    return record_exposures(scores, evidence.membership, fprs), exposures_without(attack, evidence, scores, group, fprs)


def _fprs(fpr: float) -> tuple[float, ...]:
    return tuple(dict.fromkeys((fpr, *HIT_FPRS)))
