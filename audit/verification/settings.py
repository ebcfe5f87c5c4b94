"""Three trainings in which a broken DP-SGD shows: each with its records, its public constants and its claim.

No single training shows every breakage. What is wrong with the noise or the clipping shows in any run that has a
small epsilon. How batches are drawn leaves no trace in the final model of many epochs; the normaliser leaves one only
where all other records pull against the one that is looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from audit.config import CanaryConfig, DataConfig, Recipe
from audit.data import Dataset, load
from audit.data.base import Ints
from audit.data.canaries import planted
from audit.privacy_curve import PrivacyCurve
from audit.training.base import Arm, Schedule

DELTA = 1e-5
"""At which epsilons are stated; below one over the number of records of every setting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A training under audit, as it claims to be.

    Attributes:
        name: of the setting.
        purpose: what it is made to show and why it does, in two or three sentences.
        natural: the records that are always IN.
        kind: of the canaries, which are IN by fair coins.
        canaries: how many.
        noise_multiplier: standard deviation of the noise over the clipping norm, above 0.
        sample_rate: probability of an IN record to be in a batch, in (0, 1].
        steps: optimizer steps.
        max_grad_norm: clipping norm of a record's gradient.
        learning_rate: of plain SGD; small, so that the model stays where gradients are those of the beginning.
    """

    name: str
    purpose: str
    natural: Callable[[], Dataset]
    kind: str
    canaries: int
    noise_multiplier: float
    sample_rate: float
    steps: int
    max_grad_norm: float
    learning_rate: float

    def dataset(self, seed: int) -> Dataset:
        """The records, canaries last.

        Args:
            seed: draws the canaries.
        """
        return planted(self.natural(), CanaryConfig(count=self.canaries, kind=self.kind, seed=seed))

    def arm(self, dataset: Dataset) -> Arm:
        """The training regime that keeps the claim; its normaliser rests on the expected number of IN records.

        Args:
            dataset: of `dataset`.
        """
        batch = self.sample_rate * (dataset.natural_records + dataset.canaries / 2)
        recipe = Recipe(
            learning_rate=self.learning_rate,
            momentum=0.0,
            schedule="constant",
            epochs=self.sample_rate * self.steps,
            batch_size=max(1, round(batch)),
            sampling="poisson",
            max_grad_norm=self.max_grad_norm,
        )
        schedule = Schedule(self.sample_rate, self.steps, batch)
        return Arm(self.name, "dp", self.purpose, recipe, schedule, self.noise_multiplier, delta=DELTA)

    def curve(self) -> PrivacyCurve:
        """The accountant's trade-off curve: of what is claimed, whatever the engine does."""
        return PrivacyCurve(self.noise_multiplier, self.sample_rate, self.steps)


def digits() -> Dataset:
    """The training digits."""
    return load(DataConfig(source="digits"))


def some_digits() -> Dataset:
    """The first 300 of them."""
    return _only(digits(), np.arange(300))


def zeros() -> Dataset:
    """Those of the digit 0, in a task of two classes: zero or another digit."""
    every = digits()
    found, of_tests = np.flatnonzero(every.y == 0), np.flatnonzero(every.y_test == 0)
    tests = replace(every, x_test=every.x_test[of_tests], y_test=every.y_test[of_tests])
    return replace(_only(tests, found), class_names=("zero", "another digit"))


def _only(dataset: Dataset, rows: Ints) -> Dataset:
    return replace(dataset, x=dataset.x[rows], y=dataset.y[rows], ids=dataset.ids[rows])


NOISE = Setting(
    name="noise",
    purpose=(
        "All digits, ten epochs, a small epsilon. Blank canaries with one bright pixel have gradients far above the "
        "clipping norm, nearly at right angles to each other: what noise and clipping should hide shows at once."
    ),
    natural=digits,
    kind="blank",
    canaries=16,
    noise_multiplier=6.0,
    sample_rate=0.5,
    steps=20,
    max_grad_norm=1.0,
    learning_rate=1.0,
)
SAMPLING = Setting(
    name="sampling",
    purpose=(
        "One expected epoch in two steps with little noise. Poisson sampling leaves every fourth IN record out of both "
        "batches, so that nobody finds more than three quarters of them without false alarms; shuffled batches use "
        "each one once. In many epochs the two look alike. The claim is of a large epsilon: it is refuted by the "
        "accountant's curve where false alarms are few, not by an epsilon."
    ),
    natural=some_digits,
    kind="blank",
    canaries=8,
    noise_multiplier=0.15,
    sample_rate=0.5,
    steps=2,
    max_grad_norm=20.0,  # above natural gradients, below those of canaries
    learning_rate=0.02,
)
NORMALISER = Setting(
    name="normaliser",
    purpose=(
        "The digits 0 alone, a canary among them with the other label, all in every batch. The canary's gradient is "
        "opposed to the mean of all others, so that dividing by one more record moves the model the same way as the "
        "canary itself does: nearly twice as far as the accountant thinks."
    ),
    natural=zeros,
    kind="mislabelled",
    canaries=1,
    noise_multiplier=1.0,
    sample_rate=1.0,
    steps=4,
    max_grad_norm=1.0,
    learning_rate=0.03,
)
