"""Asking trained models for the training records of every class, and counting what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.experiments.watching import Arrays
from audit.training.base import Running

Bools = NDArray[np.bool_]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]

STEPS = 25
"""An odd number: a bit whose gradient never vanishes is decided."""


@dataclass(frozen=True)
class Reconstruction:
    """Reconstructs a record of every class from each model and the label alone, and keeps only how much is right.

    An attacker needs the model and the label. Who was IN and which bits matter are used to count, after the attack.

    Attributes:
        fixed: Bool [classes, bits]; the bits that a class fixes.
        steps: of the ascent.
    """

    fixed: Bools
    steps: int = STEPS

    @property
    def version(self) -> str:
        """See `audit.experiments.watching.Watch`; what is fixed follows from the records, which are part of the key."""
        return f"reconstruction 1, {self.steps} steps"

    def __call__(self, run: Running) -> Arrays:
        """Train, reconstruct, count.

        Args:
            run: the models with their initial weights.

        Returns:
            The arrays of `counted`, each [models, classes].
        """
        for _ in run.steps():
            pass
        said = reconstructed(run, self.fixed.shape, self.steps).cpu().numpy()
        x, y = run.task.dataset.x, run.task.dataset.y
        rows = [
            counted(guess, x, y, is_in, self.fixed) for guess, is_in in zip(np.sign(said), run.membership, strict=True)
        ]
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def log_odds(logits: Tensor) -> Tensor:
    """The models' score of each class at the record that is meant for it: log-odds, from the logits.

    Args:
        logits: Float [models, classes, classes]; of record k, which is meant for class k.

    Returns:
        Float [models, classes].
    """
    own = torch.diagonal(logits, dim1=1, dim2=2)
    meant = torch.eye(logits.shape[-1], dtype=torch.bool, device=logits.device)
    return own - logits.masked_fill(meant, -torch.inf).logsumexp(2)


def reconstructed(run: Running, shape: tuple[int, int], steps: int) -> Tensor:
    """Climb the score of every class at once, from the centre of the cube to near a corner.

    Each of the steps moves every bit by 1/steps along the sign of its gradient: the iterative fast gradient sign
    method, aimed at a class (Kurakin, Goodfellow & Bengio 2016, arXiv 1607.02533, section 2.3). No step leaves the
    cube, so nothing is projected; the sign of the end is the majority of a bit's gradient signs along the way.

    Args:
        run: trained models.
        shape: classes and bits.
        steps: of the ascent.

    Returns:
        Float [models, classes, bits], in [-1, 1].
    """
    x = torch.zeros(len(run.models), *shape, device=run.task.device)
    for _ in range(steps):
        x.requires_grad_(True)
        (slope,) = torch.autograd.grad(log_odds(run.logits(x)).sum(), x)
        x = x.detach() + slope.sign() / steps
    return x


def counted(guess: Floats32, x: Floats32, y: Ints, is_in: Bools, fixed: Bools) -> dict[str, Floats32]:
    """How many bits of one model's reconstructions are right; a bit that is not decided counts as half a right one.

    The records to compare with are chosen before looking: of each class the first that was IN, and the first that was
    OUT, in the order of the data. So chance is one half wherever the bits are fair coins that the model has not seen.

    Args:
        guess: Float [classes, bits]; -1, 0 or +1.
        x: Float [records, bits]; -1 or +1.
        y: Int [records].
        is_in: Bool [records]; the model's membership row.
        fixed: Bool [classes, bits].

    Returns:
        Name -> Float32 [classes], NaN where there is no such record or bit, else a share in [0, 1]: `irrelevant`, of
        the bits that the class does not fix, against the first IN record; `fixed`, of those that it does, against any
        record; `majority`, of the bits that it does not fix, against what most IN records have, where one has the
        majority; `out`, as `irrelevant`, against the first OUT record.
    """
    classes = len(fixed)
    any_record, first_in, first_out = (_first(y, of, classes) for of in (np.ones_like(is_in), is_in, ~is_in))
    sums = np.zeros(fixed.shape, np.float32)
    np.add.at(sums, y[is_in], x[is_in])
    return {
        "irrelevant": _share(guess, _at(x, first_in), ~fixed),
        "fixed": _share(guess, _at(x, any_record), fixed),
        "majority": _share(guess, np.sign(sums), ~fixed),
        "out": _share(guess, _at(x, first_out), ~fixed),
    }


def _first(y: Ints, of: Bools, classes: int) -> Ints:
    """Int [classes]; the first of some records in each class, -1 where it has none."""
    first = np.full(classes, -1)
    places = np.flatnonzero(of)[::-1]
    first[y[places]] = places
    return first


def _at(x: Floats32, places: Ints) -> Floats32:
    """Float [classes, bits]; a record a class, 0 where it has none."""
    return np.where((places >= 0)[:, None], x[places], 0).astype(np.float32)


def _share(guess: Floats32, truth: Floats32, of: Bools) -> Floats32:
    """Float32 [classes]; share of some bits that agree, among those that have a truth."""
    known = of & (truth != 0)
    right = np.where(known, (1 + guess * truth) / 2, 0).sum(axis=1)
    total = known.sum(axis=1)
    return np.divide(right, total, out=np.full(len(guess), np.nan), where=total > 0).astype(np.float32)
