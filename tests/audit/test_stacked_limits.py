"""What a stack must not do: lend a model another's company, or clip what is not a record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_tasks import RECIPES, images, rows, task_of
from torch import nn

from audit.errors import ModelError
from audit.models import build
from audit.training.base import Schedule
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne
from audit.training.per_example import per_example
from audit.training.stacked import trainer
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.network import FoldedNetwork
from audit.training.stacked.rows import rows_of
from audit.training.stacked.trainer import Stacked
from audit.training.stacked.trial import problem_with
from audit.training.stacked.vmapped import VmappedGradients

# Rounding of float32 over a dozen steps stays below 1e-5 of a log-odds; Adam divides by what may be rounding alone.
ROUNDING, ADAM_ROUNDING = 1e-3, 1e-2


@pytest.mark.parametrize("kind", RECIPES)
@pytest.mark.parametrize("model", ["own_models:dropout", "own_models:twice_dropped"])
def test_dropout_masks_do_not_depend_on_the_company(model: str, kind: str) -> None:
    """Poisson batches are of different size, and filled up to the largest of the stack."""
    task, membership = task_of(kind, model), rows(4)
    together = Stacked(FoldedGradients).train(task, range(4), membership).phi
    apart = Stacked(FoldedGradients).train(task, [3, 0], membership[[3, 0]]).phi
    assert np.abs(together[[3, 0]] - apart).max() < ROUNDING


@pytest.mark.parametrize("model", ["own_models:dropout", "own_models:twice_dropped"])
def test_dropout_masks_do_not_depend_on_the_parts_of_a_batch(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many records pass at once depends on how many models the stack has."""
    task, membership = task_of("standard", model), rows(3)
    whole = Stacked(FoldedGradients).train(task, range(3), membership).phi
    monkeypatch.setattr(trainer, "_RECORDS_AT_ONCE", 9)
    assert np.abs(Stacked(FoldedGradients).train(task, range(3), membership).phi - whole).max() < ROUNDING


def test_masks_differ_from_model_to_model_layer_to_layer_and_step_to_step() -> None:
    """Ones through two dropout layers and nothing else: what is left tells the masks.

    Each check alarms falsely less than once in 10,000 (five standard deviations).
    """
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(400, 400), nn.Dropout(0.5))
    model[1].weight.data.copy_(torch.eye(400))
    model[1].bias.data.zero_()
    network = FoldedNetwork([model, model], [5, 6])
    network.set_training(True)
    left = []
    for step in (0, 1, 0):
        network.begin(step)
        left.append(network(torch.ones(2, 1, 400)).detach()[:, 0])
    assert torch.equal(left[0], left[2]), "a step is the same whatever was before it"
    assert set(left[0].unique().tolist()) == {0.0, 4.0}
    kept = torch.cat(left[:2]) > 0
    expected, deviation = 400 / 4, np.sqrt(400 / 4 * 3 / 4)  # of two independent masks, both keep a quarter
    assert ((kept.sum(1) - expected).abs() < 5 * deviation).all()
    assert (torch.corrcoef(kept.double()) - torch.eye(4)).abs().max() < 5 / np.sqrt(400)


@pytest.mark.parametrize("kind", ["standard", "dp-recipe"])
def test_a_model_that_drops_out_and_cannot_be_folded_is_trained(kind: str) -> None:
    """Its trial has to fall like its training: mapping over models refuses random numbers."""
    task, membership = task_of(kind, "own_models:loose_dropout"), rows(2)
    chosen = trainer_for(task)
    assert "not folded" in chosen.description
    assert np.isfinite(chosen.train(task, range(2), membership).phi).all()


@pytest.mark.parametrize("clip", [0.1, 1.0, 100.0])
def test_a_trial_finds_out_wrong_norms_though_its_own_records_need_no_clipping(clip: float) -> None:
    """Gradients grow in training: a clipping norm that binds nobody at first binds somebody later."""
    task = task_of("dp", "own_models:rows", max_grad_norm=clip)
    assert "gradients are not those" in problem_with(FoldedGradients, task)
    assert problem_with(VmappedGradients, task) == ""


def test_rows_within_a_record_are_not_clipped_as_if_they_were_records() -> None:
    """Their sum is right, so only their number tells: 8 rows, each of the clipping norm, break the DP guarantee."""
    model = build("own_models:rows", (1, 8, 8), 3, seed=0)
    data = images()
    with pytest.raises(ModelError):
        per_example(model, torch.from_numpy(data.x[:2]), torch.from_numpy(data.y[:2]))


@pytest.mark.parametrize("recipe", [{"optimizer": "adam"}, {"weight_decay": 0.1}])
def test_a_run_that_begins_with_an_empty_batch_is_the_same_alone(recipe: dict) -> None:
    """An optimizer's first step counts, decays and corrects its bias, whether or not a record was drawn."""
    task = replace(task_of("dp-recipe", "mlp", learning_rate=0.02, **recipe), seed=3)
    rare = replace(task, arm=replace(task.arm, schedule=Schedule(0.02, 12, 1.0)))
    first = next(rows_of(rare, range(3), rows(3)))
    assert first.index.shape[1] == 0
    found, expected = (way.train(rare, range(3), rows(3)) for way in (Stacked(FoldedGradients), OneByOne()))
    assert np.abs(found.phi - expected.phi).max() < ADAM_ROUNDING


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_records_that_meet_are_trained_one_at_a_time(kind: str) -> None:
    chosen = trainer_for(task_of(kind, "own_models:mixing"))
    assert chosen.version.startswith("one-by-one")
    assert chosen.description.count("gradients are not those") == 2


@pytest.mark.parametrize("kind", ["standard", "dp"])
@pytest.mark.parametrize("model", ["resnet", "own_models:dropout", "own_models:bypass", "own_models:mixing"])
def test_the_same_task_is_trained_in_the_same_way_twice(model: str, kind: str) -> None:
    task = task_of(kind, model)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = trainer_for(task)
    assert torch.equal(state, torch.get_rng_state()), "the trial leaves the global stream alone"
    torch.manual_seed(6)
    second = trainer_for(task)
    assert (first.version, first.description) == (second.version, second.description)
