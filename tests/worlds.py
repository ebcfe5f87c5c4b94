"""Simulated pools whose truth is known: what an attack or a statistic must find, or must not find."""

from __future__ import annotations

import numpy as np

from attacks.base import Evidence


def paired_membership(models: int, records: int, rng: np.random.Generator) -> np.ndarray:
    """Bool [models, records]; model 2j draws fair coins, model 2j+1 takes the complement."""
    coins = rng.random((models // 2, records)) < 0.5
    return np.stack([coins, ~coins], axis=1).reshape(models, records)


def evidence(membership: np.ndarray, phi: np.ndarray) -> Evidence:
    """Evidence of one view; a record is correct where its phi is positive."""
    return Evidence(membership, phi[:, :, None], phi > 0, np.arange(len(phi)) // 2)


def gaussian_world(
    models: int, records: int, shift: float, seed: int, spread: float = 1.0, difficulty: float = 2.0
) -> Evidence:
    """Phi ~ N(mu_i + shift * IN, spread), mu_i ~ N(0, difficulty): known optimum Phi(shift / (spread sqrt 2))."""
    rng = np.random.default_rng(seed)
    membership = paired_membership(models, records, rng)
    mu = rng.normal(0, difficulty, records)
    return evidence(membership, rng.normal(mu + shift * membership, spread))


def null_world(models: int, records: int, seed: int) -> Evidence:
    """Models that never saw the data: signals do not depend on membership."""
    return gaussian_world(models, records, 0.0, seed)


def planted_world(models: int, records: int, planted: int, shift: float, seed: int) -> Evidence:
    """The first `planted` records are wrong while OUT and right while IN; the others never move."""
    rng = np.random.default_rng(seed)
    membership = paired_membership(models, records, rng)
    is_planted = np.arange(records) < planted
    mean = np.where(is_planted, -shift / 2 + shift * membership, 3.0)
    return evidence(membership, rng.normal(mean, 1.0))


def unpaired_world(
    models: int, records: int, shift: float, seed: int, inclusion: float = 0.7, views: int = 1
) -> Evidence:
    """As `gaussian_world`, but every model draws its own coins, all pair numbers differ, and views are correlated."""
    rng = np.random.default_rng(seed)
    membership = rng.random((models, records)) < inclusion
    common = rng.normal(rng.normal(0, 2, records) + shift * membership, 1.0)
    phi = common[:, :, None] + rng.normal(0, 0.7, (models, records, views))
    return Evidence(membership, phi, phi.mean(axis=2) > 0, np.arange(models))


def with_views(world: Evidence, views: int, seed: int) -> Evidence:
    """The same world seen through several correlated views of unequal spread."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.5 + np.arange(views), (*world.membership.shape, views))
    return Evidence(world.membership, world.phi[:, :, :1] + noise, world.correct, world.pair)
