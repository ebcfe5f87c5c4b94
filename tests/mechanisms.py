"""Pools of mechanisms whose trade-off is known exactly."""

from __future__ import annotations

import math

import numpy as np
from worlds import evidence, paired_membership

from attacks.base import Evidence


def randomised_response(models: int, records: int, epsilon: float, rng: np.random.Generator) -> Evidence:
    """Each model says of a record what its coin is, and lies with probability 1 / (1 + e^epsilon): tight."""
    membership = paired_membership(models, records, rng)
    lies = rng.random(membership.shape) < 1 / (1 + math.exp(epsilon))
    return evidence(membership, np.where(membership ^ lies, 1.0, -1.0))


def gaussian(models: int, records: int, mu: float, rng: np.random.Generator) -> Evidence:
    """Each model adds normal noise to each record's coin: mu-GDP exactly, and independent over records."""
    membership = paired_membership(models, records, rng)
    return evidence(membership, mu * membership + rng.normal(size=membership.shape))
