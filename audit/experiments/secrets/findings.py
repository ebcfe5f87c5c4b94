"""From what models said of secrets to exposure and extraction, level by level, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.errors import PrivacyError
from audit.experiments.secrets.crossed import CrossedMean
from audit.experiments.secrets.exposure import exposures, highest, ranks
from audit.experiments.secrets.group_privacy import CopiesCurve, exposure_cap
from audit.experiments.secrets.planting import Planting
from audit.experiments.secrets.skew_normal import distance, p_value, tail_exposures
from audit.training.base import Arm
from reports.experiments.secrets import SecretArm, SecretLevel
from reports.findings import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REDRAWN = 100
"""How often the references are drawn again (bootstrap), for the error of the fitted tail."""
TEST_DRAWS = 99
"""Samples drawn by the test of fit."""
TEST_LEVEL = 0.05


@dataclass(frozen=True)
class Heard:
    """What an arm's models said.

    Attributes:
        planting: secrets and references.
        inside: Bool [models, secrets]; models come in complementary pairs.
        secret_bits: Float [models, secrets].
        reference_bits: Float [models, references].
        place: Int [models, secrets]; 0 where the beam search did not find the secret.
        seed: of ties and bootstraps.
        confidence: two-sided level of all intervals.
    """

    planting: Planting
    inside: Bools
    secret_bits: Floats
    reference_bits: Floats
    place: Ints
    seed: int
    confidence: float

    @classmethod
    def of(cls, extra: Mapping[str, NDArray[Any]], planting: Planting, seed: int, confidence: float) -> Heard:
        """Read the arrays of the shards.

        Args:
            extra: what was watched.
            planting: secrets and references.
            seed: the pool's.
            confidence: two-sided level of all intervals.
        """
        said = (extra["secret_bits"], extra["reference_bits"], extra["place"])
        return cls(planting, planting.inside(len(said[0]), seed), *said, seed, confidence)

    def rng(self, purpose: int) -> np.random.Generator:
        """A stream of its own for each purpose."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(2**31 + 1, purpose)))


def levels_of(heard: Heard, arm: Arm) -> tuple[SecretLevel, ...]:
    """Every level of an arm.

    Args:
        heard: what its models said.
        arm: the training regime.
    """
    references, most = heard.reference_bits.shape[1], heard.planting.format.bits
    rank = ranks(heard.secret_bits, heard.reference_bits, heard.rng(0).random(heard.secret_bits.shape))
    top = highest(references)
    by_rank = _Figure(heard, exposures(rank, references), 0.0, top)
    by_tail = _Figure(heard, _tails(heard, heard.reference_bits), 0.0, most, tuple(_redrawn(heard)))
    first, found = (_Figure(heard, truth.astype(float), 0.0, 1.0) for truth in (rank == 1, heard.place > 0))
    return tuple(
        SecretLevel(
            arm=arm.name,
            repeats=repeats,
            secrets=int((heard.planting.level == level).sum()),
            exposure_in=by_rank.estimate(level, trained=True),
            exposure_out=by_rank.estimate(level, trained=False),
            gain=by_rank.gain(level),
            fitted_in=by_tail.estimate(level, trained=True),
            fitted_out=by_tail.estimate(level, trained=False),
            highest_in=first.estimate(level, trained=True),
            highest_out=first.estimate(level, trained=False),
            extracted_in=found.estimate(level, trained=True),
            extracted_out=found.estimate(level, trained=False),
            highest=top,
            **_promised(arm, repeats, references),
        )
        for level, repeats in enumerate(heard.planting.repeats)
    )


def arm_of(heard: Heard, arm: Arm, test_bits: Floats, characters: Ints) -> SecretArm:
    """An arm's models as models of text.

    Args:
        heard: what they said.
        arm: the training regime.
        test_bits: Float [models, test texts]; log-perplexities.
        characters: Int [test texts]; characters of each, its end included.
    """
    each = test_bits / characters.mean()
    pairs = (each[0::2] + each[1::2]) / 2
    rng = heard.rng(1)
    misfits = [p_value(sample, TEST_DRAWS, rng) <= TEST_LEVEL for sample in heard.reference_bits]
    return SecretArm(
        arm=arm.name,
        bits_per_character=CrossedMean(pairs, 0.0, np.inf, "test texts").estimate(heard.confidence),
        misfits=sum(misfits),
        distance=float(distance(heard.reference_bits).max()),
    )


@dataclass(frozen=True)
class _Figure:
    """A figure of every model and secret, and its means by level.

    Attributes:
        heard: whose it is.
        each: Float [models, secrets].
        lowest: smallest value that it can have.
        highest: largest value.
        redrawn: the same of references that were drawn again.
    """

    heard: Heard
    each: Floats
    lowest: float
    highest: float
    redrawn: tuple[Floats, ...] = ()

    def cells(self, each: Floats, level: int, trained: bool) -> Floats:
        """Float [pairs, secrets of the level]: of each pair, the model that was trained on it, or the other."""
        first = self.heard.inside[0::2] == trained
        return np.where(first, each[0::2], each[1::2])[:, self.heard.planting.level == level]

    def estimate(self, level: int, trained: bool) -> Estimate:
        """The mean over secrets and pairs."""
        again = [self.cells(each, level, trained).mean() for each in self.redrawn]
        further = ((float(np.var(again, ddof=1)), len(again) - 1.0),) if again else ()
        cells = self.cells(self.each, level, trained)
        return CrossedMean(cells, self.lowest, self.highest, further=further).estimate(self.heard.confidence)

    def gain(self, level: int) -> Estimate:
        """The mean of what being trained on adds, secret by secret and pair by pair."""
        cells = self.cells(self.each, level, True) - self.cells(self.each, level, False)
        return CrossedMean(cells, self.lowest - self.highest, self.highest - self.lowest).estimate(
            self.heard.confidence
        )


def _tails(heard: Heard, references: Floats) -> Floats:
    return tail_exposures(heard.secret_bits, references, heard.planting.format.bits)


def _redrawn(heard: Heard) -> list[Floats]:
    """Fitted exposures with the references drawn again, the same ones for all models."""
    rng, count = heard.rng(2), heard.reference_bits.shape[1]
    return [_tails(heard, heard.reference_bits[:, rng.integers(0, count, count)]) for _ in range(REDRAWN)]


def _promised(arm: Arm, copies: int, references: int) -> dict[str, Any]:
    """What DP promises of a secret with all its copies, or why the accountant cannot tell; nothing without DP."""
    if arm.delta is None:
        return {}
    try:
        curve = CopiesCurve(arm, copies)
    except PrivacyError as error:
        return {"unknown": error.message}
    return {"epsilon": curve.epsilon(arm.delta), "exposure_cap": exposure_cap(curve, references)}
