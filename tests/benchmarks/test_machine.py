"""What the machine is asked: its memory under a process tree, and what a network needs of it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.abreast import Abreast
from benchmarks.memory import can_watch, resident, watched
from benchmarks.rate import step_flops
from benchmarks.sources import mnist

MIB = 2**20


def test_a_step_of_the_mlp_needs_its_layers_products_thrice() -> None:
    assert step_flops("mlp", (1, 8, 8), 10, batch=256) == 3 * 2 * 256 * (64 * 128 + 128 * 10)


def test_a_step_of_the_cnn_needs_its_convolutions_thrice() -> None:
    first, second, head = 8 * 8 * 9 * 1 * 16, 4 * 4 * 9 * 16 * 24, 24 * 2 * 2 * 10
    assert step_flops("cnn", (1, 8, 8), 10, batch=4) == 3 * 2 * 4 * (first + second + head)


def test_every_process_has_its_share_of_work_abreast() -> None:
    with Abreast(2) as abreast:
        assert len({*abreast.do(os.getpid)}) == 2
        assert abreast.do(float, "2.5") == [2.5, 2.5]


def test_memory_counts_a_process_and_its_children() -> None:
    if reason := can_watch():
        pytest.skip(reason)
    child = "x = bytearray(64 << 20); print('held', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        held = resident(process.pid)
        process.communicate(b"\n")
    assert 64 * MIB < held < 256 * MIB
    assert resident(process.pid) == 0


def test_watched_work_returns_its_result_and_a_peak() -> None:
    if reason := can_watch():
        pytest.skip(reason)
    result, peak = watched(float, "2.5")
    assert result == 2.5
    assert 0 <= peak < 1


def test_work_that_dies_is_said_so() -> None:
    if reason := can_watch():
        pytest.skip(reason)
    with pytest.raises(RuntimeError, match="_exit ended without a result"):
        watched(os._exit, 3)


def test_images_of_mnist_are_one_channel_in_0_to_1(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (real_data / "mnist.npz").exists():
        pytest.skip(f"no mnist.npz in {real_data}")
    monkeypatch.setenv("AUDIT_REAL_DATA", str(real_data))
    dataset = mnist()
    assert dataset.x.shape == (10_000, 1, 28, 28)
    assert dataset.x.dtype == np.float32
    assert (dataset.x.min(), dataset.x.max(), dataset.classes) == (0.0, 1.0, 10)
