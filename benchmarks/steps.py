"""One step of a stack: what DP costs beside standard training, and how near it comes to the machine's rate."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace

from benchmarks.abreast import Abreast
from benchmarks.cases import Case, Size, private, standard
from benchmarks.machine import cores
from benchmarks.pools import Layout, pool_time, task_of
from benchmarks.rate import SIDE, matmul_rate, step_flops
from benchmarks.rows import Row, Skipped, Spread, Target, ratio_of

BATCH = 256
FEWEST = 4
"""Models of the smallest pool that an audit takes."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps are measured.

    Attributes:
        model: a built-in architecture, on the digits.
        models: models of a stack; every core trains one stack.
        few: steps of a short pool, taken off a long one's: what is left are steps alone.
        many: steps of the long pool.
        target: DP step over standard step, at most.
    """

    model: str
    models: int
    few: int
    many: int
    target: float

    def case(self, dp: bool, steps: int) -> Case:
        """A pool with so many steps."""
        recipe = private(steps, BATCH) if dp else standard(10_000, BATCH, steps)
        return Case(f"{self.model}-steps", "digits", self.model, dp, recipe, self.models, self.models)

    def sized(self, size: Size) -> Steps:
        """Fewer models and steps, if that is asked."""
        many = min(self.many, size.steps or self.many)
        return replace(
            self, models=min(self.models, size.models or self.models), few=min(self.few, many // 2), many=many
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One repeat.

    Attributes:
        dp: seconds of a DP step of a stack, all cores at work.
        standard: of a standard step.
        rate: GFLOP/s of matrix products on all cores.
    """

    dp: float
    standard: float
    rate: float


STEPS = (
    Steps("mlp", 16, 20, 320, 1.6),
    Steps("cnn", 8, 5, 35, 1.9),
    Steps("resnet", 8, 5, 35, 1.9),
)


def rows(size: Size) -> list[Row | Skipped]:
    """Measure the steps of all architectures.

    Args:
        size: how much is run.
    """
    with Abreast(cores()) as abreast:
        return [row for steps in STEPS for row in _rows_of(steps.sized(size), size, abreast)]


def measured(steps: Steps, turns: list[Turn], flops: float, reduced: bool = False) -> list[Row | Skipped]:
    """The rows of one architecture.

    Args:
        steps: what was measured.
        turns: one a repeat.
        flops: operations of one step of the stacks of all cores.
        reduced: whether less was run than the target is for.
    """
    dp, plain = [turn.dp for turn in turns], [turn.standard for turn in turns]
    ratio = Row(
        f"DP step over standard step: {steps.model}, batch {BATCH}, a stack",
        "ms",
        Spread.of([1e3 * seconds for seconds in dp]),
        "standard",
        Spread.of([1e3 * seconds for seconds in plain]),
        ratio_of(dp, plain),
        steps.models,
        None if reduced else Target("at most", steps.target),
    )
    return [ratio, _share(steps, "standard", plain, turns, flops), _share(steps, "DP", dp, turns, flops)]


def stack_seconds(case: Case) -> float:
    """Seconds in which this process trains a pool as one stack.

    Args:
        case: what is trained.
    """
    return pool_time(case, Layout(stack=case.models, workers=1)).training


def _rows_of(steps: Steps, size: Size, abreast: Abreast) -> list[Row | Skipped]:
    dataset = task_of(steps.case(False, steps.many)).dataset
    flops = step_flops(steps.model, dataset.in_shape, dataset.classes, BATCH) * steps.models * abreast.processes
    _step_seconds(replace(steps, models=FEWEST), True, abreast)  # neither first calls nor the accountant's are measured
    turns = [
        Turn(_step_seconds(steps, True, abreast), _step_seconds(steps, False, abreast), sum(abreast.do(matmul_rate)))
        for _ in range(size.repeats)
    ]
    return measured(steps, turns, flops, size.reduced)


def _step_seconds(steps: Steps, dp: bool, abreast: Abreast) -> float:
    """Seconds of one step of a stack: what many steps take beyond few, by their number; the mean over the cores."""
    many, few = (statistics.mean(abreast.do(stack_seconds, steps.case(dp, n))) for n in (steps.many, steps.few))
    return (many - few) / (steps.many - steps.few)


def _share(steps: Steps, kind: str, seconds: list[float], turns: list[Turn], flops: float) -> Row:
    rates, machine = [flops / each / 1e9 for each in seconds], [turn.rate for turn in turns]
    return Row(
        f"Share of the machine's rate: {steps.model}, {kind}, batch {BATCH}",
        "GFLOP/s",
        Spread.of(rates),
        f"matrix products of side {SIDE:,} on all cores",
        Spread.of(machine),
        ratio_of(rates, machine),
        steps.models,
    )
