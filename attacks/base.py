"""What an attack is given, what it must return, and the registry of all attacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from attacks.evidence import Bools, Evidence, Floats, Ints, UnscorableError, mean_log_confidence

__all__ = [
    "ATTACKS",
    "Attack",
    "Bools",
    "Evidence",
    "Floats",
    "Ints",
    "Part",
    "PartsOf",
    "UnscorableError",
    "mean_log_confidence",
    "register",
]


class Part(NamedTuple):
    """Scores of some targets on some records, while a group of model pairs is neither target nor reference.

    Attributes:
        left_out: number of the group.
        models: Int; the targets.
        records: slice of the records axis.
        scores: Float [targets, records of the slice]; NaN is no score.
    """

    left_out: int
    models: Ints
    records: slice
    scores: Floats


PartsOf = Callable[[int], Iterator[Part]]
"""From the number of a piece of work to its scores; pieces may run at the same time."""


class Attack(Protocol):
    """A membership-inference attack: signals in, one score for every model and record out.

    Attributes:
        name: registry key, as the command line takes it.
        title: name in a report.
        source: authors, year, equation or section, arXiv number.
        knowledge: what the attacker is assumed to know and to pay, in one line.
        references: True if the attack uses reference models.
        most_models: a dear attack is evaluated on so many models of the pool, as targets and as references.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    knowledge: ClassVar[str]
    references: ClassVar[bool]
    most_models: ClassVar[int | None] = None

    def scores(self, evidence: Evidence) -> Floats:
        """Score every record against every model as the target; higher means member.

        Args:
            evidence: the pool; what a target's own membership row says is never used for its scores.

        Returns:
            Float [models, records]; NaN where a record has no reference that the attack needs.
        """
        ...

    def resolved(self, evidence: Evidence) -> Attack:
        """The attack with every choice made that depends on the size of the pool.

        A resample of the pool is then attacked in the very same way as the pool itself.

        Args:
            evidence: the whole pool.
        """
        return self

    def replicates(self, evidence: Evidence, group: Ints) -> PartsOf:
        """Scores with every group of model pairs left out in turn, as target and as reference.

        An attack that can share work between groups overrides this along with `scores`.

        Args:
            evidence: the pool.
            group: Int [models]; number of each model's group of whole pairs, from 0 on.

        Returns:
            From the number of a group, once each, to parts; all groups together give every target's scores
            without each group but its own.
        """

        def without(one: int) -> Iterator[Part]:
            kept = np.flatnonzero(group != one)
            if len(kept):
                yield Part(one, kept, slice(0, evidence.membership.shape[1]), self.scores(evidence.take(kept)))

        return without


ATTACKS: dict[str, Attack] = {}
A = TypeVar("A", bound=Attack)


def register(attack: Callable[[], A]) -> Callable[[], A]:
    """Class decorator: put an instance with default parameters into `ATTACKS` under its name."""
    instance = attack()
    if instance.name in ATTACKS:
        raise ValueError(f"two attacks are named {instance.name!r}")
    ATTACKS[instance.name] = instance
    return attack
