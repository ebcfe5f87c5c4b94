"""The quantile-regression attack: how high would the target's signal be, had it not seen the record?"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from attacks.base import Attack, Bools, Evidence, Floats, Ints, register
from attacks.threads import in_parallel, one_thread_each

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

MOST_FEATURES = 50
"""Of more, as many principal components are taken."""


@register
@dataclass(frozen=True, slots=True)
class QuantileRegression(Attack):
    """Score `phi - q(x)`, q a quantile of the target's phi on records like x that it never saw (Bertran et al. 2023).

    q is regressed on a record's features and label by gradient boosting with the quantile loss, on OUT records of
    the target that lie in another fold than x: no record is scored by a regressor that saw it or a copy of it.

    Attributes:
        quantile: which quantile is regressed, in (0, 1).
        folds: parts of the records, at least 2.
        trees: of each regressor.
    """

    name = "quantile"
    title = "Quantile regression"
    source = "Bertran et al. 2023, arXiv 2307.03694"
    knowledge = "the target's log-odds of the label, the features, and some of the non-members; no reference models"
    references = False
    most_models: ClassVar[int | None] = 8
    quantile: float = 0.9
    folds: int = 2
    trees: int = 60

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

        def regressed(one: int) -> Floats:
            seen = out & (fold != one)
            known = np.column_stack([table, class_means(labels, phi, seen)])
            with one_thread_each():
                return np.asarray(self._regressor().fit(known[seen], phi[seen]).predict(known[fold == one]), np.float64)

        for one, values in enumerate(in_parallel(regressed, range(self.folds))):
            found[fold == one] = values
        return found

    def _regressor(self) -> HistGradientBoostingRegressor:
        from sklearn.ensemble import HistGradientBoostingRegressor

        settings: dict[str, Any] = {"max_iter": self.trees, "max_leaf_nodes": 15, "early_stopping": False}
        return HistGradientBoostingRegressor(loss="quantile", quantile=self.quantile, random_state=0, **settings)


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
    from sklearn.decomposition import PCA

    parts = min(MOST_FEATURES, len(features))
    return np.asarray(PCA(parts, svd_solver="covariance_eigh").fit_transform(features))
