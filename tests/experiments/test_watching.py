"""Trainers that watch: what is seen is what the models are, and watching changes none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from small_tasks import RECORDS, rows, task_of

from audit.errors import PoolError
from audit.experiments.training import Crew, Training, Wanted
from audit.experiments.watching import Watching
from audit.membership import membership_row
from audit.progress import Silent
from audit.training.base import Running, Signals
from audit.training.choice import trainer_for
from audit.training.one_by_one import OneByOne

KINDS = ("standard", "dp")
CREW = Crew.of("auto", 1, "cpu")


@dataclass(frozen=True)
class Margins:
    """What the models say of the first records after every step, and at last."""

    version: str = "margins 1"

    def __call__(self, run: Running) -> dict[str, np.ndarray]:
        seen = [run.logits(run.tensors.x[:4]).detach().numpy().copy() for _ in run.steps()]
        return {"steps": np.stack(seen, axis=1), "last": seen[-1]}


@pytest.mark.parametrize("kind", KINDS)
def test_watching_changes_no_model(kind: str) -> None:
    task, trainer = task_of(kind, "mlp"), trainer_for(task_of(kind, "mlp"))
    alone = trainer.train(task, range(3), rows(3))
    watched = Watching(trainer, Margins()).train(task, range(3), rows(3))
    np.testing.assert_array_equal(watched.phi, alone.phi)
    np.testing.assert_array_equal(watched.spent_epsilon, alone.spent_epsilon)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_seen_last_is_what_the_signals_are_of(kind: str) -> None:
    task = task_of(kind, "mlp")
    found = Watching(trainer_for(task), Margins()).train(task, range(3), rows(3))
    logits, label = found.extra["last"], task.dataset.y[:4]
    own = np.take_along_axis(logits, label[None, :, None], axis=2)[..., 0]
    others = np.where(np.arange(3) == label[:, None], -np.inf, logits)
    phi = own - np.log(np.exp(others).sum(axis=2))
    np.testing.assert_allclose(phi, found.phi[:, :4, 0], atol=1e-4)
    assert found.extra["steps"].shape[:2] == (3, task.arm.schedule.steps)


@pytest.mark.parametrize("kind", KINDS)
def test_models_that_are_trained_one_at_a_time_are_watched_likewise(kind: str) -> None:
    task = task_of(kind, "mlp")
    stacked = Watching(trainer_for(task), Margins()).train(task, range(3), rows(3))
    single = Watching(OneByOne(), Margins()).train(task, range(3), rows(3))
    np.testing.assert_allclose(single.extra["steps"], stacked.extra["steps"], atol=2e-3)


def test_a_record_of_the_same_shape_may_be_asked_of_each_model_by_itself() -> None:
    task = task_of("standard", "mlp")
    with trainer_for(task).running(task, range(2), rows(2)) as run:
        for _ in run.steps():
            pass
        x = run.tensors.x[:6]
        both = run.logits(x)
        own = run.logits(x.view(2, 3, *x.shape[1:]))
        np.testing.assert_allclose(own[0].detach(), both[0, :3].detach(), atol=1e-5)
        np.testing.assert_allclose(own[1].detach(), both[1, 3:].detach(), atol=1e-5)


@pytest.mark.parametrize("trainer", ["stacked", "single"])
def test_a_gradient_flows_back_to_what_is_asked(trainer: str) -> None:
    task = task_of("standard", "mlp")
    way = trainer_for(task) if trainer == "stacked" else OneByOne()
    with way.running(task, [0], rows(1)) as run:
        for _ in run.steps():
            pass
        x = run.tensors.x[:1].clone()[None].requires_grad_()
        run.logits(x)[0, 0, 0].backward()
        assert x.grad is not None
        gradient, step = x.grad.clone(), 1e-2 * x.grad / x.grad.norm()
        ahead, behind = (run.logits((x + s * step).detach())[0, 0, 0].item() for s in (1, -1))
    assert (ahead - behind) / 2e-2 == pytest.approx(float(gradient.norm()), rel=0.05)


def test_models_without_signals_keep_what_was_watched() -> None:
    task = task_of("standard", "mlp")
    found = Watching(trainer_for(task), Margins(), signals=False).train(task, range(3), rows(3))
    assert found.phi.shape == (3, 0, 1)
    assert len(found.extra["last"]) == len(found.seconds) == 3


def wanted(models: int, **changes: object) -> dict[str, Wanted]:
    task = replace(task_of("standard", "mlp"), **changes)  # type: ignore[arg-type]
    return {"one": Wanted(task, range(models), Watching(trainer_for(task), Margins()))}


def trained(folder: Path, models: int, **changes: object) -> dict[str, Signals]:
    return Training.of("try", folder, wanted(models, **changes), 0.5, CREW).signals(Silent())


def test_what_was_trained_is_not_trained_again_and_what_is_missing_is(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", 6)["one"]
    trained(tmp_path / "parts", 2)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts").rglob("*.safetensors")}
    grown = Training.of("try", tmp_path / "parts", wanted(6), 0.5, CREW)
    assert grown.missing == {"one": [2, 3, 4, 5]}
    assert "4 of 6 models to train" in grown.lines()[0]
    found = grown.signals(Silent())["one"]
    np.testing.assert_allclose(found.extra["last"], whole.extra["last"], atol=1e-5)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    again = Training.of("try", tmp_path / "parts", wanted(6), 0.5, CREW)
    assert "nothing is left to train" in again.lines()[0]


def test_models_may_be_asked_for_in_any_selection(tmp_path: Path) -> None:
    whole = trained(tmp_path, 6)["one"]
    task = wanted(6)["one"]
    some = {"one": replace(task, models=[1, 4])}
    found = Training.of("try", tmp_path, some, 0.5, CREW).signals(Silent())["one"]
    np.testing.assert_array_equal(found.phi, whole.phi[[1, 4]])
    np.testing.assert_array_equal(found.extra["last"], whole.extra["last"][[1, 4]])


def test_shards_of_another_watch_are_refused(tmp_path: Path) -> None:
    trained(tmp_path, 2)
    task = wanted(2)["one"].task
    other = {"one": Wanted(task, range(2), Watching(trainer_for(task), Margins("margins 2")))}
    with pytest.raises(PoolError, match="margins 2"):
        Training.of("try", tmp_path, other, 0.5, CREW)


def test_damage_to_what_was_watched_is_found(tmp_path: Path) -> None:
    trained(tmp_path, 2)
    (shard,) = tmp_path.rglob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-3] ^= 1
    shard.write_bytes(bytes(content))
    with pytest.raises(PoolError, match="digest"):
        Training.of("try", tmp_path, wanted(2), 0.5, CREW)


def test_records_left_out_are_out_of_every_model_and_the_others_keep_their_coins(tmp_path: Path) -> None:
    everywhere = np.arange(RECORDS) < 5
    by_model = np.zeros((4, RECORDS), bool)
    by_model[1:3, 7] = True
    for left_out, expected in ((everywhere, np.tile(everywhere, (4, 1))), (by_model, by_model)):
        folder = tmp_path / str(left_out.ndim)
        rows_ = Training.of("try", folder, wanted(4, left_out=left_out), 0.5, CREW).workshop.memberships(
            "one", range(4)
        )
        coins = np.stack([membership_row(model, RECORDS, 0.5, 11) for model in range(4)])
        np.testing.assert_array_equal(rows_, coins & ~expected)


def test_all_records_are_in_where_that_is_asked(tmp_path: Path) -> None:
    left_out = np.arange(RECORDS) < 5
    training = Training.of("try", tmp_path, wanted(3, all_in=True, left_out=left_out), 0.5, CREW)
    assert (training.workshop.memberships("one", range(3)) == ~left_out).all()


def test_what_is_left_out_shapes_the_key(tmp_path: Path) -> None:
    one, other = (
        Training.of("try", tmp_path, wanted(2, **changes), 0.5, CREW).workshop.stores["one"].key
        for changes in ({}, {"left_out": np.arange(RECORDS) < 5})
    )
    assert one != other
