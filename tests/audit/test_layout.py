"""Layouts: against every other layout there is, and where the best one is known in closed form."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from simulated_training import NarrowTrainer, SimulatedTrainer, small_workshop

from audit.errors import TrainingError
from audit.training.layout import START_UP, TWO_THREADS, Layout, Load, Pace, chosen, layout_of, makespan, wall_seconds
from audit.training.pace import Probe, curve_of


def affine(alone: float, each: float) -> dict[int, float]:
    """Cost of a step: so much a stack, and so much for each of its models."""
    return {size: alone + each * size for size in (1, 2, 4, 8, 16, 32)}


def random_loads(rng: np.random.Generator) -> dict[str, Load]:
    def one() -> Load:
        curve = affine(10 ** rng.uniform(-4, -2), 10 ** rng.uniform(-5, -2))
        return Load(curve, 2 * int(rng.integers(1, 17)), int(rng.integers(50, 2000)))

    return {str(arm): one() for arm in range(rng.integers(1, 4))}


def fastest(loads: dict[str, Load], workers: int) -> float:
    """The slow twin: every combination of sizes."""
    share = sum(load.models for load in loads.values()) // (2 * workers)
    stacks = ([load.stacks(size) for size in load.sizes(share)] for load in loads.values())
    return min(wall_seconds([*itertools.chain(*one)], workers) for one in itertools.product(*stacks))


def test_no_other_layout_ends_much_sooner() -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        loads, workers = random_loads(rng), (1, int(rng.integers(2, 9)))
        count, threads, sizes = chosen(loads, workers)
        ends = wall_seconds([s for name, size in sizes.items() for s in loads[name].stacks(size)], count, threads)
        assert ends <= 1.1 * min(fastest(loads, each) for each in workers)


def test_the_makespan_is_that_of_the_longest_first() -> None:
    assert makespan([2, 3, 7, 5, 4], 2) == 11  # 7+3 | 5+4, then 2: Graham's rule, by hand
    assert makespan([1, 1, 1, 1, 1], 2) == 3
    assert makespan([4.0], 3) == 4.0
    assert makespan([], 2) == 0
    assert makespan([2, 2, 2, 2], 2, start_up=5) == 7  # 2, 4, 6 | 5 + 2
    assert makespan([2, 2], 2, start_up=5) == 4


def test_where_stacking_gains_nothing_all_processes_train_pairs() -> None:
    loads = {"standard": Load({1: 1.0, 2: 2.0}, 64, 100)}
    assert chosen(loads, (1, 4)) == (4, False, {"standard": 2})


def test_where_a_stack_costs_what_one_model_does_the_largest_that_leaves_two_a_process_is_taken() -> None:
    loads = {"standard": Load(affine(1.0, 0.0), 64, 100)}
    assert chosen(loads, (1,)) == (1, False, {"standard": 32})
    assert chosen(loads, (4,)) == (4, False, {"standard": 8})


def test_threads_are_taken_until_starting_another_process_pays() -> None:
    def count(seconds_a_model: float) -> tuple[int, bool]:
        curve = {1: 2 * seconds_a_model, 2: 2 * seconds_a_model}
        return chosen({"standard": Load(curve, 8, 1)}, (1, 2))[:2]

    break_even = START_UP / (
        8 / TWO_THREADS - 4
    )  # 8 models in two threads; or 4 each, the other process's after its start
    assert count(0.99 * break_even) == (2, True)
    assert count(1.01 * break_even) == (2, False)
    assert chosen({"standard": Load({2: 1.0}, 2, 1)}, (1, 2))[:2] == (1, False), "a single stack needs one hand"


def test_single_models_are_trained_only_where_pairs_cost_clearly_more() -> None:
    assert chosen({"standard": Load({1: 1.0, 2: 2.06}, 8, 10)}, (1,))[2] == {"standard": 2}
    assert chosen({"standard": Load({1: 1.0, 2: 2.6}, 8, 10)}, (1,))[2] == {"standard": 1}
    assert chosen({"standard": Load({1: 1.0, 2: 2.0}, 4, 1000)}, (4,))[2] == {"standard": 1}


def probe(folder: Path, trainer: SimulatedTrainer, models: int = 64) -> Probe:
    return Probe(small_workshop(folder, trainer), "standard", range(models))


@pytest.mark.parametrize(
    ("alone", "tried"), [(0.0, [1, 2, 4]), (3e-5, [1, 2, 4, 8, 16]), (1e-3, [1, 2, 4, 8, 16, 32, 64])]
)
def test_sizes_rise_until_two_doublings_gain_less_than_a_twentieth(
    tmp_path: Path, alone: float, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model's step costs 1e-4 + alone/size: 1.30, 1.15, 1.075 with 3e-5; then 1.0375, 3.5 % less, and 1.01875."""
    monkeypatch.setattr("audit.training.pace._in_time", lambda seconds, until: True)
    curve = curve_of(probe(tmp_path, SimulatedTrainer(alone=alone, each=1e-4)), most=64, processes=1)
    assert curve == {size: pytest.approx(alone + 1e-4 * size) for size in tried}


def test_a_single_disturbed_measurement_does_not_end_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Disturbed(SimulatedTrainer):
        def seconds_a_step(self, task, models, membership, steps):  # type: ignore[no-untyped-def]
            return (3 if len(models) == 2 else 1) * super().seconds_a_step(task, models, membership, steps)

    monkeypatch.setattr("audit.training.pace._in_time", lambda seconds, until: True)
    curve = curve_of(probe(tmp_path, Disturbed(alone=1e-3)), most=64, processes=1)
    assert max(curve) == 64
    assert chosen({"standard": Load(curve, 64, 1000)}, (1,)) == (1, False, {"standard": 32})


def test_measuring_costs_next_to_nothing_where_there_is_next_to_nothing_to_train(tmp_path: Path) -> None:
    class Counting(SimulatedTrainer):
        calls = 0

        def seconds_a_step(self, task, models, membership, steps):  # type: ignore[no-untyped-def]
            Counting.calls += 1
            return super().seconds_a_step(task, models, membership, steps)

    curve = curve_of(probe(tmp_path, Counting(alone=1e-3, each=1e-4), models=4), most=4, processes=1)
    assert Counting.calls == 1
    assert curve == {1: pytest.approx(1.1e-3), 2: pytest.approx(2.2e-3)}


def test_sizes_that_do_not_fit_into_memory_are_not_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.training.pace._in_time", lambda seconds, until: True)
    assert list(curve_of(probe(tmp_path, NarrowTrainer(alone=1.0)), most=64, processes=1)) == [1, 2, 4]
    with pytest.raises(TrainingError, match="memory does not suffice"):
        curve_of(probe(tmp_path, NarrowTrainer(most=0)), most=64, processes=1)


class NeverAsked(SimulatedTrainer):
    def seconds_a_step(self, task, models, membership, steps):  # type: ignore[no-untyped-def]
        raise AssertionError("measured although nothing needs it")


def kept(stack: int, trainer: str = "simulated-1", device: str = "cpu") -> Layout:
    return Layout(
        device=device, workers=2, arms={"standard": Pace(stack=stack, least=stack, seconds_a_step=0.1, trainer=trainer)}
    )


def test_nothing_is_measured_where_nothing_is_missing(tmp_path: Path) -> None:
    workshop = small_workshop(tmp_path, NeverAsked())
    assert layout_of(workshop, {"standard": []}, None, (1,)).arms == {}
    assert layout_of(workshop, {"standard": []}, None, (1,), kept(6)) == kept(6)
    assert layout_of(workshop, {"standard": []}, 4, (1,), kept(6)) == kept(6)


def test_a_run_goes_on_with_its_stacks_and_is_not_measured_again(tmp_path: Path) -> None:
    found = layout_of(small_workshop(tmp_path, NeverAsked()), {"standard": range(4, 16)}, None, (1,), kept(6))
    assert found.arms == kept(6).arms


@pytest.mark.parametrize("other", [kept(6, trainer="another"), kept(6, device="cuda"), None])
def test_what_was_measured_otherwise_is_measured_again(tmp_path: Path, other: Layout | None) -> None:
    found = layout_of(small_workshop(tmp_path), {"standard": range(16)}, None, (1,), other)
    assert found.device == "cpu"
    assert found.arms["standard"].trainer == "simulated-1"
    assert found.arms["standard"].stack == 2


def test_what_a_person_sets_holds_and_only_its_pace_is_measured(tmp_path: Path) -> None:
    workshop = small_workshop(tmp_path, SimulatedTrainer(alone=1e-3))
    found = layout_of(workshop, {"standard": range(16)}, 8, (3,), kept(6))
    assert (found.workers, found.arms["standard"].stack) == (3, 8)
    assert found.arms["standard"].seconds_a_step == pytest.approx(1e-3 + 8e-4)


def test_a_set_stack_that_does_not_fit_is_measured_as_far_as_it_fits(tmp_path: Path) -> None:
    found = layout_of(small_workshop(tmp_path, NarrowTrainer()), {"standard": range(16)}, 16, (1,))
    assert found.arms["standard"].stack == 16
    assert found.arms["standard"].seconds_a_step == pytest.approx(16e-4)


def test_threads_take_the_widest_stack_that_is_about_as_fast() -> None:
    """From 4 to 16 a model takes as long within a tenth; 32 takes longer, 64 leaves a thread without a stack."""
    curve = {1: 2.0, 2: 3.0, 4: 4.0, 8: 8.2, 16: 17.0, 32: 40.0, 64: 64.0}
    assert Load(curve, 64, 100).widest() == 16
    assert Load({1: 1.0, 2: 1.0, 4: 1.0, 8: 1.0}, 8, 100).widest() == 4
    assert Load({64: 1.0}, 8, 100).widest() == 64, "a size that a person set is taken"


def test_the_smallest_stack_that_is_about_as_fast_is_kept_with_the_pace() -> None:
    curve = {1: 2.0, 2: 3.0, 4: 4.3, 8: 8.2}
    assert Load(curve, 64, 100).pace(8, "t").least == 4
    assert Load({1: 1.0, 2: 1.0, 4: 1.0}, 64, 100).pace(4, "t").least == 4, "smaller ones cost more"
    assert Load({8: 8.0}, 64, 100).pace(8, "t").least == 8, "of a size that a person set no other was measured"
    assert Load({8: 8.0}, 64, 100).pace(8, "t", least=2).least == 2
