"""Error and memorization by how often a subpopulation occurs in training; over model pairs, the records fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.data.longtail import BAND_NAMES, band_number
from audit.experiments.longtail.answers import Answers
from audit.experiments.longtail.census import Bools, Census
from audit.experiments.longtail.crossed import Crossed
from reports.experiments.longtail import ArmBand, TailArm, TailBand
from reports.result import Estimate


def bands_of(census: Census, confidence: float) -> tuple[TailBand, ...]:
    """How many subpopulations, and what share of the test records, lie in each band.

    Args:
        census: who was IN.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    return tuple(
        TailBand(
            name=name,
            subpopulations=census.total(chosen).over_pairs(confidence, 0, census.subpopulations),
            test_share=census.test_share(census.test_records * chosen).over_pairs(confidence),
        )
        for name, chosen in _chosen(census)
    )


def arm_by_band(answers: Answers, standard: Answers, confidence: float) -> TailArm:
    """Error and memorization of an arm by band, and what it has more error than the standard arm, pair by pair.

    Args:
        answers: the arm.
        standard: the standard arm, of the same memberships.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    everything = np.ones(answers.census.count.shape, bool)
    error = answers.test_error(everything)
    loss = None if answers is standard else _Loss(standard, error - standard.test_error(everything))
    return TailArm(
        arm=answers.arm,
        test_error=error.over_pairs(confidence),
        more=loss.more.over_pairs(confidence, -1) if loss else None,
        bands=tuple(_arm_band(name, chosen, answers, confidence, loss) for name, chosen in _chosen(answers.census)),
    )


@dataclass(frozen=True)
class _Loss:
    """What an arm is held against.

    Attributes:
        standard: the standard arm.
        more: the arm's overall test error above the standard arm's.
    """

    standard: Answers
    more: Crossed


def _arm_band(name: str, chosen: Bools, answers: Answers, confidence: float, loss: _Loss | None) -> ArmBand:
    error = answers.test_error(chosen)
    of_records = band_number(answers.census.others + 1) == BAND_NAMES.index(name)
    return ArmBand(
        band=name,
        test_error=error.over_pairs(confidence),
        train_error=answers.train_error(chosen).over_pairs(confidence),
        memorization=answers.memorization(of_records).over_pairs(confidence, -1),
        **_paid(error, chosen, answers, confidence, loss) if loss else {},
    )


def _paid(
    error: Crossed, chosen: Bools, answers: Answers, confidence: float, loss: _Loss
) -> dict[str, Estimate | None]:
    """What a band loses, what that adds to the whole loss, and its part of it, if there is a loss at all."""
    paid = answers.lost(chosen) - loss.standard.lost(chosen)
    most = answers.census.test_share(answers.census.test_records * chosen).value
    whole = loss.more.over_pairs(confidence, -1)
    return {
        "more": (error - loss.standard.test_error(chosen)).over_pairs(confidence, -1),
        "paid": paid.over_pairs(confidence, -1, part=most) if most else None,
        "bears": (paid / loss.more).over_pairs(confidence, -1) if most and whole and whole.low > 0 else None,
    }


def _chosen(census: Census) -> list[tuple[str, Bools]]:
    """Name, and Bool [models, subpopulations], of every band."""
    number = band_number(census.count)
    return [(name, number == place) for place, name in enumerate(BAND_NAMES)]
