"""What the models of an arm get wrong, by how often a subpopulation occurs in their training set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.experiments.longtail.census import Census
from audit.experiments.longtail.crossed import Crossed
from audit.pool import Pool

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """An arm's models, by subpopulation.

    Attributes:
        arm: its name.
        census: who was IN.
        correct: Bool [models, records].
        test_correct: Bool [models, test records].
    """

    arm: str
    census: Census
    correct: Bools
    test_correct: Bools

    @classmethod
    def of(cls, pool: Pool, census: Census) -> Answers:
        """Read a pool.

        Args:
            pool: the arm's.
            census: of its memberships.
        """
        return cls(pool.arm, census, pool.correct, pool.test_correct)

    @cached_property
    def train_wrong(self) -> Floats:
        """Float [models, subpopulations]; IN records that the model gets wrong."""
        return self.census.by_record(self.census.membership & ~self.correct)

    @cached_property
    def test_wrong(self) -> Floats:
        """Float [models, subpopulations]; test records that it gets wrong."""
        return self.census.by_test(~self.test_correct)

    @cached_property
    def unfitted(self) -> Floats:
        """Float [models, subpopulations]; share of a subpopulation's IN records that are wrong, 0 where none is IN.

        Its sum over the subpopulations that occur l times is Feldman's errn(l): with l = 1 their number, with more
        a subpopulation of which half is wrong counts half.
        """
        return self.train_wrong / np.maximum(self.census.count, 1)

    def test_error(self, chosen: Bools) -> Crossed:
        """Share of the chosen subpopulations' test records that are wrong.

        Args:
            chosen: Bool [models, subpopulations].
        """
        return self.census.total(self.test_wrong * chosen) / self.census.total(self.census.test_records * chosen)

    def train_error(self, chosen: Bools) -> Crossed:
        """Share of the chosen subpopulations' IN records that are wrong.

        Args:
            chosen: Bool [models, subpopulations].
        """
        return self.census.total(self.train_wrong * chosen) / self.census.total(self.census.count * chosen)

    def lost(self, cells: Bools | Floats) -> Crossed:
        """Share of *all* test records that are wrong and in the chosen subpopulations.

        Args:
            cells: [models, subpopulations], in [0, 1]; how far each is chosen.
        """
        return self.census.test_share(self.test_wrong * cells)

    def memorization(self, chosen: Bools) -> Crossed:
        """`P[right | IN, c - 1 others IN] - P[right | OUT, c - 1 others IN]`, over the chosen models and records.

        A record's coin is independent of the others' coins: with equally many others IN, the models that it is IN
        differ from those that it is OUT in its coin alone.

        Args:
            chosen: Bool [models, records]; where the number of others, and the record itself, make a count of the band.
        """
        inside = self.census.membership
        one, other = chosen & inside, chosen & ~inside
        right = self.correct
        return _contrast(self.census, (one, one & right), (other, other & right), self.census.of_record)

    def gain(self, times: int) -> Crossed:
        """Accuracy on the same test records with so many records of their subpopulation IN, minus with none.

        Args:
            times: l, at least 1.
        """
        tests, right = self.census.test_records, self.census.test_records - self.test_wrong
        one, other = self.census.count == times, self.census.count == 0
        place = np.arange(self.census.subpopulations)
        return _contrast(self.census, (one * tests, one * right), (other * tests, other * right), place)


Side = tuple[NDArray[np.generic], NDArray[np.generic]]


def _contrast(census: Census, one: Side, other: Side, place: Ints) -> Crossed:
    """Difference of two rates within strata, weighted as by Mantel and Haenszel (Greenland & Robins 1985, equation 4).

    Strata where one side has no trial weigh nothing, so that both rates rest on the same records.

    Args:
        census: who was IN.
        one: trials and successes, [models, strata] each.
        other: the same of the side that is subtracted.
        place: Int [strata]; the subpopulation of each.
    """
    of_pair = [census.by_pair(each) for each in (*one, *other)]
    whole = [each.sum(axis=0, keepdims=True) for each in of_pair]
    rest = [total - own for total, own in zip(whole, of_pair, strict=True)]
    top, bottom = _weighted(*whole)
    top_rest, bottom_rest = _weighted(*rest)

    def summed(terms: Floats, without: Floats) -> Crossed:
        by_subpopulation = census.gathered(terms, place)[0], census.gathered(without, place)
        return Crossed.summed(*by_subpopulation, census.unit_name)

    return summed(top, top_rest) / summed(bottom, bottom_rest)


def _weighted(trials: Floats, good: Floats, others: Floats, others_good: Floats) -> tuple[Floats, Floats]:
    """Float [..., strata] each: weighted differences of the two rates, and their weights."""
    both = np.maximum(trials + others, 1)
    return (others * good - trials * others_good) / both, trials * others / both
