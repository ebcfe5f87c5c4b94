"""Timing a step: the right steps, of the right models, and no trace left in what is trained afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from simulated_training import small_dataset, small_task

from audit.training.one_by_one import OneByOne
from audit.training.out_of_memory import is_out_of_memory
from audit.training.timing import WARM_UP, median_seconds, shortened


def test_the_median_is_over_the_steps_after_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("audit.training.timing.time.perf_counter", lambda: clock[0])

    def steps() -> Iterator[None]:
        for seconds in (100.0, 50.0, 3.0, 1.0, 2.0, 1000.0):
            clock[0] += seconds
            yield

    assert WARM_UP == 2
    assert median_seconds(steps(), 3) == 2.0


def rows(models: int) -> np.ndarray:
    return np.random.default_rng(2).random((models, small_dataset().records)) < 0.5


def test_a_stack_costs_the_sum_of_its_models_trained_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []

    def median(made: Iterator[None], steps: int) -> float:
        counted.append(len(list(made)))
        return 0.25

    monkeypatch.setattr("audit.training.one_by_one.median_seconds", median)
    assert OneByOne().seconds_a_step(small_task(), range(3), rows(3), 5) == 0.75
    assert counted == [WARM_UP + 5] * 3


def test_a_measured_time_is_that_of_real_steps() -> None:
    assert OneByOne().seconds_a_step(small_task(), range(2), rows(2), 3) > 0


def test_only_the_number_of_steps_is_cut() -> None:
    task, few = small_task(), shortened(small_task(), 4)
    assert few.arm.schedule.steps == WARM_UP + 4
    assert few.arm.schedule.expected_batch == task.arm.schedule.expected_batch
    assert few.arm.recipe == task.arm.recipe


def test_measuring_leaves_no_trace_in_what_is_trained_afterwards() -> None:
    untouched = OneByOne().train(small_task(), [0, 1], rows(2))
    state = torch.get_rng_state()
    OneByOne().seconds_a_step(small_task(), [0, 1], rows(2), 3)
    assert torch.equal(state, torch.get_rng_state())
    assert OneByOne().train(small_task(), [0, 1], rows(2)).phi.tobytes() == untouched.phi.tobytes()


def test_the_reason_is_part_of_the_description() -> None:
    assert OneByOne().description == "one at a time"
    assert OneByOne("the model draws random numbers").description == "one at a time: the model draws random numbers"


def test_a_real_lack_of_memory_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    with pytest.raises(MemoryError) as of_numpy:
        np.empty(2**60, dtype=np.uint8)
    assert is_out_of_memory(of_numpy.value)
