"""The seam between an audit and whatever trains its models: several models in, their signals out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from audit.config import Recipe
from audit.data.base import Dataset
from audit.signals import Outputs

if TYPE_CHECKING:
    from torch import Tensor

    from audit.training.tensors import Tensors

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The public constants of training: the same for every model of a pool, whatever it was dealt.

    They come from the number of records under audit and the inclusion rate, never from the size of a
    realised subset, which would leak it (Opacus issues 571 and 819).

    Attributes:
        sample_rate: probability of an IN record to be in a batch, in (0, 1].
        steps: optimizer steps.
        expected_batch: the gradient's normaliser, sample_rate times the expected number of IN records.
    """

    sample_rate: float
    steps: int
    expected_batch: float

    @classmethod
    def of(cls, recipe: Recipe, records: int, inclusion: float) -> Schedule:
        """The schedule that a recipe has on so many records.

        Args:
            recipe: the recipe; its batch size is cut to the expected number of IN records.
            records: number of records under audit.
            inclusion: probability of a record to be IN, in (0, 1).
        """
        expected_in = records * inclusion
        rate = min(1.0, recipe.batch_size / expected_in)
        steps = max(1, round(recipe.epochs / rate))
        return cls(rate, min(steps, recipe.max_steps or steps), rate * expected_in)


@dataclass(frozen=True, slots=True)
class Arm:
    """One training regime under audit, resolved: nothing is left to decide when training starts.

    Attributes:
        name: `standard`, `dp-eps-8`, `dp-recipe` or `clip-only`.
        kind: its role in the audit.
        description: one sentence for the report.
        recipe: how a model is trained; `max_grad_norm` None trains without clipping.
        schedule: the public constants.
        noise_multiplier: standard deviation of the noise over the clipping norm; 0 adds none.
        accountant: Opacus's accountant that reads back what was spent.
        target_epsilon: the epsilon that the noise was calibrated for; None without DP.
        delta: the delta of the guarantee; None without DP.
    """

    name: str
    kind: Literal["standard", "dp", "control"]
    description: str
    recipe: Recipe
    schedule: Schedule
    noise_multiplier: float = 0.0
    accountant: str = "prv"
    target_epsilon: float | None = None
    delta: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """All that shapes a model but its membership and its number.

    Attributes:
        dataset: the records under audit and the test records.
        model: a built-in architecture's name, or `package.module:factory`.
        arm: the training regime.
        seed: the pool's seed; model k's initial weights, batches and noise have streams of their own
            (`SeedSequence(seed, spawn_key=(k, purpose))`), the weights' the same in every arm.
        device: `cpu` or `cuda`.
        views: what a trained model is asked of every record, keys of `audit.training.views.VIEWS`; `plain` first.
        canaries: whether canaries are IN as their coins say; False leaves them all OUT, which tells what they cost.
        left_out: Bool [records], or [models, records] by the models' numbers; records that are OUT whatever their
            coins say. None leaves none out.
        all_in: whether every record that is not left out is IN every model, whatever the coins say.
    """

    dataset: Dataset
    model: str
    arm: Arm
    seed: int
    device: str = "cpu"
    views: tuple[str, ...] = ("plain",)
    canaries: bool = True
    left_out: Bools | None = None
    all_in: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """What trained models say of every record; the models themselves are gone.

    Attributes:
        phi: Float64 [models, records, views]; log-odds of the label.
        correct: Bool [models, records]; for the record itself.
        test_phi: Float64 [models, test records, views].
        test_correct: Bool [models, test records].
        spent_epsilon: Float64 [models]; read back from the accountant; NaN without DP.
        seconds: Float64 [models]; training time.
        views_correct: Bool [models, records, views]; None, as the rest, where a trainer gives phi alone.
        entropy: Float64 [models, records, views]; see `audit.signals.Outputs`.
        modified_entropy: Float64 [models, records, views].
        top: Float32 [models, records, views, places].
        extra: name -> array [models, ...] of what was watched in training; empty unless somebody watched.
    """

    phi: Floats
    correct: Bools
    test_phi: Floats
    test_correct: Bools
    spent_epsilon: Floats
    seconds: Floats
    views_correct: Bools | None = None
    entropy: Floats | None = None
    modified_entropy: Floats | None = None
    top: Floats32 | None = None
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def none(cls, spent_epsilon: Floats, seconds: Floats) -> Signals:
        """Signals on no records, of models of which only what was watched is kept.

        Args:
            spent_epsilon: Float64 [models]; NaN without DP.
            seconds: Float64 [models]; training time.
        """
        models = len(seconds)
        phi, correct = np.zeros((models, 0, 1)), np.zeros((models, 0), bool)
        return cls(phi, correct, phi, correct, spent_epsilon, seconds)

    @classmethod
    def of(cls, said: Outputs, of_tests: Outputs, spent_epsilon: Floats, seconds: Floats) -> Signals:
        """The signals that are kept of models' outputs.

        Args:
            said: the outputs on the records under audit.
            of_tests: those on the test records.
            spent_epsilon: Float64 [models]; NaN without DP.
            seconds: Float64 [models]; training time.
        """
        correct, test_correct = (np.ascontiguousarray(each.correct[:, :, 0]) for each in (said, of_tests))
        more = (said.correct, said.entropy, said.modified_entropy, said.top)
        return cls(said.phi, correct, of_tests.phi, test_correct, spent_epsilon, seconds, *more)

    @classmethod
    def joined(cls, parts: Sequence[Signals]) -> Signals:
        """The signals of several groups of models as one.

        Args:
            parts: at least one; all have the same fields.
        """
        names = [name for name in cls.__dataclass_fields__ if name != "extra"]
        columns = {name: [getattr(part, name) for part in parts] for name in names}
        joined: dict[str, Any] = {n: None if e[0] is None else np.concatenate(e) for n, e in columns.items()}
        extra = {name: np.concatenate([part.extra[name] for part in parts]) for name in parts[0].extra}
        return cls(**joined, extra=extra)

    def take(self, places: Sequence[int]) -> Signals:
        """The signals of some of the models.

        Args:
            places: indices into the models axis.
        """
        chosen = list(places)
        names = [name for name in self.__dataclass_fields__ if name != "extra"]
        held = {name: getattr(self, name) for name in names}
        taken: dict[str, Any] = {name: None if array is None else array[chosen] for name, array in held.items()}
        return Signals(**taken, extra={name: array[chosen] for name, array in self.extra.items()})


class Running(Protocol):
    """Models that are being trained together, for those who watch: they may ask between the steps and after the last.

    Attributes:
        task: what is trained and how.
        models: the models' numbers in the pool.
        membership: Bool [models, records].
    """

    @property
    def task(self) -> Task: ...  # noqa: D102 - see the class

    @property
    def models(self) -> Sequence[int]: ...  # noqa: D102

    @property
    def membership(self) -> Bools: ...  # noqa: D102

    @property
    def tensors(self) -> Tensors:
        """The task's records on its device."""
        ...

    @property
    def spent(self) -> float:
        """The epsilon that the accountant says is spent; NaN without DP."""
        ...

    def steps(self) -> Iterator[None]:
        """Make every step of the schedule, one each time that the next is asked for; call it once.

        Raises:
            TrainingError: if a loss is not finite.
        """
        ...

    def logits(self, x: Tensor) -> Tensor:
        """What the models say as they are now, without dropout; a gradient flows back to x where x asks for one.

        Args:
            x: Float [records, ...], the same for all models, or [models, records, ...]; few enough for memory.

        Returns:
            Float [models, records, classes], or [models, records, positions, classes].
        """
        ...

    @property
    def at_once(self) -> int:
        """The most records that `logits` should be given at once, for memory's sake; at least one."""
        ...

    def norms(self, x: Tensor, y: Tensor) -> Tensor:
        """Norm of every record's gradient with respect to all weights as they are now, without dropout.

        Args:
            x: Float [records, ...]; any number of records.
            y: Int [records].

        Returns:
            Float [models, records].
        """
        ...

    def signals(self, seconds: float) -> Signals:
        """What the trained models say of every record.

        Args:
            seconds: training time of a model.

        Raises:
            TrainingError: if it is not finite.
        """
        ...


class Trainer(Protocol):
    """A way of training several models at once.

    Attributes:
        version: changes whenever the same task would give other signals; part of every shard's key.
    """

    @property
    def version(self) -> str: ...  # noqa: D102 - see the class

    @property
    def description(self) -> str:
        """How it trains and why so, for the plan: `one at a time: ...`."""
        ...

    def train(self, task: Task, models: Sequence[int], membership: Bools) -> Signals:
        """Train the models and return their signals.

        A model's signals depend on the task, its number and its membership row alone: not on the other
        models of the call, the process or the number of workers.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if a model's loss is not finite.
        """
        ...

    def running(self, task: Task, models: Sequence[int], membership: Bools) -> AbstractContextManager[Running]:
        """The models with their initial weights, to be trained and watched.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool; one where models are trained one at a time.
            membership: Bool [len(models), records]; True where a record is IN.

        Raises:
            TrainingError: if no record is IN one of them.
        """
        ...

    def seconds_a_step(self, task: Task, models: Sequence[int], membership: Bools, steps: int) -> float:
        """Measure one optimizer step of these models together, as `train` would make it.

        Args:
            task: what is trained and how.
            models: the models' numbers in the pool.
            membership: Bool [len(models), records].
            steps: number of steps to time after `audit.training.timing.WARM_UP` untimed ones.

        Returns:
            Median wall time of a step of the whole stack, in seconds.

        Raises:
            TrainingError: if a model's loss is not finite.
        """
        ...
