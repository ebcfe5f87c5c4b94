"""Logistic regression on a few columns: a handful of Newton steps, quicker than a library's set-up."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from attacks.base import Bools, Floats

RIDGE = 1e-3
"""Penalty on the squared weights, a row: columns that say the same share their weight."""
STEPS, CLOSE = 50, 1e-10
LEAST_CURVATURE = 1e-9
"""Of the intercept, a row: it has none left where every row is certain, and a step must still be finite."""
ROUNDING = 1e-12
SHORTEST = 1e-6
"""Part of a step that is tried at the least."""


def logistic_weights(x: Floats, y: Bools) -> Floats:
    """Weights of the log-odds of y, its intercept left out; maximum likelihood with a slight ridge.

    A Newton step that overshoots is halved until the likelihood rises: columns may be separable or of any size.

    Args:
        x: Float [rows, columns].
        y: Bool [rows]; both values occur.
    """
    rows = np.column_stack([x, np.ones(len(x))])
    penalty = np.append(np.full(x.shape[1], RIDGE * len(x)), 0.0)
    least = np.append(np.zeros(x.shape[1]), LEAST_CURVATURE * len(x))
    side = np.where(y, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        return float(penalty @ weights**2 / 2 - log_expit(side * (rows @ weights)).sum())

    weights = np.zeros(rows.shape[1])
    reached = loss(weights)
    for _ in range(STEPS):
        p = expit(rows @ weights)
        slope = rows.T @ (y - p) - penalty * weights
        curvature = (rows * (p * (1 - p))[:, None]).T @ rows + np.diag(penalty + least)
        step, part = np.linalg.solve(curvature, slope), 1.0
        while (tried := loss(weights + part * step)) > reached * (1 + ROUNDING) and part > SHORTEST:
            part /= 2
        weights, reached = weights + part * step, tried
        if np.abs(step).max() < CLOSE:
            break
    return weights[:-1]


def rising_weights(x: Floats, y: Bools) -> Floats:
    """The same with no weight below zero: the most negative one is left out until there is none.

    Args:
        x: Float [rows, columns]; y is the likelier, the higher each column is.
        y: Bool [rows]; both values occur.
    """
    weights, kept = np.zeros(x.shape[1]), np.arange(x.shape[1])
    while len(kept):
        found = logistic_weights(x[:, kept], y)
        if (found >= 0).all():
            weights[kept] = found
            break
        kept = np.delete(kept, found.argmin())
    return weights
