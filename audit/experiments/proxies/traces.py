"""What one training run shows of every record while it goes on: losses, hits, margins, errors, gradient norms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from audit.signals import phi_from_logits
from audit.training.base import Running, Schedule, Signals

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

EARLY = 0.1
"""Share of training after which early proxies are read: Paul et al. 2021 (arXiv 2107.07075) took epoch 20 of 200."""


@dataclass(frozen=True)
class Traces:
    """What one run shows of every record; all models of it are trained on all records.

    Attributes:
        loss: Float [epochs, records]; cross-entropy at the end of each watched epoch, in nats.
        right: Bool [epochs, records]; whether the top class is the label.
        margin: Float [records]; logit of the label less the highest other one, after training.
        norm: Float [records]; norm of the gradient of the record's loss with respect to all weights, after training.
        early_norm: Float [records]; the same after `EARLY` of training.
        early_error: Float [records]; L2 distance of the probabilities and the label then, in [0, sqrt(2)].
    """

    loss: Floats
    right: Bools
    margin: Floats
    norm: Floats
    early_norm: Floats
    early_error: Floats

    @classmethod
    def of(cls, signals: Signals) -> list[Traces]:
        """The traces of every run.

        Args:
            signals: of runs that `TraceWatch` watched.
        """
        held = [signals.extra[name] for name in cls.__dataclass_fields__]
        return [cls(*(_wide(array[run]) for array in held)) for run in range(len(held[0]))]


def _wide(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.dtype == np.bool_ else array.astype(np.float64)


def epoch_ends(schedule: Schedule, between: float) -> tuple[int, ...]:
    """Steps after which to look: every so many epochs, and after the last step.

    Args:
        schedule: the run's; an epoch has one over its sample rate steps.
        between: epochs between two looks, above 0.
    """
    apart = between / schedule.sample_rate
    looks = {round(apart * number) for number in range(1, int(schedule.steps / apart) + 1)}
    return tuple(sorted(step for step in looks | {schedule.steps} if 0 < step <= schedule.steps))


@dataclass(frozen=True)
class TraceWatch:
    """Asks about all records after certain steps; see `Watch`.

    Attributes:
        ends: steps after which to look, rising; the last is that of training.
    """

    ends: tuple[int, ...]

    @property
    def version(self) -> str:
        """Names what is read, and when."""
        digest = hashlib.sha256(str(self.ends).encode()).hexdigest()
        return f"traces 1, {len(self.ends)} looks, {digest[:8]}"

    @property
    def early(self) -> int:
        """The step of the early look: the first one at or after `EARLY` of training."""
        return next(step for step in self.ends if step >= EARLY * self.ends[-1])

    def __call__(self, run: Running) -> Mapping[str, NDArray[Any]]:
        """Train the runs to the end and look at all records after the steps; see `Watch`.

        Args:
            run: the models with their initial weights.

        Raises:
            TrainingError: if a loss is not finite.
        """
        looks: list[_Look] = []
        early: dict[str, NDArray[Any]] = {}
        for step, _ in enumerate(run.steps(), start=1):
            if step in self.ends:
                looks.append(_Look.of(run))
            if step == self.early:
                early = {"early_norm": _norms(run), "early_error": looks[-1].error}
        loss, right = (np.stack([getattr(look, name) for look in looks], axis=1) for name in ("loss", "right"))
        return {"loss": loss, "right": right, "margin": looks[-1].margin, "norm": _norms(run), **early}


@dataclass(frozen=True)
class _Look:
    """What the models say of all records at one moment, each [models, records]."""

    loss: NDArray[np.float32]
    right: Bools
    margin: NDArray[np.float32]
    error: NDArray[np.float32]

    @classmethod
    def of(cls, run: Running) -> _Look:
        x, labels = run.tensors.x, run.tensors.y.cpu().numpy()
        parts = max(1, -(-len(x) // run.at_once))
        with torch.inference_mode():
            said = [run.logits(part).double().cpu().numpy() for part in x.tensor_split(parts)]
        found = [_read(logits, own) for logits, own in zip(said, np.array_split(labels, parts), strict=True)]
        return cls(*(np.concatenate(each, axis=1) for each in zip(*found, strict=True)))


def _read(logits: Floats, labels: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
    """Loss, whether right, margin and error of every record.

    Args:
        logits: Float [models, records, classes].
        labels: Int [records].
    """
    at = np.broadcast_to(labels[:, None], (*logits.shape[:2], 1))
    rest = logits.copy()
    np.put_along_axis(rest, at, -np.inf, axis=-1)
    margin = np.take_along_axis(logits, at, axis=-1)[..., 0] - rest.max(axis=-1)
    loss = np.logaddexp(0, -phi_from_logits(logits, labels))
    chances = np.exp(logits - logits.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    np.put_along_axis(chances, at, np.take_along_axis(chances, at, axis=-1) - 1, axis=-1)
    error = np.linalg.norm(chances, axis=-1)
    return loss.astype(np.float32), margin > 0, margin.astype(np.float32), error.astype(np.float32)


def _norms(run: Running) -> NDArray[np.float32]:
    found: NDArray[np.float32] = run.norms(*run.tensors.audited).float().cpu().numpy()
    return found
