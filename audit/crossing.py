"""Two halves of a pool, crossed: memorization on one, what an attack finds on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from attacks.base import Evidence, UnscorableError
from attacks.exposure import Exposure, record_exposure
from attacks.roc import Sample
from audit.halves import halves
from audit.memorization import MemorizationScores, memorization_scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Scores = Callable[[Evidence], Floats]

DECILES = 10
HIT_FPRS = (0.01, 0.001)
TOPS = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class Half:
    """One half of a pool: what it memorizes, and what an attack on it finds.

    Attributes:
        memorization: its memorization scores.
        at: FPR -> what the attack does to each record at that pooled threshold.
    """

    memorization: MemorizationScores
    at: dict[float, Exposure]

    @classmethod
    def of(cls, evidence: Evidence, scores: Scores, fprs: tuple[float, ...]) -> Half:
        """Attack one half and score its memorization.

        Args:
            evidence: the half.
            scores: the attack.
            fprs: false-positive rates of the thresholds, pooled over all records and targets of the half.
        """
        found = scores(evidence)
        scored = ~np.isnan(found)
        if not ((scored & evidence.membership).any() and (scored & ~evidence.membership).any()):
            raise UnscorableError("half of the pool has too few reference models for this attack")
        return cls(
            memorization_scores(evidence, 0.95),
            {fpr: record_exposure(found, evidence.membership, fpr) for fpr in fprs},
        )

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
    def of(cls, evidence: Evidence, scores: Scores, fpr: float) -> Crossing:
        """Split a pool and attack both halves.

        Args:
            evidence: the pool.
            scores: the attack.
            fpr: false-positive rate at which leakage is read.
        """
        fprs = tuple(dict.fromkeys((fpr, *HIT_FPRS)))
        one, other = (Half.of(evidence.take(half), scores, fprs) for half in halves(evidence.pair))
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

    def figures(self) -> Floats:
        """Spearman; decile TPRs; then for each FPR of the hits its TPR and the share of each top."""
        shares: list[float] = []
        for fpr in HIT_FPRS:
            total, possible = self.all_hits(fpr)
            shares += [total / possible, *(self.top_hits(fpr, top) / max(total, 1) for top in TOPS)]
        hits, members = self.decile_counts()
        return np.array([self.spearman(), *(hits / np.maximum(members, 1)), *shares])


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
    both = np.isfinite(many).all(axis=0) & np.isfinite(other)
    if not both.any():
        return np.full(len(many), np.nan)
    a, b = rankdata(np.round(many[:, both], 9), axis=1), rankdata(np.round(other[both], 9))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean()
    scale = np.sqrt((a * a).sum(axis=1) * (b @ b))
    return np.divide(a @ b, scale, out=np.full(len(a), np.nan), where=scale > 0)


def deciles(half: Half) -> list[Ints]:
    """Records of each tenth, least memorized first."""
    return np.array_split(half.memorization.most_first()[::-1], DECILES)


def most(half: Half, top: float) -> Ints:
    """The most memorized share of the records, at least one record.

    Args:
        half: the half.
        top: share, in (0, 1].
    """
    order = half.memorization.most_first()
    return order[: max(1, round(top * len(order)))]
