"""The trial of a way of stacking, and what is taken where it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from small_tasks import RECIPES, images, task_of
from stacking_models import SHAPE

from audit.training.base import Task
from audit.training.choice import trainer_for
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.products import ProductLayer
from audit.training.stacked.trial import problem_with


def on_small_records(name: str, kind: str) -> Task:
    data = images()
    x = torch.rand(len(data.x), *SHAPE, generator=torch.Generator().manual_seed(0)).numpy()
    return task_of(kind, f"stacking_models:{name}", dataset=replace(data, x=x, x_test=x[: len(data.y_test)]))


@pytest.mark.parametrize("kind", RECIPES)
@pytest.mark.parametrize("model", ["linear", "mlp", "cnn", "resnet", "own_models:dropout", "own_models:tokens"])
def test_models_of_known_layers_are_folded(model: str, kind: str) -> None:
    assert trainer_for(task_of(kind, model)).version == "folded 4"


@pytest.mark.parametrize("kind", ["standard", "dp"])
@pytest.mark.parametrize(("name", "reason"), [("tied", "share a weight"), ("loose", "weights outside of its layers")])
def test_weights_outside_of_their_layers_are_mapped(name: str, reason: str, kind: str) -> None:
    chosen = trainer_for(on_small_records(name, kind))
    assert chosen.version == "vmapped 4"
    assert reason in chosen.description


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_a_layer_whose_weight_is_used_without_calling_it_is_mapped(kind: str) -> None:
    chosen = trainer_for(task_of(kind, "own_models:bypass"))
    assert chosen.version == "vmapped 4"
    assert "not folded" in chosen.description


@pytest.mark.parametrize("kind", ["standard", "dp"])
@pytest.mark.parametrize("name", ["branching", "own_dropout"])
def test_control_flow_and_random_numbers_are_trained_one_at_a_time(name: str, kind: str) -> None:
    chosen = trainer_for(on_small_records(name, kind))
    assert chosen.version.startswith("one-by-one")
    assert "not folded" in chosen.description
    assert "not vmapped" in chosen.description


def off(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Make what a product layer says wrong by 1 %."""
    right = getattr(ProductLayer, method)

    def wrong(self, *given):  # type: ignore[no-untyped-def]
        found = right(self, *given)
        return {name: 1.01 * value for name, value in found.items()} if isinstance(found, dict) else 1.01 * found

    monkeypatch.setattr(ProductLayer, method, wrong)


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_sums_that_are_one_percent_off_are_found_out(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem_with(FoldedGradients, task_of(kind, "mlp")) == ""
    off(monkeypatch, "summed")
    assert "gradients are not those" in problem_with(FoldedGradients, task_of(kind, "mlp"))
    assert trainer_for(task_of(kind, "mlp")).version == "vmapped 4"


def test_norms_that_are_off_are_found_out_where_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    off(monkeypatch, "squared_norms")
    assert problem_with(FoldedGradients, task_of("standard", "mlp")) == ""
    assert "gradients are not those" in problem_with(FoldedGradients, task_of("dp", "mlp", max_grad_norm=0.1))
