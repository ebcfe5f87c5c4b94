"""Workers: the same shards however many processes train them, whatever dies."""

import hashlib
from pathlib import Path

import pytest
from simulated_training import DyingTrainer, small_workshop

from audit.errors import TrainingError
from audit.store import ShardStore
from audit.training.workers import Job, train

JOBS = [Job("standard", (0, 1)), Job("standard", (2, 3)), Job("standard", (4, 5))]


def digests(store: ShardStore) -> list[str]:
    shards = (store.read(job.models) for job in JOBS)
    return [hashlib.sha256(shard.phi.tobytes() + shard.test_correct.tobytes()).hexdigest() for shard in shards]


def trained(folder: Path, workers: int) -> list[str]:
    workshop, seen = small_workshop(folder), []
    train(workshop, JOBS, workers, lambda job, seconds: seen.append(job))
    assert sorted(seen, key=lambda job: job.models) == JOBS
    return digests(workshop.stores["standard"])


def test_two_processes_write_what_one_writes(tmp_path: Path) -> None:
    assert trained(tmp_path / "one", 1) == trained(tmp_path / "two", 2)


def test_a_dead_process_costs_nothing_but_time(tmp_path: Path) -> None:
    dying = small_workshop(tmp_path / "dying", DyingTrainer(ledger=str(tmp_path / "ledger")))
    train(dying, JOBS, 2, lambda job, seconds: None)
    assert (tmp_path / "ledger").read_text() == "x"
    assert digests(dying.stores["standard"]) == trained(tmp_path / "calm", 1)


def test_a_shard_that_kills_every_process_stops_the_audit(tmp_path: Path) -> None:
    dying = small_workshop(tmp_path / "dying", DyingTrainer(ledger=str(tmp_path / "ledger"), deaths=99))
    with pytest.raises(TrainingError, match="died") as caught:
        train(dying, JOBS, 2, lambda job, seconds: None)
    assert caught.value.exit_code == 3
