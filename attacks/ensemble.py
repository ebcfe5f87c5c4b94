"""The ensemble: several attacks as one, weighed by what they reach on other targets and other records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from attacks.base import Bools, Evidence, Floats, Ints, Part, PartsOf, UnscorableError, register
from attacks.base_score import Base
from attacks.levels import Scale
from attacks.lira import LiraOnline
from attacks.logistic import rising_weights
from attacks.references import ReferenceAttack
from attacks.rmia import RmiaOnline
from attacks.targets import half_of_pairs

PARTS: tuple[ReferenceAttack, ...] = (LiraOnline(), Base(), RmiaOnline())


@dataclass(frozen=True)
class Combination:
    """How scores were found to be combined, for a quarter of the targets and records.

    Attributes:
        scales: one a part.
        weights: Float [parts].
    """

    scales: tuple[Scale, ...]
    weights: Floats

    @classmethod
    def learnt(cls, scores: Sequence[Floats], membership: Bools) -> Combination:
        """Logistic regression of membership on the levels of the parts' scores.

        Args:
            scores: one a part, Float [targets, records]; NaN is no score.
            membership: Bool [targets, records].

        Raises:
            UnscorableError: if no member or no non-member has all scores.
        """
        known = ~np.isnan(np.stack(scores)).any(axis=0)
        inside = membership[known]
        if not 0 < inside.sum() < len(inside):
            raise UnscorableError("there are too few targets to learn weights on others")
        scales = tuple(Scale.of(part[known & ~membership]) for part in scores)
        levels = np.stack([scale(part[known]) for scale, part in zip(scales, scores, strict=True)], axis=1)
        return cls(scales, rising_weights(levels, inside))

    def __call__(self, scores: Sequence[Floats]) -> Floats:
        """The weighed sum of levels.

        Args:
            scores: one a part, all of one shape.
        """
        each = zip(self.weights.tolist(), self.scales, scores, strict=True)
        return np.asarray(sum(weight * scale(part) for weight, scale, part in each), np.float64)


@dataclass(frozen=True)
class Quarters:
    """Halves of the targets by halves of the records, each with what was learnt on the opposite quarter.

    A target's coins are in the scores of all others, as it is one of their references: with other targets alone
    the weights would still see the answer. Its coins of *other* records are independent of it, so that is where all
    is learnt, from scores that know of no other records.

    Attributes:
        first: numbers of the pairs in the first half.
        even: Bool [records]; the first half of the records.
        combinations: first half or not, even or not -> what to do there.
    """

    first: frozenset[int]
    even: Bools
    combinations: dict[tuple[bool, bool], Combination]

    def halves(self, pair: Ints) -> Bools:
        """Bool [models]: which models belong to the first half of the targets."""
        return np.isin(pair, list(self.first))


@register
@dataclass(frozen=True)
class Ensemble(ReferenceAttack):
    """A weighed sum of LiRA, BASE and RMIA, each on the scale of its own false-positive rate.

    Declared before any score was seen; its weights are learnt by logistic regression on other targets and other
    records than they are used for.

    Attributes:
        quarters: what was learnt; None until `resolved`.
    """

    name = "ensemble"
    title = "Ensemble"
    source = "weights by logistic regression on LiRA (arXiv 2112.03570), BASE (2505.24089) and RMIA (2312.03262)"
    knowledge = "the target's log-odds of the label; reference models with and without the record"
    references = True
    quarters: Quarters | None = None

    def resolved(self, evidence: Evidence) -> Self:
        """The attack with its weights learnt (see `Attack.resolved`)."""
        return self if self.quarters is not None else replace(self, quarters=learnt(evidence))

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The weighed sum (see `ReferenceAttack.parts`); NaN where a part has no score."""
        quarters = self.quarters or learnt(evidence)
        streams = [attack.parts(evidence, group, leave, every_record=True) for attack in PARTS]
        first = quarters.halves(evidence.pair)

        def of_group(own: int) -> Iterator[Part]:
            for same in zip(*(stream(own) for stream in streams), strict=True):
                scores = _combined(quarters, first[same[0].models], [part.scores for part in same])
                yield same[0]._replace(scores=scores)

        return of_group


def learnt(evidence: Evidence) -> Quarters:
    """Weights for every quarter of targets and records, from the opposite one.

    Args:
        evidence: the pool.

    Raises:
        UnscorableError: if there is one record alone, or a quarter has no member or no non-member with a score.
    """
    if evidence.phi.shape[1] < 2:
        raise UnscorableError("its weights are learnt on one half of the records for the other, and here is one record")
    first, even = half_of_pairs(evidence.pair), _half_of_records(evidence)
    found = {}
    for of_records in (True, False):
        others = evidence.records(even != of_records)
        scores = [attack.scores(others) for attack in PARTS]  # anew: what parts estimate from all records stays apart
        for of_targets in (True, False):
            opposite = first != of_targets
            learnt_there = Combination.learnt([part[opposite] for part in scores], others.membership[opposite])
            found[of_targets, of_records] = learnt_there
    return Quarters(frozenset(evidence.pair[first].tolist()), even, found)


def _combined(quarters: Quarters, first: Bools, scores: Sequence[Floats]) -> Floats:
    found = np.empty(scores[0].shape)
    for (of_targets, of_records), combination in quarters.combinations.items():
        quarter = np.ix_(first == of_targets, quarters.even == of_records)
        found[quarter] = combination([part[quarter] for part in scores])
    return found


def _half_of_records(evidence: Evidence) -> Bools:
    """Bool [records]: every second record by the rank of its mean signal over all models and views.

    Signals that are shifted by rounding, and records or models in another order, leave the halves as they are; a
    change of one rank moves two records at most. Records of the very same mean, copies of one another, are dealt out
    to both halves in turn.
    """
    rising = np.sort(evidence.phi.mean(axis=2), axis=0)  # so that the order of the models is not even in the last digit
    order = np.argsort(rising.mean(axis=0), kind="stable")
    first = np.zeros(len(order), np.bool_)
    first[order[::2]] = True
    return first
