"""How fast stacks of different sizes train: a few steps on the real data, in next to no time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.training.out_of_memory import give_back, is_out_of_memory, too_large
from audit.training.timing import WARM_UP
from audit.training.workshop import Workshop

SIZES = (1, 2, 4, 8, 16, 32, 64)
"""Sizes of stack that are tried, in this order."""
GAIN = 0.05
"""Share of a model's time that a doubled stack must save to be worth it."""
SECONDS_AN_ARM = 1.0
"""Most time that is spent on measuring an arm, after a first measurement that also wakes the process up."""
SHARE_OF_ALL = 0.08
"""Most of the expected training time that is spent on measuring, after the first measurement."""

_FEWEST_STEPS, _MOST_STEPS = 3, 20
_LONG_ENOUGH = 0.1

Curve = Mapping[int, float]
"""Size of stack -> seconds a step of the whole stack."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What is measured: an arm and those of its models that are still to be trained.

    Attributes:
        workshop: how they are trained.
        arm: the arm's name.
        models: their numbers in the pool.
    """

    workshop: Workshop
    arm: str
    models: Sequence[int]

    def seconds(self, size: int, steps: int) -> float | None:
        """Seconds a step of a stack of the first `size` models; None if memory does not suffice.

        Raises:
            TrainingError: if a model's loss is not finite, or memory does not suffice for one model.
        """
        models = self.models[:size]
        task, is_in = self.workshop.tasks[self.arm], self.workshop.memberships(self.arm, models)
        try:
            return self.workshop.trainers[self.arm].seconds_a_step(task, models, is_in, steps)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if size == 1:
                raise too_large(self.arm, models[0]) from error
        give_back()
        return None


def gains(curve: Curve, size: int) -> bool:
    """Whether a stack trains a model faster than every smaller one, by more than can be neglected."""
    return curve[size] / size <= (1 - GAIN) * min(curve[smaller] / smaller for smaller in curve if smaller < size)


def curve_of(probe: Probe, most: int, processes: int) -> dict[int, float]:
    """Measure rising sizes until two doublings in a row no longer gain, or time is up.

    One that does not gain may have been disturbed by whatever else the machine does.

    Args:
        probe: what is measured.
        most: the largest size that may be chosen.
        processes: the most processes that may share the work; bounds what is spent by what it can save.

    Returns:
        Size -> seconds a step; 1 is always among them. Where the first measurement already took the time,
        a pair is taken to cost what its two models do.
    """
    curve = {1: _first(probe)}
    expected = curve[1] * probe.workshop.tasks[probe.arm].arm.schedule.steps * len(probe.models) / processes
    until = time.perf_counter() + min(SECONDS_AN_ARM, SHARE_OF_ALL * expected)
    gained = True
    for size, seconds in _rising(probe, curve[1], min(most, len(probe.models)), until):
        curve[size] = seconds
        gained, gained_before = gains(curve, size), gained
        if not (gained or gained_before):
            break
    return curve if len(curve) > 1 or most < 2 else {**curve, 2: 2 * curve[1]}


def pace_at(probe: Probe, size: int) -> float:
    """Seconds a step of a stack whose size a person chose, were memory to suffice for it.

    Args:
        probe: what is measured.
        size: models a stack; may be more than there are.
    """
    tried = min(size, len(probe.models))
    while (seconds := probe.seconds(tried, _FEWEST_STEPS)) is None:
        tried //= 2
    return seconds * size / tried


def _first(probe: Probe) -> float:
    seconds = probe.seconds(1, _FEWEST_STEPS)
    assert seconds is not None
    return seconds


def _rising(probe: Probe, alone: float, most: int, until: float) -> Iterator[tuple[int, float]]:
    """Sizes from 2 on with their seconds a step, as long as memory and time suffice."""
    expected = 2 * alone
    for size in SIZES[1:]:
        steps = _steps(expected)
        if size > most or not _in_time((WARM_UP + steps) * expected, until):
            return
        seconds = probe.seconds(size, steps)
        if seconds is None:
            return
        yield size, seconds
        expected = 2 * seconds


def _steps(seconds_a_step: float) -> int:
    """Steps to time: as many as are long enough to be measured well."""
    return max(_FEWEST_STEPS, min(_MOST_STEPS, round(_LONG_ENOUGH / max(seconds_a_step, 1e-9))))


def _in_time(seconds: float, until: float) -> bool:
    return time.perf_counter() + seconds <= until
