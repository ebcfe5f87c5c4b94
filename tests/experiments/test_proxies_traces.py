"""Watching runs: what is seen is what the models say, and seeing it changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax
from small_tasks import RECORDS, images, task_of
from tiny_sources import planted

from audit.config import AuditConfig, Recipe
from audit.experiments.proxies.flow import scores_of
from audit.experiments.proxies.runs import arm_on_all
from audit.experiments.proxies.runs import task_of as run_of
from audit.experiments.proxies.traces import Traces, TraceWatch, _read, epoch_ends
from audit.experiments.watching import Watching
from audit.membership import membership_row
from audit.training.base import Schedule, Task
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne
from audit.training.streams import Purpose, torch_seed


def on_all(kind: str, model: str, **recipe) -> Task:
    task = task_of(kind, model, images(), **recipe)
    whole = replace(task.arm, schedule=Schedule.of(task.arm.recipe, RECORDS, 1.0))
    return replace(task, arm=whole, all_in=True)


def everybody(models: int) -> np.ndarray:
    return np.ones((models, RECORDS), bool)


def watch_of(task: Task, between: float = 1.0) -> TraceWatch:
    return TraceWatch(epoch_ends(task.arm.schedule, between))


def test_looks_are_at_the_ends_of_epochs_and_after_the_last_step() -> None:
    assert epoch_ends(Schedule(0.25, 12, 10), 1) == (4, 8, 12)
    assert epoch_ends(Schedule(0.25, 13, 10), 1) == (4, 8, 12, 13)
    assert epoch_ends(Schedule(0.25, 12, 10), 2.5) == (10, 12)
    assert epoch_ends(Schedule(0.25, 12, 10), 99) == (12,)
    assert epoch_ends(Schedule(0.4, 5, 10), 1) == (2, 5)  # 2.5 steps an epoch
    assert epoch_ends(Schedule(1.0, 3, 10), 0.1) == (1, 2, 3)  # never more often than every step


def test_the_early_look_is_the_first_after_a_tenth() -> None:
    assert TraceWatch((4, 8, 40)).early == 4
    assert TraceWatch((3, 8, 40)).early == 8
    assert TraceWatch((40,)).early == 40


def test_the_version_changes_with_the_looks() -> None:
    assert len({TraceWatch(ends).version for ends in ((4, 8), (4, 9), (8,))}) == 3


def test_what_is_read_of_logits_is_the_textbook_s() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(0, 5, (2, 30, 4)), rng.integers(0, 4, 30)
    loss, right, margin, error = _read(logits, labels)
    log_p = log_softmax(logits, axis=-1)
    for model in range(2):
        for record, label in enumerate(labels):
            z, p = logits[model, record], np.exp(log_p[model, record])
            assert loss[model, record] == pytest.approx(-log_p[model, record, label], rel=1e-5)
            assert right[model, record] == (z.argmax() == label)
            assert margin[model, record] == pytest.approx(z[label] - np.delete(z, label).max(), rel=1e-5)
            assert error[model, record] == pytest.approx(np.linalg.norm(p - np.eye(4)[label]), rel=1e-5)


def test_a_sure_model_s_loss_is_not_rounded_to_nothing() -> None:
    """60 nats apart, the probability is 1 in float64; the loss is still e^-60, and records can be ranked by it."""
    loss, *_ = _read(np.array([[[60.0, 0.0], [50.0, 0.0]]]), np.array([0, 0]))
    np.testing.assert_allclose(loss[0], np.exp([-60.0, -50.0]), rtol=1e-5)


@pytest.mark.parametrize("kind", ["standard", "dp"])
def test_watching_changes_no_model(kind: str) -> None:
    task = on_all(kind, "mlp")
    trainer = trainer_for(task)
    plain = trainer.train(task, [0, 1], everybody(2))
    watched = Watching(trainer, watch_of(task, 0.5)).train(task, [0, 1], everybody(2))
    for name in ("phi", "correct", "test_phi", "test_correct"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(watched, name))
    np.testing.assert_array_equal(plain.spent_epsilon, watched.spent_epsilon)


def test_the_last_look_is_what_the_trained_models_say() -> None:
    task = on_all("standard", "cnn")
    signals = Watching(trainer_for(task), watch_of(task)).train(task, [0, 1], everybody(2))
    for run, phi, correct in zip(Traces.of(signals), signals.phi[..., 0], signals.correct, strict=True):
        np.testing.assert_allclose(run.loss[-1], np.logaddexp(0, -phi), rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(run.right[-1], correct)
        assert run.loss.shape == run.right.shape == (3, RECORDS)


def test_a_look_is_what_a_shorter_training_ends_with() -> None:
    """With a constant rate, the trace after one epoch is what a run of one epoch says in the end."""
    long = on_all("standard", "mlp", schedule="constant")
    ends = epoch_ends(long.arm.schedule, 1)
    short = replace(long, arm=replace(long.arm, schedule=replace(long.arm.schedule, steps=ends[0])))
    (whole,) = Traces.of(Watching(OneByOne(), TraceWatch(ends)).train(long, [0], everybody(1)))
    (part,) = Traces.of(Watching(OneByOne(), TraceWatch(ends[:1])).train(short, [0], everybody(1)))
    np.testing.assert_allclose(whole.loss[0], part.loss[0], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(whole.early_norm, part.norm, rtol=1e-4, atol=1e-6)


def test_what_is_seen_of_a_run_does_not_depend_on_the_runs_beside_it() -> None:
    task = on_all("standard", "mlp")
    trainer = Watching(trainer_for(task), watch_of(task))
    together = Traces.of(trainer.train(task, [0, 1, 2], everybody(3)))
    alone = Traces.of(trainer.train(task, [1], everybody(1)))[0]
    for name in Traces.__dataclass_fields__:
        np.testing.assert_allclose(getattr(together[1], name), getattr(alone, name), rtol=1e-4, atol=1e-5)


def test_a_model_that_no_stack_can_train_is_watched_all_the_same() -> None:
    task = on_all("standard", "mlp")
    x, tests = np.random.default_rng(0).random((RECORDS, 2, 6, 6)), len(task.dataset.y_test)
    held = replace(task.dataset, x=x.astype(np.float32), x_test=np.zeros((tests, 2, 6, 6), np.float32))
    task = replace(task, dataset=held, model="stacking_models:branching")
    trainer = trainer_for(task)
    assert isinstance(trainer, OneByOne)
    signals = Watching(trainer, watch_of(task)).train(task, [0, 1], everybody(2))
    for run, phi in zip(Traces.of(signals), signals.phi[..., 0], strict=True):
        np.testing.assert_allclose(run.loss[-1], np.logaddexp(0, -phi), rtol=1e-4, atol=1e-6)
        assert (run.norm > 0).all()


def test_the_arm_is_resolved_for_all_records() -> None:
    """Twice the records, half the sample rate, as many epochs; the noise of a DP arm is calibrated anew."""
    dataset = images()
    config = AuditConfig.model_validate({"model": "mlp", "dp": {"epsilons": (2.0,), "delta": 1e-3}})
    half = AuditConfig.model_validate(config.model_dump()).standard
    schedule = arm_on_all(config, dataset, "standard").schedule
    assert schedule == Schedule.of(half, RECORDS, 1.0)
    private = arm_on_all(config, dataset, "dp-eps-2")
    assert private.target_epsilon == 2
    assert private.noise_multiplier > 0
    assert private.schedule.expected_batch == min(config.dp.recipe.batch_size, RECORDS)


def test_runs_share_no_stream_with_the_pool() -> None:
    config = AuditConfig.model_validate({"model": "mlp"})
    task = run_of(config, images(), "cpu", arm_on_all(config, images(), "standard"))
    own = {torch_seed(task.seed, run, Purpose.WEIGHTS) for run in range(50)}
    pool = {torch_seed(config.pool.seed, model, Purpose.WEIGHTS) for model in range(500)}
    assert len(own) == 50
    assert not own & pool


def test_planted_records_rank_first() -> None:
    """5 % of 400 records have random labels, and memorizing them is all that fits them: losses put them on top.

    By chance a top of 20 holds one of them; at least 16 of 20 has a false-alarm rate below 1e-15.
    """
    dataset = planted()
    recipe = Recipe(epochs=20, batch_size=20, learning_rate=0.1)
    base = task_of("standard", "mlp")
    schedule = Schedule.of(recipe, dataset.records, 1.0)
    task = replace(base, dataset=dataset, arm=replace(base.arm, recipe=recipe, schedule=schedule), all_in=True)
    signals = Watching(trainer_for(task), watch_of(task)).train(task, [0, 1], np.ones((2, dataset.records), bool))
    found = scores_of(Traces.of(signals))
    for name in ("cumulative-loss", "lt-iqr", "cumulative-error", "first-learned", "final-loss"):
        first = np.argsort(-found[name].mean(axis=0))[:20]
        assert (dataset.groups["planted"][first] == "yes").sum() >= 16, name


def test_every_record_is_in_every_run() -> None:
    task = on_all("standard", "mlp")
    row = membership_row(0, RECORDS, 1.0, task.seed)
    assert row.all()
