"""Logistic regression on a few columns: a handful of Newton steps, quicker than a library's set-up."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from attacks.base import Bools, Floats

RIDGE = 1e-3
"""Penalty on the squared weights, a row: columns that say the same share their weight."""
STEPS, CLOSE = 50, 1e-10


def logistic_weights(x: Floats, y: Bools) -> Floats:
    """Weights of the log-odds of y, its intercept left out; maximum likelihood with a slight ridge.

    Args:
        x: Float [rows, columns].
        y: Bool [rows]; both values occur.
    """
    rows = np.column_stack([x, np.ones(len(x))])
    penalty = np.append(np.full(x.shape[1], RIDGE * len(x)), 0.0)
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        p = expit(rows @ weights)
        slope = rows.T @ (y - p) - penalty * weights
        curvature = (rows * (p * (1 - p))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        weights += step
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
