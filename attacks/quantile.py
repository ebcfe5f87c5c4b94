"""The quantile-regression attack: how high would the target's signal be, had it not seen the record?"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints, register

MOST_FEATURES = 50
"""Of more, as many principal components are taken."""
PENALTIES = np.geomspace(1e-3, 10, 25)
"""Penalties to choose from, in units of a standardised column's variance."""


@register
@dataclass(frozen=True, slots=True)
class QuantileRegression(Attack):
    """Score `phi - q(x)`, q a quantile of the target's phi on records like x that it never saw (Bertran et al. 2023).

    q is the mean signal of records like x, by ridge regression on features, label and their squares, plus the quantile
    of what that leaves over; learnt on OUT records of the target that lie in another fold than x: no record is scored
    by a regression that saw it or a copy of it.

    Attributes:
        quantile: which quantile is regressed, in (0, 1).
        folds: parts of the records, at least 2.
    """

    name = "quantile"
    title = "Quantile regression"
    source = "Bertran et al. 2023, arXiv 2307.03694"
    knowledge = "the target's log-odds of the label, the features, and some of the non-members; no reference models"
    references = False
    most_models: ClassVar[int | None] = 8
    quantile: float = 0.9
    folds: int = 2

    def scores(self, evidence: Evidence) -> Floats:
        """How far above the regressed quantile the signal lies (see `Attack.scores`).

        A target without two OUT records in every fold has no scores.

        Raises:
            UnscorableError: if the evidence has no features or no labels.
        """
        features, labels = evidence.needed("features"), evidence.needed("labels")
        flat = np.ascontiguousarray(features.reshape(len(features), -1))
        fold = folds_of(flat, self.folds)
        table, names = components(flat), np.unique(labels, return_inverse=True)[1]
        phi = evidence.phi.mean(axis=2)
        return np.stack(
            [phi[k] - self._quantiles(table, names, phi[k], ~evidence.membership[k], fold) for k in range(len(phi))]
        )

    def _quantiles(self, table: Floats, labels: Ints, phi: Floats, out: Bools, fold: Ints) -> Floats:
        found = np.full(len(phi), np.nan)
        if min(np.bincount(fold[out], minlength=self.folds)) < 2:
            return found

        for one in range(self.folds):
            seen = out & (fold != one)
            known = standardised(np.column_stack([table, class_means(labels, phi, seen)]), seen)
            fitted = ridge_regression(np.column_stack([known, known**2]), phi, seen)
            found[fold == one] = (fitted + np.quantile((phi - fitted)[seen], self.quantile))[fold == one]
        return found


def ridge_regression(x: Floats, y: Floats, seen: Bools) -> Floats:
    """Fitted values of all rows by ridge regression; generalised cross-validation chooses the penalty.

    Golub, Heath & Wahba 1979: the penalty with the least squared residuals over (1 - degrees of freedom / rows)^2.

    Args:
        x: Float [rows, columns].
        y: Float [rows].
        seen: Bool [rows]; from which it learns, at least 1.
    """
    x, scale = standardised(x, seen), max(float(np.abs(y[seen]).max()), 1e-300)
    y = y / scale  # squares of log-odds from a file may be beyond what a float holds
    rows, mean = int(seen.sum()), y[seen].mean()
    size, axes = np.linalg.eigh(x[seen].T @ x[seen] / rows)
    size, slope = np.maximum(size, 0.0), axes.T @ (x[seen].T @ (y[seen] - mean)) / rows
    weights = slope / (size + PENALTIES[:, None])  # [penalties, columns]
    left = (y[seen] - mean).var() + (weights * (size * weights - 2 * slope)).sum(axis=1)
    freedom = 1 + (size / (size + PENALTIES[:, None])).sum(axis=1)
    best = np.argmin(np.maximum(left, 0.0) / np.maximum(1 - freedom / rows, 1e-9) ** 2)
    return np.asarray(scale * (mean + x @ (axes @ weights[best])), np.float64)


def standardised(x: Floats, seen: Bools) -> Floats:
    """Columns less their mean and by their standard deviation, both of the rows seen; a constant column is 0.

    Args:
        x: Float [rows, columns].
        seen: Bool [rows], at least one.
    """
    largest = np.maximum(np.abs(x[seen]).max(axis=0), 1e-300)  # first, so that no square overflows
    x = x / largest
    centre, unit = x[seen].mean(axis=0), x[seen].std(axis=0)
    return np.asarray((x - centre) / np.where(unit > 1e-9 * np.abs(centre), unit, 1.0), np.float64)


def class_means(labels: Ints, phi: Floats, seen: Bools) -> Floats:
    """Each record's label as a number that does not depend on how classes are numbered: their mean signal, [records].

    Args:
        labels: Int [records], from 0 on.
        phi: Float [records].
        seen: Bool [records]; from which the means are taken; a class that is not among them has that of all.
    """
    classes = int(labels.max()) + 1
    total = np.bincount(labels[seen], weights=phi[seen], minlength=classes)
    count = np.bincount(labels[seen], minlength=classes)
    means = np.where(count > 0, total / np.maximum(count, 1), phi[seen].mean())
    return np.asarray(means[labels], np.float64)


def folds_of(features: Floats, folds: int) -> Ints:
    """Int [records]: a fold for every record by its content, so that copies share one and the order does not matter.

    Args:
        features: [records, features], contiguous.
        folds: how many.
    """
    return np.array([zlib.crc32(row.tobytes()) for row in features], np.int64) % folds


def components(features: Floats) -> Floats:
    """The features, or as many principal components as are allowed; [records, at most 50].

    Args:
        features: [records, features].
    """
    if features.shape[1] <= MOST_FEATURES:
        return features
    centred = features - features.mean(axis=0, dtype=np.float64)
    axes = np.linalg.eigh(centred.T @ centred)[1]
    return np.asarray(centred @ axes[:, : -MOST_FEATURES - 1 : -1], np.float64)
