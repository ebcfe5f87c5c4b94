"""Simulated pools whose truth is known: what an attack or a statistic must find, or must not find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import entr, expit, log_expit

from attacks.base import Attack, Evidence

POPULATION = 60


def paired_membership(models: int, records: int, rng: np.random.Generator) -> np.ndarray:
    """Bool [models, records]; model 2j draws fair coins, model 2j+1 takes the complement."""
    coins = rng.random((models // 2, records)) < 0.5
    return np.stack([coins, ~coins], axis=1).reshape(models, records)


def evidence(membership: np.ndarray, phi: np.ndarray, pair: np.ndarray | None = None) -> Evidence:
    """Evidence of models of two classes; a record is correct where its phi is positive.

    Args:
        membership: Bool [models, records].
        phi: Float [models, records] or [models, records, views].
        pair: Int [models]; None pairs neighbours.
    """
    views = phi if phi.ndim == 3 else phi[:, :, None]
    pair = np.arange(len(phi)) // 2 if pair is None else pair
    return with_outputs(Evidence(membership, views, views.mean(axis=2) > 0, pair))


def with_outputs(world: Evidence) -> Evidence:
    """All that an attacker may know besides, none of which tells more of membership than phi does.

    The features are those of a record: how sure models are of it on the whole. The population's signals are drawn
    from those of non-members, each model's from its own stream, so that they move with no coin.
    """
    rng = np.random.default_rng(7)
    models, records, views = world.phi.shape
    p = expit(world.phi)
    own, other = log_expit(world.phi), log_expit(-world.phi)
    features = np.column_stack([world.phi.mean(axis=(0, 2)), rng.normal(size=records)])
    return replace(
        world,
        entropy=entr(p) + entr(expit(-world.phi)),
        modified_entropy=-2 * expit(-world.phi) * own,
        top=np.stack([np.maximum(own, other), np.minimum(own, other)], axis=-1),
        views_correct=world.phi > 0,
        population=rng.normal(world.phi.mean(), world.phi.std() + 0.1, (models, POPULATION, views)),
        labels=np.arange(records) % 2,
        features=features,
    )


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
    return evidence(membership, phi, np.arange(models))


def with_views(world: Evidence, views: int, seed: int) -> Evidence:
    """The same world seen through several correlated views of unequal spread."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.5 + np.arange(views), (*world.membership.shape, views))
    return replace(evidence(world.membership, world.phi[:, :, :1] + noise, world.pair), correct=world.correct)


def suited(attack: Attack, world: Evidence) -> Evidence:
    """A world in which the attack can run: label-only needs views, and the entropy models that are mostly right."""
    if attack.name == "label-only":
        return with_views(world, 4, 9)
    return evidence(world.membership, world.phi + 5.0, world.pair) if attack.name == "entropy" else world
