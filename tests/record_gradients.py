"""The truth about a stack's sums: every record's gradient by a backward pass of its own, in float64."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from audit.training.stacked.gradients import StackBatch, StackGradients

MODELS, RECORDS, CLASSES = 3, 7, 4


def batch_of(shape: tuple[int, ...]) -> StackBatch:
    generator = torch.Generator().manual_seed(3)
    x = torch.rand(MODELS, RECORDS, *shape, generator=generator, dtype=torch.float64)
    return StackBatch(x, torch.randint(0, CLASSES, (MODELS, RECORDS), generator=generator))


def own_gradients(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Float [records, parameters]: one backward pass a record."""
    trained = [p for p in model.parameters() if p.requires_grad]
    rows = [
        torch.autograd.grad(cross_entropy(model(one[None]), label[None]), trained, materialize_grads=True)
        for one, label in zip(x, y, strict=True)
    ]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])


def sums(gradients: StackGradients, *batches: StackBatch, clip: float | None) -> Tensor:
    """Float [models, parameters]: what adding the batches leaves."""
    for parameter in gradients.parameters.values():
        parameter.grad = None
    for batch in batches:
        gradients.add(batch, clip)
    parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in gradients.parameters.values()]
    return torch.cat([part.flatten(1) for part in parts], dim=1)


def clipped(each: Tensor, clip: float) -> Tensor:
    norms = each.norm(dim=1, keepdim=True)
    return (each * (clip / (norms + 1e-6)).clamp(max=1)).sum(0)


def close(found: Tensor, expected: Tensor) -> bool:
    assert expected.norm() > 1e-3
    return bool((found - expected).norm() <= 1e-6 * expected.norm())
