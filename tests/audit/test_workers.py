"""Workers: the same shards however many processes train them, whatever dies, and however little memory there is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from simulated_training import (
    DyingTrainer,
    LateTrainer,
    NarrowTrainer,
    SimulatedTrainer,
    TellingTrainer,
    small_workshop,
)

from audit.errors import TrainingError
from audit.store import ShardStore
from audit.training import workers
from audit.training.out_of_memory import half, is_out_of_memory
from audit.training.workers import train
from audit.training.workshop import Job, Trained

JOBS = [Job("standard", (0, 1)), Job("standard", (2, 3)), Job("standard", (4, 5))]
EIGHT = Job("standard", tuple(range(8)))


def pool(store: ShardStore, models: int = 6) -> str:
    """Digest of all models, however they are spread over shards."""
    assert store.absent(range(models)) == []
    shards = [store.read(cut) for cut in store.cuts(models, models)]
    assert sum(len(shard.phi) for shard in shards) == models
    parts = (b"".join(getattr(shard, name).tobytes() for shard in shards) for name in ("phi", "correct", "test_phi"))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def trained(folder: Path, trainer: SimulatedTrainer, workers: int, jobs: Sequence[Job] = JOBS) -> tuple[str, list]:
    workshop, seen = small_workshop(folder, trainer), list[Trained]()
    train(workshop, jobs, workers, seen.append)
    assert {one.job for one in seen} == set(jobs)
    models = sum(len(job.models) for job in jobs)
    return pool(workshop.stores["standard"], models), sorted(seen, key=lambda one: one.job.models)


@pytest.fixture
def calm(tmp_path: Path) -> str:
    return trained(tmp_path / "calm", SimulatedTrainer(), 1)[0]


def test_two_processes_write_what_one_writes(tmp_path: Path, calm: str) -> None:
    assert trained(tmp_path / "two", SimulatedTrainer(), 2)[0] == calm


def test_two_threads_write_what_one_process_writes(tmp_path: Path, calm: str) -> None:
    workshop, seen = small_workshop(tmp_path / "threads"), list[Trained]()
    train(workshop, JOBS, 2, seen.append, "threads")
    assert pool(workshop.stores["standard"]) == calm
    assert {one.job for one in seen} == set(JOBS)


def test_a_mistake_in_a_thread_stops_the_audit_and_leaves_torch_as_it_was(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    narrow = small_workshop(tmp_path / "narrow", NarrowTrainer(most=0))
    with pytest.raises(TrainingError, match="one model alone"):
        train(narrow, JOBS, 2, lambda trained: None, "threads")
    assert torch.get_num_threads() == threads


def test_a_job_tells_its_seconds_a_model(tmp_path: Path) -> None:
    _, seen = trained(tmp_path / "one", SimulatedTrainer(), 1)
    assert [(one.seconds, one.halved_to, one.note) for one in seen] == [(pytest.approx(0.01), None, "")] * 3


def test_a_dead_process_costs_nothing_but_time(tmp_path: Path, calm: str) -> None:
    dying = DyingTrainer(ledger=str(tmp_path / "ledger"))
    assert trained(tmp_path / "dying", dying, 2)[0] == calm
    assert (tmp_path / "ledger" / "2").read_text() == "x"


def test_deaths_of_other_stacks_do_not_count(tmp_path: Path, calm: str) -> None:
    dying = DyingTrainer(ledger=str(tmp_path / "ledger"), deadly=(0, 2, 4))
    assert trained(tmp_path / "dying", dying, 2)[0] == calm
    assert [(tmp_path / "ledger" / name).read_text() for name in ("0", "2", "4")] == ["x"] * 3


def test_a_stack_that_kills_two_processes_stops_the_audit_and_is_named(tmp_path: Path) -> None:
    dying = small_workshop(tmp_path / "dying", DyingTrainer(ledger=str(tmp_path / "ledger"), deaths=99))
    with pytest.raises(TrainingError, match=r"arm standard, models 2 to 3: .* died 2 times") as caught:
        train(dying, JOBS, 2, lambda trained: None)
    assert caught.value.exit_code == 3
    assert "--stack" in caught.value.hint
    assert (tmp_path / "ledger" / "2").read_text() == "xx"


def test_this_process_trains_too_but_never_what_was_a_death(
    tmp_path: Path, calm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = workers._Crew._own

    def after_the_others(crew: workers._Crew) -> Job | None:
        while not crew._processes[0].given and crew._left:
            time.sleep(0.01)
        return own(crew)

    monkeypatch.setattr(workers._Crew, "_own", after_the_others)
    trainer = TellingTrainer(ledger=str(tmp_path / "ledger"), deadly=(0,), here=os.getpid())
    workshop = small_workshop(tmp_path / "telling", trainer)
    train(workshop, JOBS, 2, lambda trained: None, "processes and this one")
    assert pool(workshop.stores["standard"]) == calm
    who = (tmp_path / "ledger" / "who").read_text().splitlines()
    assert sorted(who) == ["0 there", "0 there", "2 here", "4 here"]


def test_a_process_that_is_free_never_waits_for_this_one(tmp_path: Path, calm: str) -> None:
    """What this process trains first ends only when the others have trained the rest."""
    trainer = LateTrainer(ledger=str(tmp_path / "ledger"), deadly=(), here=os.getpid(), others=2)
    workshop = small_workshop(tmp_path / "late", trainer)
    train(workshop, JOBS, 2, lambda trained: None, "processes and this one")
    assert pool(workshop.stores["standard"]) == calm
    who = (tmp_path / "ledger" / "who").read_text().splitlines()
    assert sorted(who) == ["0 here", "2 there", "4 there"]


def test_processes_that_die_at_their_start_stop_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_settle", _die)
    with pytest.raises(TrainingError, match="died before they trained anything"):
        train(small_workshop(tmp_path / "dying"), JOBS, 2, lambda trained: None)


def _die() -> None:
    os._exit(9)


def test_what_others_finished_before_the_stop_is_kept(tmp_path: Path) -> None:
    dying = small_workshop(tmp_path / "dying", DyingTrainer(ledger=str(tmp_path / "ledger"), deaths=99, deadly=(4,)))
    with pytest.raises(TrainingError, match="models 4 to 5"):
        train(dying, JOBS, 2, lambda trained: None)
    store = dying.stores["standard"]
    absent = store.absent(range(6))
    assert absent[-2:] == [4, 5]
    assert len(absent) <= 4, "models 4 and 5 were begun when a worker had finished another stack"
    train(small_workshop(tmp_path / "dying"), JOBS, 1, lambda trained: None)
    assert pool(store) == trained(tmp_path / "calm", SimulatedTrainer(), 1)[0]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError, ""),
        (torch.OutOfMemoryError, "CUDA out of memory. Tried to allocate 2.00 GiB"),
        (RuntimeError, "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
    ],
)
def test_a_stack_that_memory_does_not_hold_is_halved(tmp_path: Path, error: type[Exception], message: str) -> None:
    narrow = NarrowTrainer(most=2, error=error, message=message)
    digest, seen = trained(tmp_path / "narrow", narrow, 1, [EIGHT])
    assert digest == trained(tmp_path / "wide", SimulatedTrainer(), 1, [EIGHT])[0]
    assert seen[0].halved_to == 2
    assert "stack of 8" in seen[0].note
    assert "stacks of 2" in seen[0].note
    names = sorted(path.stem for path in (tmp_path / "narrow").glob("models-*"))
    assert names == [f"models-{k:05d}-{k + 1:05d}" for k in (0, 2, 4, 6)]


def test_a_process_that_halved_once_tries_no_larger_stack_again(tmp_path: Path) -> None:
    tried = list[int]()

    class Watched(NarrowTrainer):
        def train(self, task, models, membership):  # type: ignore[no-untyped-def]
            tried.append(len(models))
            return super().train(task, models, membership)

    jobs = [EIGHT, Job("standard", tuple(range(8, 13)))]
    _, seen = trained(tmp_path / "narrow", Watched(most=4), 1, jobs)
    assert tried == [8, 4, 4, 4, 1]
    assert [bool(one.note) for one in seen] == [True, False]


def test_a_single_model_without_memory_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="arm standard, model 0: memory does not suffice") as caught:
        trained(tmp_path, NarrowTrainer(most=0), 1)
    assert "batch_size" in caught.value.hint


def test_other_errors_are_no_lack_of_memory(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        trained(tmp_path, NarrowTrainer(error=RuntimeError, message="shapes cannot be multiplied"), 1, [EIGHT])
    assert not is_out_of_memory(ValueError("out of memory"))


def test_halves_of_a_stack_whose_process_died_are_not_trained_twice(tmp_path: Path) -> None:
    """It was halved, saved models 0 to 3, and died: the second try has memory for all, and must not overlap."""
    workshop = small_workshop(tmp_path / "half")
    train(workshop, [Job("standard", (0, 1, 2, 3))], 1, lambda trained: None)
    train(workshop, [EIGHT], 1, lambda trained: None)
    assert workshop.stores["standard"].cuts(8, 8) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert pool(workshop.stores["standard"], 8) == trained(tmp_path / "whole", SimulatedTrainer(), 1, [EIGHT])[0]


def test_halves_are_whole_pairs_and_end_at_one() -> None:
    assert [half(models) for models in (64, 16, 10, 7, 6, 5, 4, 3, 2)] == [32, 8, 4, 2, 2, 2, 2, 1, 1]
