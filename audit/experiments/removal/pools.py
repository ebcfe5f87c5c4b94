"""Pools whose models were trained without some of the records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacks.evaluation import Evaluation
from audit.experiments.base import Base
from audit.experiments.training import Crew, Training, Wanted
from audit.halves import halves
from audit.pool import OF_RECORDS, Pool
from audit.progress import Progress
from audit.training.base import Signals

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Without:
    """A pool whose models were trained without some records.

    Attributes:
        pool: the pool; its coins are those of the audit's pool.
        removed: Bool [models, records]; alike in both models of a pair.
        leakage: what the headline attack reaches on the records that stay, or why it reaches nothing.
    """

    pool: Pool
    removed: Bools
    leakage: Evaluation | str

    @property
    def sets(self) -> tuple[Bools, Bools]:
        """Bool [records] twice: what is removed from the models of either half, where it is alike in all of them."""
        one, other = halves(self.pool.pair)
        return self.removed[one[0]], self.removed[other[0]]


@dataclass(frozen=True)
class Removed:
    """One share's pools beside the audit's.

    Attributes:
        share: share of the records.
        base: with nothing removed.
        top: without the top records, each half without those that the other half chose.
        random: without as many at random, a pool a draw.
        influenced: Bool [models, test records]; those that the removed records influence, as the other half has it.
        expected: how many of them are expected by chance, mean of the two halves.
    """

    share: float
    base: Without
    top: Without
    random: Sequence[Without]
    influenced: Bools
    expected: float


def retrained(pool: Pool, signals: Signals, removed: Bools) -> Pool:
    """The audit's pool with what models say that were trained without some records.

    Args:
        pool: the audit's pool of the arm; its records are the natural ones.
        signals: of the same models; canaries last, and left out here.
        removed: Bool [models, records]; they are OUT.
    """
    kept = slice(0, pool.membership.shape[1])
    held = {name: getattr(signals, name) for name in OF_RECORDS if name != "membership"}
    said: dict[str, Any] = {name: array[:, kept] for name, array in held.items() if array is not None}
    inside = pool.membership & ~removed
    tests: dict[str, Any] = {
        "test_phi": signals.test_phi,
        "test_correct": signals.test_correct,
        "seconds": signals.seconds,
    }
    return replace(pool, membership=inside, paired=False, numbers=pool.pair, **said, **tests)


class Course:
    """The audit's models again, with the same coins, weights, batches' streams and public constants, but for records.

    Args:
        base: the audit.
        arm: which of its arms.
        listener: hears of it.
    """

    def __init__(self, base: Base, arm: str, listener: Progress) -> None:
        self.base, self.arm, self.listener = base, arm, listener
        self.found: dict[str, Pool] = {}

    @property
    def pool(self) -> Pool:
        """The audit's pool of the arm, nothing removed."""
        return self.base.pools[self.arm]

    @property
    def models(self) -> int:
        """How many models were asked for so far."""
        return len(self.found) * self.pool.models

    def train(self, removed: Sequence[Bools], later: int = 0) -> None:
        """Train what is not on disk, the cost said before.

        Args:
            removed: Bool [models, records] each; what is alike is trained once.
            later: pools that will be asked for after these, for the cost.
        """
        wanted = {name_of(self.arm, one): one for one in removed}
        training = self._training(wanted)
        self.listener.plan([*training.lines(), *self._later(training, later)])
        for name, signals in training.signals(self.listener).items():
            self.found[name] = retrained(self.pool, signals, wanted[name])

    def pools(self, *removed: Bools) -> list[Pool]:
        """The pools that were trained.

        Args:
            removed: Bool [models, records] each.
        """
        return [self.found[name_of(self.arm, one)] for one in removed]

    def _training(self, wanted: Mapping[str, Bools]) -> Training:
        base, config = self.base, self.base.config
        models = self.pool.models
        canaries, task = np.zeros((models, base.plan.dataset.canaries), bool), base.plan.workshop.tasks[self.arm]
        tasks = {name: replace(task, left_out=np.hstack([one, canaries])) for name, one in wanted.items()}
        crew = Crew.of(config.stack, config.workers, base.plan.device, base.folder.layout())
        models_of = {name: Wanted(one, range(models)) for name, one in tasks.items()}
        return Training.of("removal", base.shards("removal"), models_of, config.pool.inclusion, crew)

    def _later(self, training: Training, pools: int) -> list[str]:
        """What is ranked on these models and trained after them, for a person."""
        models, left = pools * self.pool.models, sum(map(len, training.missing.values()))
        if not (pools and left):
            return []
        return [f"then layer by layer {models} more, about {training.seconds * models / left:,.0f} s"]


def name_of(arm: str, removed: Bools) -> str:
    """Folder of the models of an arm that were trained without some records; other records, another folder.

    Args:
        arm: the arm.
        removed: Bool [models, records].
    """
    return f"{arm}-without-{hashlib.sha256(np.packbits(removed).tobytes()).hexdigest()[:12]}"
