"""Gradient norms of every record, of stacks and of single models, against a backward pass a record in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from record_gradients import CLASSES, MODELS, batch_of, own_gradients, sums
from small_tasks import images, rows, task_of
from stacking_models import SHAPE
from torch import nn

from audit.models import build
from audit.training.base import Trainer
from audit.training.one_by_one import OneByOne
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import StackBatch, StackGradients
from audit.training.stacked.trainer import Stacked
from audit.training.stacked.vmapped import VmappedGradients

FOLDED = ("words", "twice_convolved", "strided", "grouped", "group_norms", "partly_frozen", "without_a_rule", "unused")
MAPPED = ("words", "loose", "tied", "partly_frozen")
CASES = [(FoldedGradients, name) for name in FOLDED] + [(VmappedGradients, name) for name in MAPPED]


def stack_of(name: str) -> list[nn.Module]:
    return [build(f"stacking_models:{name}", SHAPE, CLASSES, seed).double() for seed in range(MODELS)]


@pytest.mark.parametrize(("way", "name"), CASES)
def test_norms_are_those_of_single_records(way: type[StackGradients], name: str) -> None:
    models, batch = stack_of(name), batch_of(SHAPE)
    expected = torch.stack([own_gradients(*one).norm(dim=1) for one in zip(models, batch.x, batch.y, strict=True)])
    torch.testing.assert_close(way(models, range(MODELS)).norms(batch), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("way", [FoldedGradients, VmappedGradients])
def test_asking_for_norms_changes_no_gradient(way: type[StackGradients]) -> None:
    gradients, batch = way(stack_of("words"), range(MODELS)), batch_of(SHAPE)
    before = sums(gradients, batch, clip=0.3)
    for parameter in gradients.parameters.values():
        parameter.grad = None
    gradients.norms(batch)
    assert all(parameter.grad is None for parameter in gradients.parameters.values())
    assert torch.equal(sums(gradients, batch, clip=0.3), before)


@pytest.mark.parametrize("way", [FoldedGradients, VmappedGradients])
def test_rows_that_only_fill_up_have_no_gradient(way: type[StackGradients]) -> None:
    batch = batch_of(SHAPE)
    kept = torch.ones(batch.y.shape, dtype=torch.float64)
    kept[:, -2:] = 0
    gradients = way(stack_of("words"), range(MODELS))
    found = gradients.norms(StackBatch(batch.x, batch.y, kept))
    assert (found[:, -2:] == 0).all()
    torch.testing.assert_close(found[:, :-2], gradients.norms(batch)[:, :-2])


def test_nothing_is_dropped_out() -> None:
    models = [nn.Sequential(nn.Flatten(), nn.Linear(72, 16), nn.Dropout(0.5), nn.Linear(16, CLASSES)).double()] * MODELS
    batch = batch_of(SHAPE)
    gradients = FoldedGradients(models, range(MODELS))
    still = models[0].eval()
    expected = torch.stack([own_gradients(still, x, y).norm(dim=1) for x, y in zip(batch.x, batch.y, strict=True)])
    torch.testing.assert_close(gradients.norms(batch), expected, rtol=1e-6, atol=1e-12)


def norms_after(trainer: Trainer, task, models: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Norms and logits after training, [models, records] and [models, records, classes]."""
    with trainer.running(task, models, rows(len(models))) as run:
        for _ in run.steps():
            pass
        x, y = run.tensors.audited
        found = run.norms(x, y)
        return found.numpy(), run.logits(x).detach().numpy()


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_a_stack_and_single_models_agree(kind: str) -> None:
    """Trained alike, they have the same norms to float32's precision; a clipping engine's hooks do not interfere."""
    task = task_of(kind, "cnn", images())
    stacked, _ = norms_after(Stacked(FoldedGradients), task, [0, 1])
    mapped, _ = norms_after(Stacked(VmappedGradients), task, [0, 1])
    alone, _ = norms_after(OneByOne(), task, [0])
    np.testing.assert_allclose(stacked[0], alone[0], rtol=5e-3, atol=1e-5)
    np.testing.assert_allclose(stacked, mapped, rtol=5e-3, atol=1e-5)


def test_softmax_regression_has_a_closed_form() -> None:
    """Its gradient is (p - label) times the input, and once more for the bias."""
    models, batch = stack_of("unused"), batch_of(SHAPE)
    gradients = FoldedGradients(models, range(MODELS))
    error = gradients.logits(batch.x).softmax(-1) - torch.eye(CLASSES)[batch.y]
    expected = error.norm(dim=-1) * (batch.x.flatten(2).square().sum(-1) + 1).sqrt()
    torch.testing.assert_close(gradients.norms(batch), expected.detach(), rtol=1e-9, atol=1e-12)
