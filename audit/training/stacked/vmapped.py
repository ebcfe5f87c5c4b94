"""Gradients of a stack by `torch.func`: for models whose layers cannot be replaced one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from audit.training.losses import record_losses
from audit.training.stacked.gradients import StackBatch, StackGradients, accumulate, factors_of

State = dict[str, Any]
OfModel = Callable[[State, State, Tensor, Tensor, Tensor], tuple[State, Tensor]]


class VmappedGradients(StackGradients):
    """One `vmap` over models; under clipping a second one over records, whose gradients are all written out.

    Args:
        models: alike but for their weights and buffers, on the device; nothing in them may be random.
        seeds: unused: what draws random numbers is refused when it draws.
    """

    version = "vmapped"
    drops_out = False
    description = "mapped over models and records by torch.func"

    def __init__(self, models: Sequence[nn.Module], seeds: Sequence[int]) -> None:
        del seeds
        self._plain = copy.deepcopy(models[0])
        trained = {name for name, p in models[0].named_parameters() if p.requires_grad}
        parameters, buffers = stack_module_state(list(models))
        stacked = {name: nn.Parameter(p.detach(), requires_grad=name in trained) for name, p in parameters.items()}
        self._parameters = {name: p for name, p in stacked.items() if p.requires_grad}
        self._fixed = {name: p for name, p in stacked.items() if name not in trained} | buffers

    @property
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """See `StackGradients`."""
        return self._parameters

    def begin(self, step: int) -> None:
        """See `StackGradients`; nothing is random here."""

    def add(self, batch: StackBatch, clip: float | None) -> Tensor:
        """See `StackGradients`."""
        self._plain.train()
        gradients, losses = self._mapped(batch, self._of_batch if clip is None else self._of_records)
        if clip is not None:
            gradients = _clipped_sums(gradients, clip)
        for name, parameter in self._parameters.items():
            accumulate(parameter, gradients[name].detach())
        total: Tensor = losses.detach().reshape(len(losses), -1).sum(1)
        return total

    def norms(self, batch: StackBatch) -> Tensor:
        """See `StackGradients`."""
        self._plain.eval()
        return _squared_norms(self._mapped(batch, self._of_records)[0]).sqrt()

    def logits(self, x: Tensor) -> Tensor:
        """See `StackGradients`."""
        self._plain.eval()
        stacked = {**self._trained(), **self._fixed}  # a model at a time: outside of grad, vmap knows fewer layers
        each = ({name: value[k] for name, value in stacked.items()} for k in range(len(x)))
        return torch.stack([self._called(state, {}, own) for state, own in zip(each, x, strict=True)])

    def _mapped(self, batch: StackBatch, of_model: OfModel) -> tuple[State, Tensor]:
        """What is found of every model and its batch: gradients and losses."""
        kept = batch.x.new_ones(batch.y.shape[:2], dtype=self._dtype) if batch.kept is None else batch.kept
        found: tuple[State, Tensor] = vmap(of_model)(self._trained(), self._fixed, batch.x.contiguous(), batch.y, kept)
        return found

    @property
    def _dtype(self) -> torch.dtype:
        return next(iter(self._parameters.values())).dtype

    def _trained(self) -> State:
        return {name: p.detach() for name, p in self._parameters.items()}

    def _called(self, trained: State, fixed: State, x: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._plain, {**trained, **fixed}, (x,))
        return logits

    def _loss(self, trained: State, fixed: State, x: Tensor, y: Tensor, kept: Tensor) -> Tensor:
        return (record_losses(self._called(trained, fixed, x), y) * kept).sum()

    def _of_batch(self, trained: State, fixed: State, x: Tensor, y: Tensor, kept: Tensor) -> tuple[State, Tensor]:
        found: tuple[State, Tensor] = grad_and_value(self._loss)(trained, fixed, x, y, kept)
        return found

    def _of_records(self, trained: State, fixed: State, x: Tensor, y: Tensor, kept: Tensor) -> tuple[State, Tensor]:
        each = vmap(self._of_batch, (None, None, 0, 0, 0))
        found: tuple[State, Tensor] = each(trained, fixed, x[:, None], y[:, None], kept[:, None])
        return found


def _clipped_sums(gradients: State, clip: float) -> State:
    """Every record's gradient clipped, and summed over the batch.

    Args:
        gradients: name -> Float [models, batch, ...].
        clip: the clipping norm.
    """
    factors = factors_of(_squared_norms(gradients), clip)[:, None]
    return {
        name: torch.bmm(factors, each.flatten(2)).view(len(each), *each.shape[2:]) for name, each in gradients.items()
    }


def _squared_norms(gradients: State) -> Tensor:
    """Float [models, batch], from name -> Float [models, batch, ...]."""
    return torch.stack([each.flatten(2).square().sum(2) for each in gradients.values()]).sum(0)
