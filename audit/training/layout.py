"""How the models of a run are laid out over stacks and processes, so that it ends soonest."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from audit.training.pace import GAIN, Curve, Probe, curve_of, gains, pace_at
from audit.training.workshop import Workshop

START_UP = 5.0
"""Seconds until a new process has imported what it needs and begins to train; until then this one trains alone."""
THREADS = 2
"""Threads of this process that train where no other process is worth its start: Python lets no more be of use."""
TWO_THREADS = 1.6
"""What two threads do in the time in which one does 1, with wide stacks: measured, from 1.4 to 1.8."""
AS_FAST = 0.1
"""How much longer than in the best stack a model may take in a wider one, for threads to hinder each other less."""
SWEEPS = 2
"""How often each arm's size is chosen anew, given those of the others."""
WASTE = 0.1
"""What a second of work counts that does not make a run end later, against one that does."""


class Pace(BaseModel):
    """How an arm is trained.

    Attributes:
        stack: models a stack.
        seconds_a_step: of a whole stack.
        trainer: version of the trainer that it was measured with.
        least: the smallest stack that trains a model about as fast; no smaller one was measured, or is, where they
            are equal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stack: int = Field(ge=1)
    least: int = Field(ge=1)
    seconds_a_step: float = Field(ge=0)
    trainer: str


class Layout(BaseModel):
    """How a run is trained; kept with it, so that it goes on as it began.

    Attributes:
        device: where it was measured.
        workers: training processes, or threads.
        threads: whether the workers are threads of one process.
        arms: arm name -> stack and pace.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str
    workers: int = Field(ge=1)
    threads: bool = False
    arms: dict[str, Pace] = {}


@dataclass(frozen=True, slots=True)
class Load:
    """What an arm has still to do.

    Attributes:
        curve: size of stack -> seconds a step of the whole stack; a single size is not for choice.
        models: number of models, from 1.
        steps: optimizer steps of a model.
    """

    curve: Curve
    models: int
    steps: int

    def stacks(self, size: int) -> list[float]:
        """Seconds of each stack; a smaller last one is taken to cost its share."""
        whole, rest = divmod(self.models, size)
        seconds = self.steps * self.curve[size]
        return [seconds] * whole + ([seconds * rest / size] if rest else [])

    def sizes(self, share: int) -> list[int]:
        """The sizes to choose from: a pair, one model, and what gains and leaves enough stacks.

        Args:
            share: models a stack that leave two stacks for every process.
        """
        if len(self.curve) == 1:
            return list(self.curve)
        most = min(self.models, max(2, share))
        return [size for size in self.curve if size <= most and (size <= 2 or gains(self.curve, size))]

    def pace(self, size: int, trainer: str, least: int | None = None) -> Pace:
        """How the arm is trained in stacks of a size.

        Args:
            size: models a stack.
            trainer: version of the trainer.
            least: the smallest stack that is about as fast, where an earlier call of the run has measured it.
        """
        seconds = self.curve[size]
        fast = [
            less for less in self.curve if less <= size and self.curve[less] / less <= (1 + AS_FAST) * seconds / size
        ]
        return Pace(stack=size, seconds_a_step=seconds, trainer=trainer, least=min(fast) if least is None else least)

    def widest(self) -> int:
        """The widest stack that trains a model about as fast as any and leaves a stack to every thread.

        Threads take turns at Python between two operations: the wider the stack, the longer the operations and the
        fewer the turns. Measured on a pool of 64 MLPs: 4.3 s in stacks of 4, 2.7 s in stacks of 16.
        """
        sizes = [size for size in self.curve if size <= max(1, self.models // THREADS)] or list(self.curve)
        best = min(self.curve[size] / size for size in sizes)
        return max(size for size in sizes if self.curve[size] / size <= (1 + AS_FAST) * best)


def makespan(seconds: Sequence[float], workers: int, start_up: float = 0.0) -> float:
    """When the last of some jobs ends, if each worker always takes the longest job left.

    Graham 1969, "Bounds on multiprocessing timing anomalies": at most 4/3 of the shortest possible.

    Args:
        seconds: of each job.
        workers: number of workers.
        start_up: seconds after which all workers but the first begin.
    """
    free, last = [0.0] + [start_up] * (workers - 1), 0.0
    for job in sorted(seconds, reverse=True):
        end = free[0] + job
        heapq.heapreplace(free, end)
        last = max(last, end)
    return last


def wall_seconds(seconds: Sequence[float], workers: int, threads: bool = False) -> float:
    """The same with the start of the processes; the first worker is this process, which needs none.

    Args:
        seconds: of each job, trained alone.
        workers: number of workers.
        threads: whether they are threads, which start at once but hinder each other.
    """
    if threads:
        return makespan(seconds, workers) * workers / TWO_THREADS
    return makespan(seconds, workers, START_UP)


def chosen_sizes(loads: Mapping[str, Load], workers: int) -> dict[str, int]:
    """A size of stack for each arm, the arm with the most to do first.

    What counts is when the last stack ends, and a little the work in all: so an arm that nobody waits for is not
    trained wastefully.

    Args:
        loads: arm name -> what it has to do.
        workers: number of processes.
    """
    share = sum(load.models for load in loads.values()) // (2 * workers)
    sizes = {name: min(load.sizes(share)) for name, load in loads.items()}
    heaviest_first = sorted(loads, key=lambda name: -sum(loads[name].stacks(sizes[name])))
    for name in heaviest_first * SWEEPS:
        others = [seconds for other in loads if other != name for seconds in loads[other].stacks(sizes[other])]
        cost = {}
        for size in loads[name].sizes(share):
            jobs = [*others, *loads[name].stacks(size)]
            cost[size] = wall_seconds(jobs, workers) + WASTE * sum(jobs) / workers
        sizes[name] = _cheapest(cost)
    return sizes


def _cheapest(cost: Mapping[int, float]) -> int:
    """The size that costs least; whole pairs, unless single models cost clearly less."""
    pairs = {size: cost[size] for size in cost if size % 2 == 0} or cost
    best = min(pairs, key=pairs.__getitem__)
    return 1 if 1 in cost and cost[1] < (1 - GAIN) * cost[best] else best


def chosen(loads: Mapping[str, Load], workers: Sequence[int]) -> tuple[int, bool, dict[str, int]]:
    """The number of workers, whether they are threads, and the sizes of stacks that end first.

    Args:
        loads: arm name -> what it has to do; at least one.
        workers: numbers of processes to choose from; of equals the first is taken. Threads are an option where both
            one process and several are.
    """
    crews = [(count, False) for count in workers] + [(THREADS, True)] * (min(workers) < THREADS <= max(workers))
    widest = {name: load.widest() for name, load in loads.items()}
    options = {(count, threads): widest if threads else chosen_sizes(loads, count) for count, threads in crews}

    def ends(crew: tuple[int, bool]) -> float:
        jobs = [seconds for name, size in options[crew].items() for seconds in loads[name].stacks(size)]
        return wall_seconds(jobs, *crew)

    best = min(options, key=ends)
    return *best, options[best]


def layout_of(
    workshop: Workshop,
    missing: Mapping[str, Sequence[int]],
    stack: int | None,
    workers: Sequence[int],
    kept: Layout | None = None,
) -> Layout:
    """Lay out what is left to train; measures what neither a person nor an earlier call of the run has settled.

    Args:
        workshop: what is trained and how.
        missing: arm name -> models still to be trained, rising.
        stack: models a stack as a person set it; None chooses.
        workers: numbers of processes to choose from.
        kept: how the run was trained so far; its stacks hold on where a person set none.

    Raises:
        TrainingError: if a model's loss is not finite in its first steps, or one model does not fit into memory.
    """
    probes = {arm: Probe(workshop, arm, models) for arm, models in missing.items() if models}
    known = _still_true(kept, workshop)
    if not probes:
        return Layout(device=_device(workshop), workers=kept.workers if kept else workers[0], arms=known)
    most = sum(len(probe.models) for probe in probes.values()) // (2 * min(workers))
    loads = {}
    for arm, probe in probes.items():
        if arm in known and stack in (None, known[arm].stack):
            curve: Curve = {known[arm].stack: known[arm].seconds_a_step}
        else:
            curve = {stack: pace_at(probe, stack)} if stack else curve_of(probe, max(2, most), max(workers))
        loads[arm] = Load(curve, len(probe.models), workshop.tasks[arm].arm.schedule.steps)
    count, threads, sizes = chosen(loads, workers)
    fresh = {
        arm: loads[arm].pace(size, workshop.trainers[arm].version, _least(known.get(arm), size))
        for arm, size in sizes.items()
    }
    return Layout(device=_device(workshop), workers=count, threads=threads, arms={**known, **fresh})


def _least(pace: Pace | None, size: int) -> int | None:
    """What an earlier call of the run measured of the smallest stack, if stacks are still of that size."""
    return pace.least if pace and pace.stack == size else None


def _still_true(kept: Layout | None, workshop: Workshop) -> dict[str, Pace]:
    """What was measured before, where trainer and device are the same."""
    if kept is None or kept.device != _device(workshop):
        return {}
    versions = {arm: trainer.version for arm, trainer in workshop.trainers.items()}
    return {arm: pace for arm, pace in kept.arms.items() if versions.get(arm) == pace.trainer}


def _device(workshop: Workshop) -> str:
    return next(iter(workshop.tasks.values())).device
