"""Shards: whole or absent, checked when read, never reused for other settings."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from simulated_training import SimulatedTrainer, small_dataset, small_task, small_workshop

from audit.errors import PoolError
from audit.files import WriteError, write_bytes
from audit.membership import membership_matrix
from audit.store import ShardStore, cut, cut_along, differences, key_of, lock, shaping, tapered


def store_with_shards(folder: Path) -> ShardStore:
    workshop = small_workshop(folder)
    store = workshop.stores["standard"]
    for models in ([0, 1], [2, 3]):
        rows = membership_matrix(4, 40, 0.5, 0)[models]
        store.write(models, workshop.trainers["standard"].train(workshop.tasks["standard"], models, rows))
    return store


def test_a_shard_reads_back_bit_by_bit(tmp_path: Path) -> None:
    store = store_with_shards(tmp_path)
    rows = membership_matrix(4, 40, 0.5, 0)[:2]
    wanted = SimulatedTrainer().train(small_task(), [0, 1], rows)
    read = store.read([0, 1])
    for name in ("phi", "correct", "test_phi", "test_correct", "spent_epsilon", "seconds"):
        np.testing.assert_array_equal(getattr(read, name), getattr(wanted, name))


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_a_truncated_shard_is_named_with_the_way_out(tmp_path: Path, cut: int) -> None:
    store = store_with_shards(tmp_path)
    path = store.path([2, 3])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PoolError, match="models-00002-00003") as caught:
        store.read([2, 3])
    assert "--repair" in caught.value.hint
    assert [found for found, _ in store.damaged(store.cuts(4, 2))] == [path]


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    store = store_with_shards(tmp_path)
    path = store.path([0, 1])
    content = bytearray(path.read_bytes())
    content[-500] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(PoolError, match="digest"):
        store.read([0, 1])


def test_shards_swapped_on_disk_are_found(tmp_path: Path) -> None:
    store = store_with_shards(tmp_path)
    store.path([0, 1]).write_bytes(store.path([2, 3]).read_bytes())
    with pytest.raises(PoolError):
        store.read([0, 1])


def test_a_foreign_shard_says_what_differs(tmp_path: Path) -> None:
    store_with_shards(tmp_path)
    other = small_workshop(tmp_path, seed=9).stores["standard"]
    with pytest.raises(PoolError, match=r"seed: 0 -> 9"):
        other.read([0, 1])


@pytest.mark.parametrize("changed", ["data", "model", "seed", "recipe", "noise", "inclusion", "trainer", "device"])
def test_the_key_depends_on_all_that_shapes_a_model(changed: str) -> None:
    task = small_task()
    arm = task.arm
    variants = {
        "data": (replace(task, dataset=replace(small_dataset(), y=small_dataset().y[::-1].copy())), 0.5, "1"),
        "model": (replace(task, model="cnn"), 0.5, "1"),
        "seed": (replace(task, seed=1), 0.5, "1"),
        "recipe": (replace(task, arm=replace(arm, recipe=arm.recipe.model_copy(update={"epochs": 7}))), 0.5, "1"),
        "noise": (replace(task, arm=replace(arm, noise_multiplier=1.0)), 0.5, "1"),
        "inclusion": (task, 0.7, "1"),
        "trainer": (task, 0.5, "2"),
        "device": (replace(task, device="cuda"), 0.5, "1"),
    }
    assert key_of(shaping(*variants[changed])) != key_of(shaping(task, 0.5, "1"))


def test_the_key_does_not_depend_on_prose() -> None:
    task = small_task()
    renamed = replace(task, arm=replace(task.arm, description="other words"))
    assert key_of(shaping(task, 0.5, "1")) == key_of(shaping(renamed, 0.5, "1"))


def test_cuts_keep_what_is_on_disk_and_fill_the_gaps(tmp_path: Path) -> None:
    store = store_with_shards(tmp_path)
    assert store.cuts(4, 2) == [[0, 1], [2, 3]]
    assert store.cuts(9, 4) == [[0, 1], [2, 3], [4, 5, 6, 7], [8]]
    store.path([0, 1]).unlink()
    assert store.cuts(6, 4) == [[0, 1], [2, 3], [4, 5]]
    assert store.missing(store.cuts(6, 4)) == [[0, 1], [4, 5]]


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(PoolError, match="another process"), lock(tmp_path):
        pass
    with lock(tmp_path):
        pass


def test_a_write_that_fails_leaves_nothing_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file"
    write_bytes(target, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.files.os.fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_differences_name_nested_settings() -> None:
    assert differences({"dp": {"delta": 1, "x": 2}}, {"dp": {"delta": 3, "x": 2}}) == ["dp.delta: 1 -> 3"]
    assert differences({"a": 1}, {"a": 1}) == []


def test_the_last_stacks_are_smaller_and_nobody_is_lost() -> None:
    stacks = tapered(cut(range(64), 8), 2, 2)
    assert [len(stack) for stack in stacks] == [8] * 6 + [4] * 2 + [2] * 4
    assert [model for stack in stacks for model in stack] == list(range(64))
    assert [len(stack) for stack in tapered(cut(range(64), 8), 2, 4)] == [8] * 6 + [4] * 4
    assert tapered(cut(range(64), 8), 2, 8) == cut(range(64), 8), "a smaller stack would cost more"
    assert tapered(cut(range(16), 8), 2, 2) == cut(range(16), 8), "nobody has anything else to do meanwhile"


def test_whole_pairs_stay_together_in_smaller_stacks() -> None:
    for stack in tapered(cut(range(60), 12), 2, 2):
        assert len(stack) % 2 == 0
        assert stack[0] % 2 == 0


def test_what_is_left_after_a_stop_is_cut_as_it_would_have_been() -> None:
    stacks = tapered(cut(range(64), 8), 2, 2)
    left = [model for stack in (stacks[1], stacks[6], *stacks[9:]) for model in stack]
    assert cut_along(left, stacks) == [stacks[1], stacks[6], *stacks[9:]]
    assert cut_along([3, 4, 5, 48, 49, 52], stacks) == [[3, 4, 5], [48, 49], [52]]


def test_a_folder_that_cannot_be_made_is_one_message_and_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WriteError, match="cannot write") as caught, lock(tmp_path / "file" / "run"):
        pass
    assert caught.value.exit_code == 3
