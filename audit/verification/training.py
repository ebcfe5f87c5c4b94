"""Training the models of a control by the trainers that every audit trains with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attacks import Evidence
from audit.data import Dataset
from audit.membership import membership_row
from audit.progress import Progress
from audit.training.base import Arm, Signals, Task
from audit.training.choice import trainer_for
from audit.verification.controls import Control
from audit.verification.start import FROM_ZERO

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

STACK = 64
"""The most models that are trained as one computation."""


def coins(dataset: Dataset, models: int, seed: int) -> Bools:
    """Who is IN: natural records always, canaries by fair coins, those of each model independent of all others.

    In an audit every other model takes the complement of the one before; one model of each such pair is taken here,
    so that every model is a unit of its own.

    Args:
        dataset: natural records first.
        models: how many.
        seed: of the coins.

    Returns:
        Bool [models, records].
    """
    planted = np.stack([membership_row(2 * model, dataset.canaries, 0.5, seed) for model in range(models)])
    return np.concatenate([np.ones((models, dataset.natural_records), bool), planted], axis=1)


def evidence_of(control: Control, dataset: Dataset, models: int, seed: int, progress: Progress) -> Evidence:
    """What an attacker sees of the canaries: the outputs of final models, and nothing else of them.

    Args:
        control: the engine and its setting.
        dataset: the setting's.
        models: how many, at least 1.
        seed: of coins, batches and noise.
        progress: is told of trained models.

    Raises:
        TrainingError: if a model's loss is not finite.
    """
    membership = coins(dataset, models, seed)
    trained, signals = [], []
    for arm, stack in stacks(control, dataset, membership):
        task = Task(dataset, FROM_ZERO, arm, seed)
        trained.append(stack)
        signals.append(trainer_for(task).train(task, stack.tolist(), membership[stack]))
        progress.trained(control.name, len(stack))
    order, said = np.argsort(np.concatenate(trained)), Signals.joined(signals)
    canaries = slice(dataset.natural_records, None)
    phi, correct = said.phi[order][:, canaries], said.correct[order][:, canaries]
    return Evidence(membership[:, canaries], phi, correct, np.arange(models))


def stacks(control: Control, dataset: Dataset, membership: Bools) -> Iterator[tuple[Arm, Ints]]:
    """Which models are trained together, by which engine.

    A model has streams of its own, so that it is the same in whatever stack.

    Args:
        control: the engine.
        dataset: the setting's.
        membership: Bool [models, records].

    Returns:
        The arm that is trained, and the numbers of at most `STACK` models.
    """
    claimed, sizes = control.setting.arm(dataset), membership.sum(axis=1)
    alike = sizes if control.by_size else np.zeros_like(sizes)
    for kind in np.unique(alike):
        same = np.flatnonzero(alike == kind)
        arm = control.engine(claimed, int(sizes[same[0]]))
        for start in range(0, len(same), STACK):
            yield arm, same[start : start + STACK]
