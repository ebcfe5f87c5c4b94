"""Error and memorization by how often a subpopulation occurs in training; over model pairs, the records fixed."""

from __future__ import annotations

import numpy as np

from audit.data.longtail import BAND_NAMES, band_number
from audit.experiments.longtail_answers import Answers
from audit.experiments.longtail_census import Bools, Census
from audit.experiments.longtail_crossed import Crossed
from reports.experiments.longtail import ArmBand, TailArm, TailBand
from reports.result import Estimate


def bands_of(census: Census, confidence: float) -> tuple[TailBand, ...]:
    """How many subpopulations, and what share of the test records, lie in each band.

    Args:
        census: who was IN.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    found = []
    for name, chosen in _chosen(census):
        number = census.total(chosen).over_pairs(0, census.subpopulations).first(confidence)
        share = _over_pairs(census.test_share(census.test_records * chosen), confidence)
        found.append(TailBand(name=name, subpopulations=number, test_share=share))
    return tuple(found)


def arm_by_band(answers: Answers, standard: Answers, confidence: float) -> TailArm:
    """Error and memorization of an arm by band, and what it has more error than the standard arm, pair by pair.

    Args:
        answers: the arm.
        standard: the standard arm, of the same memberships.
        confidence: two-sided level of the intervals, in (0, 1).
    """
    everything = np.ones(answers.census.count.shape, bool)
    overall, other = answers.test_error(everything), standard.test_error(everything)
    bands = [_arm_band(name, chosen, answers, standard, confidence) for name, chosen in _chosen(answers.census)]
    return TailArm(
        arm=answers.arm,
        test_error=_over_pairs(overall, confidence),
        more=None if answers is standard else _over_pairs(overall - other, confidence, -1),
        bands=tuple(bands),
    )


def _arm_band(name: str, chosen: Bools, answers: Answers, standard: Answers, confidence: float) -> ArmBand:
    error, same = answers.test_error(chosen), answers is standard
    paid = answers.lost(chosen) - standard.lost(chosen)
    of_records = band_number(answers.census.others + 1) == BAND_NAMES.index(name)
    return ArmBand(
        band=name,
        test_error=_over_pairs(error, confidence),
        train_error=_over_pairs(answers.train_error(chosen), confidence),
        memorization=_over_pairs(answers.memorization(of_records), confidence, -1),
        more=None if same else _over_pairs(error - standard.test_error(chosen), confidence, -1),
        paid=None if same else _over_pairs(paid, confidence, -1),
    )


def _chosen(census: Census) -> list[tuple[str, Bools]]:
    """Name, and Bool [models, subpopulations], of every band."""
    number = band_number(census.count)
    return [(name, number == place) for place, name in enumerate(BAND_NAMES)]


def _over_pairs(figure: Crossed, confidence: float, lowest: float = 0.0) -> Estimate | None:
    """The figure's estimate; None where it cannot be had, even without just one pair."""
    if not (np.isfinite(figure.value) and np.isfinite(figure.without_pair).all()):
        return None
    return figure.over_pairs(lowest).estimates(confidence)[0]
