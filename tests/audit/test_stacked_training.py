"""Training a stack: every model is the one that it would be alone, and noise has its law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from opacus.optimizers import DPOptimizerFastGradientClipping
from scipy import stats
from small_tasks import RECIPES, RECORDS, images, rows, task_of
from torch import nn

from audit.config import DataConfig
from audit.data import load
from audit.errors import TrainingError
from audit.membership import membership_matrix
from audit.memorization import memorization_scores
from audit.pool import Pool
from audit.training.base import Schedule, Signals, Task
from audit.training.batches import batches
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne
from audit.training.stacked import trainer
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import StackGradients
from audit.training.stacked.rows import rows_of
from audit.training.stacked.trainer import Stacked
from audit.training.stacked.updates import StackedDPOptimizer
from audit.training.stacked.vmapped import VmappedGradients
from audit.training.streams import Purpose, stream

# float32 rounds at 6e-8; a dozen steps of training make that up to some 1e-5 of a log-odds. A wrong batch, weight,
# noise or mask moves it by 1e-2 and more (see the last assertion of the first test).
ROUNDING = 1e-3
# Adam divides a gradient by its own size: where it is nearly zero, what remains of it is rounding.
ADAM_ROUNDING = 1e-2
FOLDED = Stacked(FoldedGradients)


def silent(task: Task) -> Task:
    """The same DP arm without its noise."""
    return replace(task, arm=replace(task.arm, noise_multiplier=0.0, target_epsilon=None, delta=None))


def gap(one: Signals, other: Signals) -> float:
    return float(max(np.abs(one.phi - other.phi).max(), np.abs(one.test_phi - other.test_phi).max()))


def some(signals: Signals, models: Sequence[int]) -> Signals:
    return signals.take(models)


@pytest.mark.parametrize("way", [FoldedGradients, VmappedGradients])
@pytest.mark.parametrize("model", ["mlp", "cnn", "resnet"])
@pytest.mark.parametrize("kind", [*RECIPES, "clip-only"])
def test_a_stack_trains_the_models_that_are_trained_one_at_a_time(
    kind: str, model: str, way: type[StackGradients]
) -> None:
    task = silent(task_of("dp", model)) if kind == "clip-only" else task_of(kind, model)
    membership = rows(3)
    found, expected = Stacked(way).train(task, range(3), membership), OneByOne().train(task, range(3), membership)
    rounding = ADAM_ROUNDING if kind == "adam" else ROUNDING
    assert gap(found, expected) < rounding
    assert (found.correct != expected.correct).mean() < 0.01
    assert np.array_equal(found.spent_epsilon, expected.spent_epsilon, equal_nan=True)
    other = replace(task, seed=12)
    assert gap(OneByOne().train(other, range(3), membership), expected) > 10 * rounding


@pytest.mark.parametrize("model", ["mlp", "resnet", "own_models:dropout"])
@pytest.mark.parametrize("kind", RECIPES)
def test_company_changes_nothing_but_rounding(kind: str, model: str) -> None:
    task, membership = task_of(kind, model), rows(4)
    together = FOLDED.train(task, range(4), membership)
    for order in ([3, 0], [2]):
        assert gap(FOLDED.train(task, order, membership[order]), some(together, order)) < ROUNDING


@pytest.mark.parametrize("kind", RECIPES)
def test_an_out_record_leaves_no_trace_and_an_in_record_does(kind: str) -> None:
    data, membership = images(), rows(3)
    drawn = next(
        rows_of(task_of(kind, "mlp"), [0], np.ones((1, RECORDS), bool))
    )  # coins fall as they do, whoever is IN
    record = int(drawn.index[0, 0])
    membership[:, record] = [True, False, False]
    changed = replace(data, x=data.x.copy())
    changed.x[record, 0, :3] += 0.5
    before = FOLDED.train(task_of(kind, "mlp"), range(3), membership)
    after = FOLDED.train(task_of(kind, "mlp", dataset=changed), range(3), membership)
    others = np.arange(RECORDS) != record
    assert before.phi[1:, others].tobytes() == after.phi[1:, others].tobytes(), "the record is OUT of these models"
    assert (np.abs(before.phi[0, others] - after.phi[0, others]) > 1e-6).mean() > 0.9, "and IN this one"


def test_training_leaves_the_global_state_as_it_was() -> None:
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    FOLDED.train(task_of("dp", "own_models:dropout"), [0, 1], rows(2))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_parts_of_a_batch_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FOLDED.train(task_of("dp", "mlp"), range(3), rows(3))
    monkeypatch.setattr(trainer, "_RECORDS_AT_ONCE", 9)
    assert gap(FOLDED.train(task_of("dp", "mlp"), range(3), rows(3)), whole) < ROUNDING


def test_an_empty_batch_is_a_step_on_noise_alone() -> None:
    task = task_of("dp", "mlp")
    rare = replace(task, arm=replace(task.arm, schedule=Schedule(1e-9, 4, 10.0)))
    assert all(not rows.index.shape[1] for rows in rows_of(rare, [0, 1], rows(2)))
    found = FOLDED.train(rare, [0, 1], rows(2))
    assert gap(found, OneByOne().train(rare, [0, 1], rows(2))) < ROUNDING
    assert gap(found, FOLDED.train(silent(rare), [0, 1], rows(2))) > 10 * ROUNDING


@pytest.mark.parametrize("kind", ["standard", "dp-recipe", "dp"])
def test_a_recipe_that_diverges_is_named(kind: str) -> None:
    rate = 1e9 if kind == "standard" else 1e30
    task = task_of(kind, learning_rate=rate, model="mlp", epochs=40)
    with pytest.raises(TrainingError, match=rf"arm {kind}, model [12]: the loss is not finite at step \d+ of"):
        FOLDED.train(task, [1, 2], rows(2))


def test_a_model_without_records_is_named() -> None:
    membership = np.stack([rows(1)[0], np.zeros(RECORDS, bool)])
    with pytest.raises(TrainingError, match="model 5: no record is IN"):
        FOLDED.train(task_of("standard"), [4, 5], membership)


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_each_batch_of_a_stack_is_the_model_s_own(kind: str) -> None:
    task, membership = task_of(kind), rows(3)
    for model, is_in in enumerate(membership):
        rng = np.random.default_rng(stream(task.seed, model, Purpose.BATCHES))
        alone = batches(task.arm.recipe, task.arm.schedule, is_in, rng)
        for expected, found in zip(alone, rows_of(task, range(3), membership), strict=True):
            kept = slice(None) if found.kept is None else found.kept[model].bool()
            assert found.index[model][kept].tolist() == expected.tolist()
            assert found.kept is None or int(found.kept[model].sum()) == len(expected)


def noise_of(models: int, shape: tuple[int, ...]) -> torch.Tensor:
    """The gradient that a step on zero sums leaves, [models, ...]."""
    parameter = nn.Parameter(torch.zeros(models, *shape))
    streams = [torch.Generator().manual_seed(seed) for seed in range(models)]
    optimizer = StackedDPOptimizer(
        torch.optim.SGD([parameter], lr=1.0), streams=streams, noise_multiplier=2.0, max_grad_norm=0.5,
        expected_batch_size=10,
    )  # fmt: skip
    parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return -parameter.detach()


def test_noise_has_its_standard_deviation_and_is_each_model_s_own() -> None:
    """Noise multiplier times clipping norm over the expected batch: 0.1; each check alarms falsely once in 10,000."""
    noise = noise_of(2, (200, 50)).double().flatten(1)
    spread = (noise**2).sum(1) / 0.1**2
    low, high = stats.chi2.ppf([0.5e-4, 1 - 0.5e-4], noise.shape[1])
    assert ((spread > low) & (spread < high)).all()
    assert abs(float(noise.mean())) < 3.9 * 0.1 / np.sqrt(noise.numel())
    assert abs(float(torch.corrcoef(noise)[0, 1])) < 3.9 / np.sqrt(noise.shape[1])


def test_noise_is_that_of_opacus_bit_for_bit() -> None:
    for model in range(3):
        parameter = nn.Parameter(torch.zeros(7, 5))
        generator = torch.Generator().manual_seed(model)
        optimizer = DPOptimizerFastGradientClipping(
            torch.optim.SGD([parameter], lr=1.0), noise_multiplier=2.0, max_grad_norm=0.5, expected_batch_size=10,
            generator=generator,
        )  # fmt: skip
        parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        assert torch.equal(noise_of(3, (7, 5))[model], -parameter.detach())


@pytest.mark.parametrize("which", ["standard", "dp"])
def test_memorization_agrees_with_models_that_were_trained_one_at_a_time(which: str) -> None:
    data = load(DataConfig())
    recipe = {"standard": RECIPES["standard"], "dp": RECIPES["dp"].model_copy(update={"batch_size": 128})}[which]
    few = recipe.model_copy(update={"max_steps": 60, "batch_size": max(32, recipe.batch_size)})
    task = task_of(which, "mlp", dataset=data)
    task = replace(task, arm=replace(task.arm, recipe=few, schedule=Schedule.of(few, data.records, 0.5)))
    membership = membership_matrix(6, data.records, 0.5, task.seed)
    scores = []
    for way in (trainer_for(task), OneByOne()):
        said = way.train(task, range(6), membership)
        pool = Pool("a", membership, said.phi, said.correct, said.test_phi, said.test_correct, paired=True)
        scores.append(memorization_scores(pool.evidence, 0.95))
    assert scores[0].out_correct.mean() > 1.5, "of three OUT models chance would have .3 right"
    assert (scores[0].value == scores[1].value).mean() > 0.99
    assert np.abs(scores[0].soft - scores[1].soft).max() < 0.01
