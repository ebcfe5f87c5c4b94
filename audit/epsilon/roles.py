"""Which models choose and which are trials: no trial may have a say in what it is tried by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.halves import independent_units
from bounds.rules import Split

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

CHOOSING = 0.25
"""Share of the independent units that choose, settled before any score is seen.

What is chosen is a record that stands out, a threshold, a number of guesses: a few models suffice for that, and
every model that chooses is missing among the trials. With perfect separation J pairs of trials prove about
ln(J / (2 ln(2 / alpha))): a quarter instead of a half proves .4 more.
"""
RULE = Split(share=CHOOSING)


class Roles(NamedTuple):
    """Two disjoint parts of a pool that share no training run and no coin.

    Attributes:
        choosing: Int; models that choose, and that are the references of the others.
        trials: Int; all models of the other units.
        runs: Int; one model of each of these units: their coins are independent of each other.
    """

    choosing: Ints
    trials: Ints
    runs: Ints


def independent_trials(membership: Bools, pair: Ints) -> Ints:
    """The first model of every unit and its complement: of models that share a coin one is a trial of it.

    Args:
        membership: Bool [models, records].
        pair: Int [models]; models of one number drew their coins together.

    Returns:
        Int; indices into the models axis, rising.
    """
    kept: list[int] = []
    for number in np.unique(pair):
        first, *others = np.flatnonzero(pair == number).tolist()
        kept += [first, *[model for model in others if (membership[model] != membership[first]).all()][:1]]
    return np.sort(np.array(kept))


def roles_of(pair: Ints) -> Roles:
    """One unit in four chooses, evenly spread, so that a pool that is extended keeps every old model in its role.

    Args:
        pair: Int [models]; models of one number drew their coins together.
    """
    chooses = RULE.choosing(pair)
    trials = np.flatnonzero(~chooses)
    _, first = np.unique(independent_units(pair)[trials], return_index=True)
    return Roles(np.flatnonzero(chooses), trials, trials[first])
