"""A model's signals depend on its task, its number and its membership row, and on nothing else."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_tasks import RECIPES, RECORDS, images, rows, task_of

from audit.data.base import Dataset
from audit.errors import TrainingError
from audit.training.base import Task
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne, repeatable, trained
from audit.training.tensors import Tensors

FIELDS = ("phi", "correct", "test_phi", "test_correct", "spent_epsilon")


def network(task: Task, is_in: np.ndarray, model=0) -> torch.Tensor:
    with repeatable("cpu"):
        found, _ = trained(task, Tensors.of(task), model, is_in)
    return torch.cat([p.detach().flatten() for p in found.parameters()])


def with_x(dataset: Dataset, record: int, value: float) -> Dataset:
    x = dataset.x.copy()
    x[record, 0, :3] += value
    return replace(dataset, x=x)


@pytest.mark.parametrize("model", ["mlp", "resnet", "own_models:dropout"])
@pytest.mark.parametrize("kind", RECIPES)
def test_company_order_and_process_state_leave_every_byte_as_it_is(kind, model):
    task, membership = task_of(kind, model), rows(4)
    together = OneByOne().train(task, range(4), membership)
    torch.manual_seed(77)
    np.random.seed(77)  # noqa: NPY002  the global stream is what must not matter
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    order = [3, 0]
    apart = OneByOne().train(task, order, membership[order])
    torch.set_num_threads(threads)
    for field in FIELDS:
        assert getattr(together, field)[order].tobytes() == getattr(apart, field).tobytes()


def test_training_leaves_the_global_state_as_it_was():
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    OneByOne().train(task_of("dp", "own_models:dropout"), [0], rows(1))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("kind", RECIPES)
def test_an_out_record_leaves_no_trace_and_an_in_record_does(kind):
    is_in = rows(1)[0]
    inside, outside = np.flatnonzero(is_in)[3], np.flatnonzero(~is_in)[3]
    weights = network(task_of(kind), is_in)
    touched = {record: network(task_of(kind, dataset=with_x(images(), record, 0.5)), is_in)
               for record in (inside, outside)}  # fmt: skip
    assert torch.equal(weights, touched[outside])
    assert not torch.equal(weights, touched[inside])


@pytest.mark.parametrize("kind", RECIPES)
def test_an_out_record_changes_its_own_signal_alone(kind):
    membership = rows(2)
    out = int(np.flatnonzero(~membership.any(axis=0))[0])
    before = OneByOne().train(task_of(kind), [0, 1], membership)
    after = OneByOne().train(task_of(kind, dataset=with_x(images(), out, 0.5)), [0, 1], membership)
    others = np.arange(RECORDS) != out
    assert before.phi[:, others].tobytes() == after.phi[:, others].tobytes()
    assert (before.phi[:, out] != after.phi[:, out]).all()


def test_another_seed_or_number_is_another_model():
    task, is_in = task_of("standard"), rows(1)[0]
    first = network(task, is_in)
    assert not torch.equal(first, network(task, is_in, model=1))
    assert not torch.equal(first, network(replace(task, seed=12), is_in))


@pytest.mark.parametrize("model", ["mlp", "resnet", "own_models:tokens"])
def test_arms_share_their_initial_weights(model):
    """At a learning rate below float32's resolution a trained model is its own beginning."""
    first, *others = (network(task_of(kind, model, learning_rate=1e-30), rows(1)[0]) for kind in RECIPES)
    assert all((first - other).abs().max() < 1e-25 for other in others)


def test_signals_have_the_shapes_and_the_sense_that_the_seam_promises():
    membership = rows(3)
    signals = OneByOne().train(task_of("standard", epochs=20), [0, 1, 2], membership)
    assert signals.phi.shape == (3, RECORDS, 1)
    assert signals.test_phi.shape == (3, 20, 1)
    assert signals.phi.dtype == np.float64
    assert ((signals.phi[..., 0] > 0) <= signals.correct).all()
    assert signals.correct[membership].mean() > 0.95
    assert signals.test_correct.mean() > 0.6
    assert np.isnan(signals.spent_epsilon).all()
    assert (signals.seconds > 0).all()


def test_spent_epsilon_is_read_back_from_the_accountant():
    from opacus.accountants import PRVAccountant

    task = task_of("dp")
    accountant = PRVAccountant()
    accountant.history = [(3.0, task.arm.schedule.sample_rate, task.arm.schedule.steps)]
    spent = OneByOne().train(task, [0, 1], rows(2)).spent_epsilon
    assert spent == pytest.approx(np.full(2, accountant.get_epsilon(1e-3)), abs=1e-9)


def test_privacy_costs_accuracy_on_the_training_records():
    membership = rows(4)
    plain, private = (OneByOne().train(task_of(kind, epochs=20), range(4), membership) for kind in ("dp-recipe", "dp"))
    assert plain.correct[membership].mean() > private.correct[membership].mean() + 0.05


@pytest.mark.parametrize("kind", ["standard", "dp-recipe", "dp"])
def test_a_recipe_that_diverges_is_named(kind):
    rate = 1e9 if kind == "standard" else 1e30
    with pytest.raises(TrainingError, match=rf"arm {kind}, model 1: the loss is not finite at step \d+ of") as caught:
        OneByOne().train(task_of(kind, learning_rate=rate, model="mlp", epochs=40), [1], rows(1))
    assert "lower the arm's learning_rate" in caught.value.hint


def test_divergence_at_the_very_last_step_is_found_in_the_logits():
    with pytest.raises(TrainingError, match="not finite at step 1 of 1"):
        OneByOne().train(task_of("standard", "mlp", learning_rate=1e30, max_steps=1), [0], rows(1))


def test_a_model_without_records_is_named():
    with pytest.raises(TrainingError, match="model 5: no record is IN"):
        OneByOne().train(task_of("standard"), [5], np.zeros((1, RECORDS), bool))


def test_the_trainer_has_a_version():
    assert trainer_for(task_of("standard")).version
