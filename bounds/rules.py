"""How the record and the threshold of a bound are chosen, and what that choice costs.

A rule is declared before any score is seen. With perfect separation J units prove about ln(J / ln(2 n / alpha))
under Bonferroni over n choices, and ln(J / (2 ln(2 / alpha))) under an even split: the split proves more as soon as
n > 2 / alpha = 40, and does not weaken as records are added.

Everywhere a score that is as high as the threshold, or higher, is called a member. Why one record's models are
independent trials over units stands in `bounds.counts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from attacks.intervals import Floats
from bounds.arguments import check_delta, check_level
from bounds.counts import Counts, epsilon_from_counts, most_provable
from bounds.cuts import Bools, Ints, best_cuts


@dataclass(frozen=True, slots=True)
class Certified:
    """A lower bound on epsilon that holds, and what it rests on.

    Attributes:
        epsilon: the bound; 0 proves nothing.
        record: index of the record whose models are the trials.
        threshold: scores as high or higher are called members.
        counts: what the attack did in the trials.
        alpha: chance of a bound above the true epsilon, with the choice paid for.
        alpha_each: at which this one bound was computed.
        most_provable: epsilon that perfect separation would prove under this rule with these trials.
    """

    epsilon: float
    record: int
    threshold: float
    counts: Counts
    alpha: float
    alpha_each: float
    most_provable: float


class Rule(Protocol):
    """How record and threshold are chosen."""

    @property
    def description(self) -> str:
        """One clause for a report."""
        ...

    def certify(self, scores: Floats, membership: Bools, unit: Ints, delta: float, alpha: float) -> Certified:
        """The bound under this rule.

        Args:
            scores: Float [models, records]; higher means member; no NaN.
            membership: Bool [models, records].
            unit: Int [models]; models of one number drew their coins together: a complementary pair, or one model.
            delta: failure probability of the guarantee, in [0, 1).
            alpha: chance of a bound above the true epsilon, in (0, 1).

        Raises:
            ValueError: if shapes do not fit each other, or delta or alpha is outside its range.
        """
        ...


@dataclass(frozen=True, slots=True)
class Explicit:
    """Record and threshold are fixed in advance; nothing is paid for a choice.

    Attributes:
        threshold: in the scores' unit.
        record: index of the record.
    """

    threshold: float
    record: int = 0

    @property
    def description(self) -> str:
        """One clause for a report."""
        return "the record and the threshold were fixed in advance, so the bound is computed at the full alpha"

    def certify(self, scores: Floats, membership: Bools, unit: Ints, delta: float, alpha: float) -> Certified:
        """The bound of the one record; arguments as in `Rule.certify`.

        Raises:
            ValueError: also if there is no such record.
        """
        _check(scores, membership, unit, delta, alpha)
        if not 0 <= self.record < scores.shape[1]:
            raise ValueError(f"record={self.record}: there are {scores.shape[1]} records")
        counts = _counts(scores[:, self.record], membership[:, self.record], self.threshold)
        return _certified(counts, self.record, self.threshold, delta, alpha)


@dataclass(frozen=True, slots=True)
class Bonferroni:
    """The best of all records and some thresholds that are fixed in advance; valid under any dependence.

    Attributes:
        thresholds: in the scores' unit; at least one.
    """

    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.thresholds:
            raise ValueError("thresholds=(): at least one is needed")

    @property
    def description(self) -> str:
        """One clause for a report."""
        number = len(self.thresholds)
        if number == 1:
            return "the best of all records at one threshold fixed in advance, each at alpha / records (Bonferroni)"
        return (
            f"the best of all records and of {number} thresholds fixed in advance, "
            f"each at alpha / ({number} x records) (Bonferroni)"
        )

    def certify(self, scores: Floats, membership: Bools, unit: Ints, delta: float, alpha: float) -> Certified:
        """The best bound of all; arguments as in `Rule.certify`."""
        _check(scores, membership, unit, delta, alpha)
        choices = scores.shape[1] * len(self.thresholds)
        best = best_cuts(scores, membership, self.thresholds, delta, alpha / choices)
        record = best.leader()
        threshold = float(best.threshold[record])
        counts = _counts(scores[:, record], membership[:, record], threshold)
        # Another record may have had more trials than the one that led.
        members = np.unique(membership.sum(axis=0))
        highest = max(most_provable(n, len(scores) - n, delta, alpha, choices) for n in members.tolist())
        return _certified(counts, record, threshold, delta, alpha, choices, highest)


@dataclass(frozen=True, slots=True)
class Split:
    """Record and threshold are chosen on some units and certified on the others, at the full alpha.

    Attributes:
        thresholds: to choose from; None for the middle between any two neighbouring scores of a record.
        share: of the units that choose, in (0, 1).
    """

    thresholds: tuple[float, ...] | None = None
    share: float = 0.5

    def __post_init__(self) -> None:
        check_level("share", self.share)
        if self.thresholds is not None and not self.thresholds:
            raise ValueError("thresholds=(): at least one is needed, or None")

    @property
    def description(self) -> str:
        """One clause for a report."""
        part = "half" if self.share == 0.5 else f"{100 * self.share:g} %"
        return (
            f"the record and the threshold were chosen on {part} of the training runs "
            "and certified on the others, at the full alpha"
        )

    def certify(self, scores: Floats, membership: Bools, unit: Ints, delta: float, alpha: float) -> Certified:
        """The chosen record's bound on models that did not choose it; arguments as in `Rule.certify`."""
        _check(scores, membership, unit, delta, alpha)
        choosing = self.choosing(unit)
        best = best_cuts(scores[choosing], membership[choosing], self.thresholds, delta, alpha)
        record = best.leader()
        threshold = float(best.threshold[record])
        counts = _counts(scores[~choosing, record], membership[~choosing, record], threshold)
        return _certified(counts, record, threshold, delta, alpha)

    def choosing(self, unit: Ints) -> Bools:
        """Which models choose: evenly interleaved, so that a pool that is extended keeps every model's role.

        With a share of one half the even-numbered units choose.

        Args:
            unit: Int [models].

        Returns:
            Bool [models].
        """
        number = np.unique(unit, return_inverse=True)[1]
        # Rounded, so that a share such as 0.07 does not step late at 100 of its multiples.
        before, after = (np.ceil(np.round(n * self.share, 9)) for n in (number, number + 1))
        return np.asarray(after > before)


def _check(scores: Floats, membership: Bools, unit: Ints, delta: float, alpha: float) -> None:
    check_delta(delta)
    check_level("alpha", alpha)
    if scores.ndim != 2 or scores.shape != membership.shape or unit.shape != scores.shape[:1]:
        shapes = f"scores={scores.shape}, membership={membership.shape}, unit={unit.shape}"
        raise ValueError(f"{shapes}: must be [models, records] twice and [models]")
    if scores.shape[1] == 0:
        raise ValueError("scores=[models, 0]: there is no record")


def _counts(scores: Floats, members: Bools, threshold: float) -> Counts:
    called = scores >= threshold
    tp, fp = int((called & members).sum()), int((called & ~members).sum())
    return Counts(tp, int(members.sum()), fp, int((~members).sum()))


def _certified(
    counts: Counts,
    record: int,
    threshold: float,
    delta: float,
    alpha: float,
    choices: int = 1,
    highest: float | None = None,
) -> Certified:
    each = alpha / choices
    epsilon = epsilon_from_counts(counts.tp, counts.members, counts.fp, counts.non_members, delta, each)
    if highest is None:
        highest = most_provable(counts.members, counts.non_members, delta, alpha, choices)
    return Certified(float(epsilon), record, threshold, counts, alpha, each, highest)
