"""Clusters on a hypercube, generated: to label a subpopulation seen once, a model must store bits that do not matter.

Brown, Bun, Feldman, Smith & Talwar 2021, "When Is Memorization of Irrelevant Training Data Necessary for
High-Accuracy Learning?", arXiv 2012.06421, the task of hypercube cluster labelling: each subpopulation fixes an
unknown subset of the bits, all other bits are fair coins, and the label is the subpopulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.config import DataConfig
from audit.data.base import Ints, Strings
from audit.data.draft import Draft
from audit.data.longtail import band
from audit.data.split import LEAST_RECORDS_A_CLASS

BITS = 128
SUBPOPULATIONS = 200
LARGEST = 200
FIXED = 0.5
TEST_RECORDS = 2000

Bools = NDArray[np.bool_]
Signs = NDArray[np.int8]

NOTES = (
    f"Generated: {SUBPOPULATIONS} subpopulations on a hypercube of {BITS} bits, written -1 and +1; each fixes every "
    "bit with probability one half, to a fair value, and all its other bits are fair coins in every record. The label "
    "is the subpopulation, so the bits that it does not fix are irrelevant to it.",
    f"The subpopulation of rank r has {LARGEST}/r records, and at least {LEAST_RECORDS_A_CLASS}: of one with "
    f"{LEAST_RECORDS_A_CLASS}, a model that is trained on a random half sees exactly one in a quarter of the cases.",
    "Test records are drawn with the same frequencies, so that accuracy is accuracy on the population. By frequency "
    "it is read from group 'frequency': how many records of the subpopulation are under audit.",
)


@dataclass(frozen=True)
class Law:
    """What subpopulations are; unknown to whoever learns.

    Attributes:
        fixed: Bool [subpopulations, bits]; whether the subpopulation fixes the bit. The rest is irrelevant to it.
        value: Int8 [subpopulations, bits], -1 or +1; what a fixed bit is. Of no meaning where it is not fixed.
    """

    fixed: Bools
    value: Signs

    def draw(self, subpopulation: Ints, rng: np.random.Generator) -> Signs:
        """Draw records, independently.

        Args:
            subpopulation: Int [records]; of each.
            rng: where the draws come from.

        Returns:
            Int8 [records, bits], -1 or +1.
        """
        coins = signs(rng, (len(subpopulation), self.fixed.shape[1]))
        return np.where(self.fixed[subpopulation], self.value[subpopulation], coins)


def signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Signs:
    """Fair coins, Int8, -1 or +1.

    Args:
        rng: where they come from.
        shape: how many.
    """
    return (2 * rng.integers(0, 2, shape, np.int8) - 1).astype(np.int8)


def law(seed: int, subpopulations: int = SUBPOPULATIONS, bits: int = BITS) -> Law:
    """What the subpopulations of a seed are; the records of `draft` follow it.

    Args:
        seed: the source's seed.
        subpopulations: how many.
        bits: how many.
    """
    rng = _stream(seed, 0)
    fixed = rng.random((subpopulations, bits)) < FIXED
    return Law(fixed, signs(rng, fixed.shape))


def sizes(subpopulations: int = SUBPOPULATIONS, largest: int = LARGEST) -> Ints:
    """Records of each subpopulation, the most frequent first: a long tail with a floor.

    A class with fewer records than the floor cannot be audited. Models are trained on random halves, and these see
    many subpopulations once.

    Args:
        subpopulations: how many.
        largest: records of the first.

    Returns:
        Int64 [subpopulations].
    """
    return np.maximum(largest // np.arange(1, subpopulations + 1), LEAST_RECORDS_A_CLASS)


def draft(config: DataConfig) -> Draft:
    """Draw the subpopulations, the records under audit and the test records, all from one seed.

    Args:
        config: its seed; the same seed gives the same records wherever NumPy's generators agree.
    """
    size, drawn = sizes(), law(config.seed)
    names = np.array([f"s{rank:03d}" for rank in range(1, SUBPOPULATIONS + 1)])
    shuffled, tested = _stream(config.seed, 1), _stream(config.seed, 2)
    y = shuffled.permutation(np.repeat(np.arange(SUBPOPULATIONS), size))
    y_test = tested.choice(SUBPOPULATIONS, TEST_RECORDS, p=size / size.sum())
    return Draft(
        name="clusters",
        x=drawn.draw(y, shuffled),
        y=y,
        class_names=tuple(names.tolist()),
        x_test=drawn.draw(y_test, tested),
        y_test=y_test,
        groups=_groups(y, size),
        test_groups=_groups(y_test, size),
        notes=NOTES,
    )


def _stream(seed: int, purpose: int) -> np.random.Generator:
    """A stream of its own for the law, for the records and for the tests: none changes with the size of another."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose,)))


def _groups(subpopulation: Ints, size: Ints) -> dict[str, Strings]:
    return {"frequency": band(size)[subpopulation]}
