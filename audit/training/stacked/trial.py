"""A trial of a way of stacking before anything rests on it: its sums against every record's own gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from audit.training.base import Task
from audit.training.losses import summed_loss
from audit.training.stacked.dropouts import StackedDropout
from audit.training.stacked.gradients import StackBatch, StackGradients, factors_of
from audit.training.stacked.trainer import initial_models

MODELS, RECORDS = 2, 3
"""Models and records of the trial; the last record of the first model only fills up."""

_AGREEMENT = 1e-3


def problem_with(way: type[StackGradients], task: Task) -> str:
    """Why a model cannot be trained in this way; empty if it can.

    The sums that the way finds, plain and clipped, are compared with the same sums of gradients that are taken a
    model and a record at a time. So whatever a forward pass does that the way does not foresee is found out: weights
    used outside of their layers, control flow, records that meet, random numbers of its own.

    Args:
        way: a way of getting a stack's gradients.
        task: names the architecture; a few of its records are used.
    """
    models = initial_models(task, range(MODELS))
    if not way.drops_out and any(_drops_out(layer) for layer in models[0].modules()):
        return "it has dropout layers"
    models = [_without_dropout(model) for model in models]
    trial = _Trial.of(task, models)
    clips = (None,) if task.arm.recipe.max_grad_norm is None else (None, task.arm.recipe.max_grad_norm, trial.binding)
    try:
        gradients = way(models, list(range(MODELS)))
        gradients.begin(0)
        off = [clip for clip in clips if not trial.agrees(gradients, clip)]
    except Exception as error:  # noqa: BLE001 - anyone's model may fail in any manner; the plan says how
        return f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else 'no message'}"
    return "its gradients are not those of a model alone" if off else ""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a way is tried on, and the truth.

    Attributes:
        batch: records of every model.
        each: [models][records][parameters] -> gradient; the truth.
    """

    batch: StackBatch
    each: list[list[list[Tensor]]]

    @classmethod
    def of(cls, task: Task, models: Sequence[nn.Module]) -> _Trial:
        """Every record's own gradient, by plain autograd."""
        x = torch.from_numpy(task.dataset.x[: MODELS * RECORDS]).to(task.device)
        y = torch.from_numpy(task.dataset.y[: MODELS * RECORDS]).to(task.device)
        picked = torch.arange(MODELS * RECORDS, device=task.device).remainder(len(x)).view(MODELS, RECORDS)
        kept = torch.ones(MODELS, RECORDS, device=task.device)
        kept[0, -1] = 0
        batch = StackBatch(x[picked], y[picked], kept)
        each = [
            [_gradient(model, a, b, float(k)) for a, b, k in zip(*of_model, strict=True)]
            for model, *of_model in zip(models, batch.x, batch.y, kept, strict=True)
        ]
        return cls(batch, each)

    @property
    def binding(self) -> float:
        """A clipping norm that scales records down: the arm's own may bind nobody before training has begun."""
        norms = torch.cat([_norms(of_model) for of_model in self.each])
        return float(norms[norms > 0].median()) / 2 if (norms > 0).any() else 1.0

    def agrees(self, gradients: StackGradients, clip: float | None) -> bool:
        """Whether the way finds the sums that the records' own gradients add up to."""
        for parameter in gradients.parameters.values():
            parameter.grad = None
        gradients.add(self.batch, clip)
        found = [_or_zeros(parameter) for parameter in gradients.parameters.values()]
        expected = [torch.stack(of_models) for of_models in zip(*(_sums(m, clip) for m in self.each), strict=True)]
        if [f.shape for f in found] != [e.shape for e in expected]:
            return False
        gap = torch.stack([(f - e).norm() for f, e in zip(found, expected, strict=True)]).norm()
        size = torch.stack([e.norm() for e in expected]).norm()
        return bool(gap <= _AGREEMENT * size + _AGREEMENT**2)


def _gradient(model: nn.Module, x: Tensor, y: Tensor, kept: float) -> list[Tensor]:
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = summed_loss(model(x[None]), y[None]) * kept
    return list(torch.autograd.grad(loss, parameters, materialize_grads=True))


def _sums(each: list[list[Tensor]], clip: float | None) -> list[Tensor]:
    """The sums over records, parameter by parameter, each record's gradient clipped."""
    norms = _norms(each)
    factors = torch.ones_like(norms) if clip is None else factors_of(norms.square(), clip)
    weighed = [[g * f for g in of_record] for of_record, f in zip(each, factors, strict=True)]
    return [torch.stack(of_parameter).sum(0) for of_parameter in zip(*weighed, strict=True)]


def _norms(each: list[list[Tensor]]) -> Tensor:
    """Norm of every record's gradient, Float [records]."""
    return torch.stack([torch.stack([g.norm() for g in of_record]).norm() for of_record in each])


def _drops_out(layer: nn.Module) -> bool:
    return StackedDropout.handles(layer) and float(layer.p) > 0  # type: ignore[arg-type]


def _or_zeros(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def _without_dropout(model: nn.Module) -> nn.Module:
    """The model with dropout that drops nothing: with masks of their own no two ways could agree."""
    for layer in model.modules():
        if StackedDropout.handles(layer):
            layer.p = 0.0  # type: ignore[assignment]
    return model
