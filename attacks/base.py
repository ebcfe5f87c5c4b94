"""What an attack is given, what it must return, and the registry of all attacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from attacks.threads import in_parallel

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class UnscorableError(ValueError):
    """An attack gives no score to any member or to any non-member; the message says why."""


@dataclass(frozen=True)
class Evidence:
    """A pool as an attacker sees it; every model is a target in turn and a reference for the others.

    Attributes:
        membership: Bool [models, records]; True where the record is IN the model's training set.
        phi: Float [models, records, views]; ln p_y - ln sum of the other classes' p, from the logits.
        correct: Bool [models, records]; the model's top class is the record's label.
        pair: Int [models]; models of one number drew their coins together (one is the other's
            complement). The references of a target are all models of another number: a partner's
            coins are the target's turned over, and would tell the answer.
    """

    membership: Bools
    phi: Floats
    correct: Bools
    pair: Ints

    def __post_init__(self) -> None:
        if self.phi.ndim != 3 or self.phi.shape[:2] != self.membership.shape:
            raise ValueError(f"phi {self.phi.shape} is not [models, records, views] over {self.membership.shape}")
        if self.correct.shape != self.membership.shape or self.pair.shape != self.membership.shape[:1]:
            raise ValueError("correct must be [models, records] and pair [models], as membership is")

    @cached_property
    def log_confidence(self) -> Floats:
        """Float [models, records], at most 0, read-only: the mean over views of ln p_y, with `p_y = expit(phi)`."""
        means = in_parallel(lambda model: log_expit(self.phi[model]).mean(axis=-1), range(len(self.phi)))
        found = np.stack(means).astype(np.float64, copy=False)
        found.setflags(write=False)
        return found

    def take(self, models: Bools | Ints) -> Evidence:
        """The evidence of some of the models alone, as targets and as references.

        Args:
            models: Bool [models] or indices into the models axis; take whole pairs.
        """
        return Evidence(self.membership[models], self.phi[models], self.correct[models], self.pair[models])


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
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    knowledge: ClassVar[str]
    references: ClassVar[bool]

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
