"""Ranks among references: what share of them lies below the target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from attacks.base import Bools, Floats, Ints


def share_below(values: Floats, counted: Bools, pair: Ints) -> Floats:
    """Share of the counted values of models outside the target's pair that lie below; ties count a half.

    All records are one population: what is counted is counted for every record.

    Args:
        values: Float [models, records].
        counted: Bool [models, records]; which values the target is compared with.
        pair: Int [models].

    Returns:
        Float [models, records] in [0, 1]; NaN where nothing is counted.
    """
    everybody = np.sort(values[counted])
    found = _below(everybody, values)
    for number in np.unique(pair):
        of_pair = np.flatnonzero(pair == number)
        own = np.sort(values[of_pair][counted[of_pair]])
        others = len(everybody) - len(own)
        found[of_pair] = (found[of_pair] - _below(own, values[of_pair])) / others if others else np.nan
    return found


def share_below_by_record(values: Floats, counted: Bools, pair: Ints) -> Floats:
    """As `share_below`, but every record is a population of its own.

    Args:
        values: Float [models, records].
        counted: Bool [models, records]; which values the target is compared with.
        pair: Int [models].

    Returns:
        Float [models, records] in [0, 1]; NaN where nothing is counted.
    """
    below, number = _ranks(values, counted), np.broadcast_to(counted.sum(axis=0), values.shape).astype(np.float64)
    for model, mate in _mates(pair):
        equal = np.where(values[mate] == values[model], 0.5, values[mate] < values[model])
        below[model] -= equal * counted[mate]
        number[model] -= counted[mate]
    with np.errstate(invalid="ignore"):
        return np.where(number > 0, below / number, np.nan)


def _below(rising: Floats, values: Floats) -> Floats:
    """How many of the rising values lie below, halves for ties."""
    return (np.searchsorted(rising, values) + np.searchsorted(rising, values, side="right")) / 2


def _ranks(values: Floats, counted: Bools) -> Floats:
    """How many counted values of the record lie below each value, halves for ties, [models, records]."""
    order = np.argsort(values, axis=0, kind="stable")
    rising, weight = np.take_along_axis(values, order, 0), np.take_along_axis(counted, order, 0).astype(np.float64)
    up_to = np.cumsum(weight, axis=0)
    new = np.ones(values.shape, bool)
    new[1:] = rising[1:] != rising[:-1]
    # Of a run of equal values all have what lay before the run, and half of the run.
    before = np.maximum.accumulate(np.where(new, up_to - weight, 0.0), axis=0)
    last = np.ones(values.shape, bool)
    last[:-1] = new[1:]
    through = np.minimum.accumulate(np.where(last, up_to, np.inf)[::-1], axis=0)[::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (before + through) / 2, 0)
    return ranks


def _mates(pair: Ints) -> Iterator[tuple[int, int]]:
    """Every model with every model of its pair, itself among them."""
    for number in np.unique(pair):
        of_pair = np.flatnonzero(pair == number).tolist()
        yield from ((model, mate) for model in of_pair for mate in of_pair)
