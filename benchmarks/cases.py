"""What is trained for the benchmarks, and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from audit.config import Recipe
from benchmarks.rows import Target

REPEATS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a benchmark is run.

    Attributes:
        repeats: measurements of each side.
        models: upper limit on the models of a pool; None leaves the case as it is.
        steps: upper limit on the optimizer steps.
        full: time the loops on all models of the pool.
    """

    repeats: int = REPEATS
    models: int | None = None
    steps: int | None = None
    full: bool = False

    @property
    def reduced(self) -> bool:
        """Whether less is run than the targets are for."""
        return self.models is not None or self.steps is not None


@dataclass(frozen=True, slots=True)
class Case:
    """A pool to train and the loops to compare it with.

    Attributes:
        name: key on the command line.
        data: `digits`, `location-30` or `mnist`.
        model: a built-in architecture.
        private: whether the recipe is trained with DP, at epsilon 8.
        recipe: the recipe of both sides.
        models: models of the pool.
        timed: models that the loops train; their time is scaled to the pool.
        target_loop: times faster than the loop.
        target_two: times faster than two processes of the loop.
    """

    name: str
    data: str
    model: str
    private: bool
    recipe: Recipe
    models: int
    timed: int
    target_loop: float | None = None
    target_two: float | None = None

    @property
    def title(self) -> str:
        """The case in words."""
        return f"{self.model}, {'DP' if self.private else 'standard'}, {self.data}"

    def sized(self, size: Size) -> Case:
        """The case cut to a size; a smaller one is not held against the targets."""
        recipe = capped(self.recipe, size.steps)
        models = min(self.models, size.models or self.models)
        cut = replace(self, recipe=recipe, models=models, timed=models if size.full else min(self.timed, models))
        return replace(cut, target_loop=None, target_two=None) if size.reduced else cut


def capped(recipe: Recipe, steps: int | None) -> Recipe:
    """A recipe with an upper limit on its steps beside the one that it has.

    Args:
        recipe: any recipe.
        steps: the limit; None sets none.
    """
    limits = [limit for limit in (recipe.max_steps, steps) if limit is not None]
    return recipe.model_copy(update={"max_steps": min(limits, default=None)})


def at_least(value: float | None) -> Target | None:
    """A target for a ratio, where there is one."""
    return None if value is None else Target("at least", value)


def standard(epochs: float = 40, batch: int = 64, steps: int | None = None) -> Recipe:
    """SGD on shuffled batches.

    Args:
        epochs: passes over the IN records.
        batch: records a batch.
        steps: upper limit on the steps.
    """
    return Recipe(
        optimizer="sgd",
        learning_rate=0.1,
        momentum=0.9,
        schedule="constant",
        epochs=epochs,
        batch_size=batch,
        max_steps=steps,
        sampling="shuffle",
    )


def private(steps: int = 140, batch: int = 256) -> Recipe:
    """DP-SGD on Poisson batches, every record's gradient clipped at 1.

    Args:
        steps: optimizer steps.
        batch: expected records a batch.
    """
    unlimited = 10_000  # epochs: the limit on the steps is reached before
    changes = {"sampling": "poisson", "max_grad_norm": 1.0}
    return standard(unlimited, batch, steps).model_copy(update=changes)


CASES = (
    Case("mlp-dp", "digits", "mlp", True, private(), 64, 8, 15, 12),
    Case("mlp-standard", "digits", "mlp", False, standard(), 64, 16, 4, 2.2),
    Case("cnn-dp", "digits", "cnn", True, private(), 64, 2, 2.5, 1.7),
    Case("cnn-standard", "digits", "cnn", False, standard(), 64, 4, 1.6, None),
    Case("resnet-dp", "digits", "resnet", True, private(), 64, 2, 2.5, 1.7),
    Case("resnet-standard", "digits", "resnet", False, standard(), 64, 4, 1.6, None),
    Case("location-mlp-dp", "location-30", "mlp", True, private(), 64, 8),
    Case("location-mlp-standard", "location-30", "mlp", False, standard(epochs=10), 64, 8),
    Case("mnist-cnn-dp", "mnist", "cnn", True, private(steps=10), 8, 2),
    Case("mnist-cnn-standard", "mnist", "cnn", False, standard(epochs=1), 8, 2),
)
