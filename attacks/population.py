"""The population attack: the target's loss against its losses on records that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack, Evidence, Floats, mean_log_confidence, register


@register
@dataclass(frozen=True, slots=True)
class Population(Attack):
    """Score the share of the population whose loss is higher (Attack-P of Ye et al. 2022, arXiv 2111.09679).

    The threshold at the paper's alpha-quantile of the population's losses is a threshold of 1 - alpha on this
    score. Between two neighbouring losses, and beyond the lowest and the highest, the share is interpolated, so
    that records that the whole population is worse than do not tie.
    """

    name = "population"
    title = "Population"
    source = "Ye et al. 2022, Attack P, arXiv 2111.09679"
    knowledge = "the target's confidence in the label, and in those of a population of non-members"
    references = False

    def scores(self, evidence: Evidence) -> Floats:
        """The share, interpolated (see `Attack.scores`).

        Raises:
            UnscorableError: if the evidence has no population.
        """
        population = mean_log_confidence(evidence.needed("population"))
        own = evidence.log_confidence
        return np.stack([_share(*of_model) for of_model in zip(own, population, strict=True)])


def _share(own: Floats, population: Floats) -> Floats:
    """Share of the population below each value, [records]; logarithms of confidence, so at most 0."""
    rising, place = np.unique(population, return_inverse=True)
    number = np.bincount(place)
    steps = np.concatenate([[0.0], np.cumsum(number) - number / 2, [float(len(population))]])
    knots = np.concatenate([[2 * rising[0] - 1], rising, [0.0]])
    inside = np.interp(own, knots, steps)
    lowest = steps[1] * np.exp(np.minimum(own - rising[0], 0.0))
    return np.asarray(np.where(own < rising[0], lowest, inside) / len(population))
