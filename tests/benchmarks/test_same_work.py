"""Both sides of a benchmark do the same work: weights, steps, batches, noise, and so the same models."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from repetitions import thorough

from audit.privacy import spent_epsilon
from audit.signals import correct_from_logits, phi_from_logits
from audit.training.base import Task
from audit.training.choice import trainer_for
from benchmarks.cases import CASES, Case, Size, private, standard
from benchmarks.loops import Loop, shuffled
from benchmarks.pools import loop_beside, loop_of, task_of
from benchmarks.private_loop import private_parts, train_privately

IN, STEPS = 300, 12


def case_of(kind: str, model: str = "mlp", steps: int = STEPS) -> Case:
    recipe = private(steps) if kind == "dp" else standard(steps=steps)
    return Case("test", "digits", model, kind == "dp", recipe, models=4, timed=2)


def memberships(task: Task, models: int) -> np.ndarray:
    """Exactly as many IN as a batch has: then every batch is all of them, whatever the order."""
    rng = np.random.default_rng(3)
    return np.stack([rng.permutation(task.dataset.records) < IN for _ in range(models)])


def phi_of_loop(task: Task, loop: Loop, model: int) -> np.ndarray:
    torch.manual_seed(5)
    return phi_from_logits(loop.logits(model).numpy()[: task.dataset.records], task.dataset.y)


def phi_before(task: Task, loop: Loop, model: int) -> np.ndarray:
    with torch.inference_mode():
        return phi_from_logits(loop.networks[model](torch.from_numpy(task.dataset.x)).numpy(), task.dataset.y)


def whole_batches(kind: str, model: str) -> Task:
    """A task whose batches leave nothing to chance, without noise; DP divides by another number than came."""
    task = task_of(case_of(kind, model, steps=5))
    schedule = replace(task.arm.schedule, sample_rate=1.0, expected_batch=IN if kind == "standard" else 0.75 * IN)
    clipping = {"noise_multiplier": 0.0, "target_epsilon": None, "delta": None}
    return replace(task, arm=replace(task.arm, schedule=schedule, **clipping))


@pytest.mark.parametrize("kind", ["standard", "dp"])
@pytest.mark.parametrize("model", ["mlp", "cnn", "resnet"])
def test_without_chance_both_sides_train_the_same_model(kind: str, model: str) -> None:
    task = whole_batches(kind, model)
    is_in = memberships(task, 2)
    ours = trainer_for(task).train(task, [0, 1], is_in).phi[..., 0]
    loop = loop_of(task, is_in)
    for number in range(2):
        theirs, untrained = phi_of_loop(task, loop, number), phi_before(task, loop, number)
        apart, learned = np.abs(theirs - ours[number]).mean(), np.abs(theirs - untrained).mean()
        assert apart < 1e-4 * learned
        assert learned > 0.05


def test_the_loops_begin_with_the_weights_of_the_pool() -> None:
    task = task_of(case_of("standard"))
    still = task.arm.recipe.model_copy(update={"learning_rate": 1e-12})
    task = replace(task, arm=replace(task.arm, recipe=still, schedule=replace(task.arm.schedule, steps=1)))
    is_in = memberships(task, 2)
    ours = trainer_for(task).train(task, [0, 1], is_in).phi[..., 0]
    loop = loop_of(task, is_in)
    for number in range(2):
        np.testing.assert_allclose(phi_of_loop(task, loop, number), ours[number], atol=1e-4)


def test_opacus_is_told_the_rate_noise_clipping_and_normaliser_of_the_arm() -> None:
    task = task_of(case_of("dp"))
    loop = loop_of(task, memberships(task, 1))
    rows = torch.from_numpy(np.flatnonzero(loop.is_in[0]))
    x, y = torch.from_numpy(loop.x)[rows], torch.from_numpy(loop.y)[rows]
    parts = train_privately(loop, loop.networks[0], x, y)
    arm = task.arm
    assert parts.accountant.history == [(arm.noise_multiplier, arm.schedule.sample_rate, STEPS)]
    assert parts.optimizer.noise_multiplier == arm.noise_multiplier > 0
    assert parts.optimizer.max_grad_norm == arm.recipe.max_grad_norm == 1.0
    assert parts.optimizer.expected_batch_size == arm.schedule.expected_batch == 256


def test_both_sides_spend_the_same_epsilon() -> None:
    task = task_of(case_of("dp"))
    is_in = memberships(task, 1)
    ours = trainer_for(task).train(task, [0], is_in).spent_epsilon[0]
    loop = loop_of(task, is_in)
    rows = torch.from_numpy(np.flatnonzero(is_in[0]))
    parts = train_privately(loop, loop.networks[0], torch.from_numpy(loop.x)[rows], torch.from_numpy(loop.y)[rows])
    assert spent_epsilon(parts.accountant, task.arm.delta, task.arm.target_epsilon) == ours <= 8.0


def test_poisson_batches_of_the_loop_have_the_expected_size() -> None:
    loop = loop_beside(case_of("dp", steps=200))
    rows = torch.from_numpy(np.flatnonzero(loop.is_in[0]))
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="Secure RNG"):
        parts = private_parts(loop, loop.networks[0], torch.zeros(len(rows), 1), torch.zeros(len(rows)))
    sizes = np.array([len(x) for x, _ in parts.loader])
    expected = len(rows) * 256 / (len(loop.y) / 2)
    deviation = np.sqrt(expected * (1 - loop.sample_rate) / len(sizes))
    assert len(sizes) == 200
    assert abs(sizes.mean() - expected) < 4 * deviation  # false alarm in 1 of 16,000


@pytest.mark.parametrize(("records", "size", "steps"), [(719, 64, 449), (10, 4, 3), (3, 8, 2)])
def test_shuffled_batches_are_whole_and_every_epoch_a_permutation(records: int, size: int, steps: int) -> None:
    batches = shuffled(records, size, steps)
    assert [len(batch) for batch in batches] == [size] * steps
    epochs = torch.cat(list(batches))[: records * (size * steps // records)].view(-1, records)
    assert (epochs.sort(dim=1).values == torch.arange(records)).all()


@pytest.mark.parametrize("kind", ["standard", pytest.param("dp", marks=thorough)])
def test_both_sides_are_right_about_as_often(kind: str) -> None:
    case = case_of(kind, steps=100)
    task, loop = task_of(case), loop_beside(case)
    torch.manual_seed(0)
    logits = [loop.logits(number).numpy()[task.dataset.records :] for number in range(case.timed)]
    theirs = np.mean([correct_from_logits(one, task.dataset.y_test) for one in logits])
    ours = trainer_for(task).train(task, [0, 1], loop.is_in).test_correct.mean()
    assert ours > 0.75
    assert abs(ours - theirs) < 0.04


def test_a_case_cut_to_a_size_is_not_held_against_its_targets() -> None:
    case = CASES[0]
    assert (case.models, case.timed, case.target_loop, case.recipe.max_steps) == (64, 8, 15, 140)
    cut = case.sized(Size(1, models=4, steps=10))
    assert (cut.models, cut.timed, cut.target_loop, cut.recipe.max_steps) == (4, 4, None, 10)
    full = case.sized(Size(full=True))
    assert (full.models, full.timed, full.target_loop) == (64, 64, 15)


def test_the_schedules_are_those_of_the_targets() -> None:
    by_name = {case.name: case for case in CASES}
    private_arm, plain_arm = (task_of(by_name[name]).arm for name in ("mlp-dp", "mlp-standard"))
    assert (private_arm.schedule.steps, private_arm.schedule.expected_batch) == (140, 256)
    assert (plain_arm.schedule.steps, plain_arm.schedule.expected_batch) == (round(40 * 719 / 64), 64)
