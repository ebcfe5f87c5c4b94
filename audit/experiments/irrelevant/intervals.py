"""Means over models and subpopulations, with intervals that range over both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.two_samples import TwoSamples
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def over_both(outcome: Floats | Bools, counted: Bools, pair: Ints, kind: Ints, confidence: float) -> Estimate | None:
    """Mean outcome over what counts, with an interval over model pairs and subpopulations.

    Models of a pair share their coins, and all models meet the same subpopulations. With the records held fixed, chance
    agreement of a few subpopulations would look certain. So both are left out in turn: see `TwoSamples`.

    Args:
        outcome: Bool or Float [models, columns], in [0, 1]; may be NaN where it does not count.
        counted: Bool [models, columns].
        pair: Int [models]; models of one number drew their coins together.
        kind: Int [columns]; the subpopulation of each.
        confidence: two-sided level in (0, 1).

    Returns:
        None where fewer than two pairs, or two subpopulations, have anything that counts.
    """
    hits, trials = np.where(counted, outcome, 0.0).astype(np.float64), counted.astype(np.float64)
    pairs, kinds = _without(hits.sum(1), trials.sum(1), pair), _without(hits.sum(0), trials.sum(0), kind)
    if min(len(pairs), len(kinds)) < 2:
        return None
    unit = "models" if len(np.unique(pair)) == len(pair) else "model pairs"
    both = TwoSamples.of(float(hits.sum() / trials.sum()), pairs, kinds)
    return both.estimate(confidence, (0.0, 1.0), f"{len(pairs)} {unit} and {len(kinds)} subpopulations")


def _without(hits: Floats, trials: Floats, unit: Ints) -> Floats:
    """The mean without each unit in turn; units in which nothing counts are left out."""
    place = np.unique(unit, return_inverse=True)[1]
    hit, trial = (np.bincount(place, weights=each) for each in (hits, trials))
    hit, trial = hit[trial > 0], trial[trial > 0]
    return (hit.sum() - hit) / (trial.sum() - trial) if len(hit) > 1 else np.zeros(len(hit))
