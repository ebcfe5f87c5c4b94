"""The shadow-classifier attack: a classifier that learnt on shadow models what outputs on members look like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np

from attacks.base import Attack, Evidence, Floats, Ints, Part, PartsOf, register
from attacks.threads import one_blas_thread

KNOTS = np.array([*range(9), *range(10, 17, 2), *range(20, 33, 4)], np.float64)
KNOTS = np.concatenate([-KNOTS[:0:-1], KNOTS])
"""Log-odds between which the classifier's function of an output is a straight line, flat beyond the ends.

They are the same for all pools: knots that follow the signals would tell a classifier of the target's own.
"""
MOST_ROWS = 500_000
"""Outputs of models from which the classifier learns; of more, every so many-th record is taken."""


@register
@dataclass(frozen=True, slots=True)
class ShadowClassifier(Attack):
    """Score membership by a classifier on outputs of shadow models (Shokri et al. 2017).

    Features: the highest probabilities, sorted, as log-odds; the label's log-odds; whether the model is right. The
    classifier is additive, a linear spline of each, by least squares (a linear discriminant): its normal equations are
    sums over models, so that leaving models out costs no second look at their outputs.
    """

    name = "shadow"
    title = "Shadow classifier"
    source = "Shokri et al. 2017, arXiv 1610.05820"
    knowledge = "the target's probabilities of all classes; shadow models on random halves of the same records"
    references = True
    most_models: ClassVar[int | None] = 16

    def scores(self, evidence: Evidence) -> Floats:
        """The classifier's estimate of membership, from -1/2 to 1/2 (see `Attack.scores`).

        NaN where the target has no shadow models.

        Raises:
            UnscorableError: if the evidence has no highest probabilities.
        """
        learnt, found = _Learnt.of(evidence), np.empty(evidence.membership.shape)
        for number in np.unique(evidence.pair):
            targets = np.flatnonzero(evidence.pair == number)
            found[targets] = learnt.scores(targets, np.flatnonzero(evidence.pair != number))
        return found

    def replicates(self, evidence: Evidence, group: Ints) -> PartsOf:
        """Scores with groups left out, from sums that all of them share (see `Attack.replicates`)."""
        learnt, records = _Learnt.of(evidence), slice(0, evidence.membership.shape[1])

        def parts(own: int) -> Iterator[Part]:
            for number in np.unique(evidence.pair[group == own]):
                targets = np.flatnonzero(evidence.pair == number)
                for left_out in np.delete(np.arange(group.max() + 1), own):
                    shadows = np.flatnonzero((evidence.pair != number) & (group != left_out))
                    yield Part(int(left_out), targets, records, learnt.scores(targets, shadows))

        return parts


class _Learnt(NamedTuple):
    """What all classifiers share.

    Attributes:
        outputs: Float [models, records, features]; the last is whether the model is right.
        products: Float [models, weights, weights]; sums over records of products of the splines' values.
        sides: Float [models, weights]; sums of the values on members less those on non-members, halved.
    """

    outputs: Floats
    products: Floats
    sides: Floats

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Sum over the records of each model."""
        outputs = _features(evidence)
        step = -(-outputs[..., 0].size // MOST_ROWS)
        products, sides = [], []
        for model, (output, inside) in enumerate(zip(outputs, evidence.membership, strict=True)):
            values = _spline_values(output[model % step :: step])
            products.append(values.T @ values)
            sides.append((inside[model % step :: step] - 0.5) @ values)
        return cls(outputs, np.stack(products), np.stack(sides))

    def scores(self, targets: Ints, shadows: Ints) -> Floats:
        """Float [targets, records]: estimates by a classifier that learnt on the shadow models alone."""
        if not len(shadows):
            return np.full((len(targets), self.outputs.shape[1]), np.nan)
        # A penalty as of one record that is IN and OUT by halves: a stretch without outputs says nothing.
        products = self.products[shadows].sum(axis=0) + np.eye(self.sides.shape[1])
        with one_blas_thread():
            weights = np.linalg.solve(products, self.sides[shadows].sum(axis=0))
        outputs = self.outputs[targets]
        found = outputs[..., -1] * weights[-1]
        for feature, curve in enumerate(weights[:-1].reshape(-1, len(KNOTS))):
            found += np.interp(outputs[..., feature], KNOTS, curve)
        return np.asarray(found, np.float64)


def _features(evidence: Evidence) -> Floats:
    """Float [models, records, features]."""
    top = evidence.needed("top").mean(axis=2, dtype=np.float64)
    odds = top - np.log(-np.expm1(np.minimum(top, -1e-9)))
    phi = evidence.phi.mean(axis=2)
    return np.concatenate([odds, phi[:, :, None], evidence.needed("correct")[:, :, None]], axis=2)


def _spline_values(outputs: Floats) -> Floats:
    """Float [records, weights]: each log-odds' shares in the two knots beside it; and whether the model is right.

    Args:
        outputs: Float [records, features].
    """
    rows, columns = np.arange(len(outputs)), []
    for odds in np.clip(outputs[:, :-1].T, KNOTS[0], KNOTS[-1]):
        below = np.clip(np.searchsorted(KNOTS, odds, side="right") - 1, 0, len(KNOTS) - 2)
        share = (odds - KNOTS[below]) / (KNOTS[below + 1] - KNOTS[below])
        values = np.zeros((len(outputs), len(KNOTS)))
        values[rows, below], values[rows, below + 1] = 1 - share, share
        columns.append(values)
    return np.concatenate([*columns, outputs[:, -1:]], axis=1)
