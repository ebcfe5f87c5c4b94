"""Records with a label at every position: a stack trains them as a plain loop over records and positions would."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from record_gradients import clipped, close, sums
from sequence_models import Small
from torch import Tensor, nn

from audit.config import Recipe
from audit.data.base import Dataset
from audit.experiments.secrets.model import MODEL, Characters
from audit.experiments.watching import Watching
from audit.training.base import Arm, Schedule, Task
from audit.training.choice import trainer_for
from audit.training.losses import PADDING, record_losses, summed_loss
from audit.training.one_by_one import OneByOne
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import StackBatch
from audit.training.stacked.trainer import Stacked
from audit.training.stacked.trial import problem_with
from audit.training.stacked.vmapped import VmappedGradients

MODELS, RECORDS, POSITIONS, CLASSES = 3, 5, 6, 7
WAYS = [FoldedGradients, VmappedGradients]


def batch(kept: bool = False) -> StackBatch:
    """Random sequences of every length, one of them with nothing but padding."""
    stream = torch.Generator().manual_seed(5)
    x = torch.randint(0, CLASSES, (MODELS, RECORDS, POSITIONS), generator=stream).double()
    y = torch.randint(0, CLASSES, (MODELS, RECORDS, POSITIONS), generator=stream)
    for record in range(RECORDS):
        y[:, record, POSITIONS - record - (record == RECORDS - 1) * 2 :] = PADDING
    rows = torch.ones(MODELS, RECORDS, dtype=torch.float64)
    rows[0, 1] = 0
    return StackBatch(x, y, rows if kept else None)


def models(kind=Small) -> list[nn.Module]:
    built = []
    for seed in range(MODELS):
        torch.manual_seed(seed)
        built.append(kind(POSITIONS, CLASSES).double())
    return built


def slow_loss(logits: Tensor, y: Tensor) -> Tensor:
    """A record's loss, position by position, over the number of all positions."""
    total = logits.new_zeros(())
    for place, label in enumerate(y.tolist()):
        if label != PADDING:
            total = total - logits[place, label] + torch.logsumexp(logits[place], 0)
    return total / len(y)


def slow_gradients(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Float [records, parameters]: one backward pass a record."""
    trained = list(model.parameters())
    rows = [
        torch.autograd.grad(slow_loss(model(one[None])[0], label), trained, materialize_grads=True, allow_unused=True)
        if (label != PADDING).any()
        else [torch.zeros_like(p) for p in trained]
        for one, label in zip(x, y, strict=True)
    ]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])


def test_the_loss_is_a_sum_over_positions_divided_by_all_positions_padding_among_them() -> None:
    of = batch()
    logits = torch.randn(RECORDS, POSITIONS, CLASSES, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    slow = torch.stack([slow_loss(one, label) for one, label in zip(logits, of.y[0], strict=True)])
    assert torch.allclose(record_losses(logits, of.y[0]), slow)
    assert torch.isclose(summed_loss(logits, of.y[0]), slow.sum())
    assert slow[-1] == 0 != slow[-2]
    assert record_losses(logits, torch.full_like(of.y[0], PADDING)).tolist() == [0.0] * RECORDS


def test_a_uniform_model_pays_the_entropy_of_the_alphabet_at_every_position_that_counts() -> None:
    logits = torch.zeros(2, POSITIONS, CLASSES)
    y = torch.zeros(2, POSITIONS, dtype=torch.int64)
    y[1, 2:] = PADDING
    found = record_losses(logits, y).tolist()
    assert found == pytest.approx([math.log(CLASSES), math.log(CLASSES) * 2 / POSITIONS])


@pytest.mark.parametrize(("way", "kind"), [*((way, Small) for way in WAYS), (FoldedGradients, Characters)])
@pytest.mark.parametrize("clip", [None, 0.05, 1e3])
@pytest.mark.parametrize("kept", [False, True])
def test_a_stack_finds_the_sums_of_a_plain_loop(way, kind, clip, kept) -> None:
    """Every record's gradient by a backward pass of its own through a loss that is written out; float64."""
    of = batch(kept)
    expected = []
    for place, model in enumerate(models(kind)):
        each = slow_gradients(model, of.x[place], of.y[place])
        if of.kept is not None:
            each = each * of.kept[place, :, None]
        expected.append(each.sum(0) if clip is None else clipped(each, clip))
    gradients = way(models(kind), range(MODELS))
    gradients.begin(0)
    assert close(sums(gradients, of, clip=clip), torch.stack(expected))


@pytest.mark.parametrize("way", WAYS)
def test_what_stands_behind_the_end_of_a_sequence_has_no_effect(way) -> None:
    of = batch()
    x = of.x.clone()
    x[of.y == PADDING] = 3
    x[:, :, 0] = of.x[:, :, 0]
    assert not torch.equal(x, of.x)
    found = [sums(way(models(), range(MODELS)), one, clip=0.05) for one in (of, StackBatch(x, of.y))]
    assert close(*found)


@pytest.mark.parametrize("way", WAYS)
def test_a_record_with_nothing_but_padding_adds_nothing(way) -> None:
    of = batch()
    empty = of.y.clone()
    empty[:, 0] = PADDING
    without = StackBatch(of.x[:, 1:], of.y[:, 1:])
    found = [sums(way(models(), range(MODELS)), one, clip=0.05) for one in (StackBatch(of.x, empty), without)]
    assert close(*found)


@pytest.mark.parametrize("way", WAYS)
def test_the_losses_of_a_stack_are_those_of_its_records(way) -> None:
    of = batch(kept=True)
    found = way(models(), range(MODELS)).add(of, None)
    with torch.no_grad():
        slow = [
            sum(
                float(slow_loss(model(x[None])[0], y)) * float(kept)
                for x, y, kept in zip(of.x[place], of.y[place], of.kept[place], strict=True)
            )
            for place, model in enumerate(models())
        ]
    assert found.tolist() == pytest.approx(slow)


def task(kind: str, model="sequence_models:small", **recipe) -> Task:
    """Short sequences with one to six characters, and a recipe."""
    rng = np.random.default_rng(2)
    x = rng.integers(0, CLASSES, (24, POSITIONS)).astype(np.float32)
    y = rng.integers(0, CLASSES, (24, POSITIONS))
    for record in range(24):
        y[record, 1 + record % POSITIONS :] = PADDING
    dataset = Dataset("s", x, y, x[:4], y[:4], np.arange(24).astype(str), tuple("abcdefg"))
    settings = {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 6, "epochs": 2, **recipe}
    if kind == "dp":
        settings |= {"sampling": "poisson", "max_grad_norm": 0.1}
    chosen = Recipe(**settings)
    private = {"noise_multiplier": 2.0, "target_epsilon": 5.0, "delta": 1e-3} if kind == "dp" else {}
    return Task(dataset, model, Arm(kind, "standard", "", chosen, Schedule.of(chosen, 24, 0.5), **private), seed=4)


@dataclass(frozen=True)
class Logits:
    """Says what trained models say of every sequence."""

    version: str = "logits"

    def __call__(self, run):
        for _ in run.steps():
            pass
        with torch.no_grad():
            return {"logits": run.logits(run.tensors.x).double().numpy()}


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_the_character_model_is_trained_as_one_folded_network(kind: str) -> None:
    assert problem_with(FoldedGradients, task(kind, MODEL)) == ""
    assert trainer_for(task(kind, MODEL)).version == Stacked(FoldedGradients).version


@pytest.mark.parametrize("kind", ["standard", "dp"])
@pytest.mark.parametrize("way", WAYS)
def test_one_at_a_time_and_stacked_train_the_same_models(kind: str, way) -> None:
    """Steps of SGD: Adam's first ones are signs of the gradients, which turn rounding into a difference."""
    of = task(kind, optimizer="sgd", learning_rate=0.3)
    membership = np.random.default_rng(3).random((2, 24)) < 0.5
    found = [
        Watching(trainer, Logits(), signals=False).train(of, [0, 1], membership)
        for trainer in (OneByOne(), Stacked(way))
    ]
    one, other = (signals.extra["logits"] for signals in found)
    before = Watching(OneByOne(), Untrained(), signals=False).train(of, [0, 1], membership).extra["logits"]
    assert np.abs(one - before).max() > 0.05
    assert np.abs(one - other).max() < 1e-3 * np.abs(one - before).max()
    assert np.array_equal(found[0].spent_epsilon, found[1].spent_epsilon, equal_nan=True)
    assert np.isfinite(found[0].spent_epsilon).all() == (kind == "dp")


@dataclass(frozen=True)
class Untrained:
    """Says what models say before the first step."""

    version: str = "untrained"

    def __call__(self, run):
        with torch.no_grad():
            found = {"logits": run.logits(run.tensors.x).double().numpy()}
        for _ in run.steps():
            pass
        return found


def test_a_model_depends_on_the_sequences_that_are_in_alone() -> None:
    of = task("standard")
    membership = np.random.default_rng(3).random((1, 24)) < 0.5
    first = Watching(trainer_for(of), Logits(), signals=False).train(of, [0], membership)
    changed = of.dataset.y.copy()
    changed[~membership[0], 0] = 1
    others = Task(Dataset("s", of.dataset.x, changed, *_rest(of.dataset)), of.model, of.arm, seed=4)
    again = Watching(trainer_for(others), Logits(), signals=False).train(others, [0], membership)
    assert not np.array_equal(changed, of.dataset.y)
    assert np.array_equal(first.extra["logits"], again.extra["logits"])


def _rest(dataset: Dataset) -> tuple:
    return dataset.x_test, dataset.y_test, dataset.ids, dataset.class_names
