"""Means over models and subpopulations, with intervals that range over both."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from audit.estimates import UnitMeans
from reports.result import Estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def over_both(outcome: Floats | Bools, counted: Bools, pair: Ints, kind: Ints, confidence: float) -> Estimate | None:
    """Mean outcome over what counts, with an interval over model pairs and subpopulations.

    Models of a pair share their coins, and all models meet the same subpopulations. With the records held fixed, chance
    agreement of a few subpopulations would look certain. So errors are clustered both ways (Cameron, Gelbach & Miller
    2011, Journal of Business & Economic Statistics 29, equation 2.11); what both ways count twice is not taken off,
    which makes the interval wider, never narrower. Each way is Student's t over jackknife pseudo-values.

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
    ways = [_means(hits.sum(1), trials.sum(1), pair), _means(hits.sum(0), trials.sum(0), kind)]
    if any(len(way.parts) < 2 for way in ways):
        return None
    value = float(hits.sum() / trials.sum())
    of_pairs, of_kinds = (way.interval(confidence) for way in ways)
    low = value - math.hypot(value - of_pairs.low.item(), value - of_kinds.low.item())
    high = value + math.hypot(of_pairs.high.item() - value, of_kinds.high.item() - value)
    pairs, kinds = (len(way.parts) for way in ways)
    return Estimate(
        value=value,
        low=max(0.0, low),
        high=min(1.0, high),
        confidence=confidence,
        method=f"Student's t, clustered two ways: over {pairs} {ways[0].unit} and {kinds} subpopulations",
        n=min(pairs, kinds),
    )


def _means(hits: Floats, trials: Floats, unit: Ints) -> UnitMeans:
    """The mean of sums over units, with a jackknife pseudo-value a unit (Tukey 1958); empty units are left out."""
    numbers, place = np.unique(unit, return_inverse=True)
    hit, trial = (np.bincount(place, weights=each) for each in (hits, trials))
    hit, trial = hit[trial > 0], trial[trial > 0]
    units, single = len(hit), len(numbers) == len(unit)
    whole = hit.sum() / max(trial.sum(), 1)
    if units < 2:
        return UnitMeans(np.array([whole]), np.zeros((units, 1)), 0.0, 1.0, "")
    rest = (hit.sum() - hit) / (trial.sum() - trial)
    parts = (units * whole - (units - 1) * rest)[:, None]
    return UnitMeans(np.array([whole]), parts, 0.0, 1.0, "models" if single else "model pairs")
