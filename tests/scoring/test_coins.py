"""Coins that are visibly not a record's own prove nothing; fair ones are hardly ever refused; a unit has one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from repetitions import times
from scipy.stats import binom
from worlds import evidence, paired_membership

from attacks import Evidence
from audit.epsilon.findings import unit_evidence
from audit.epsilon.proof import proof_of
from audit.errors import DataError
from audit.scoring import score
from audit.scoring.coins import Coins, coins_of, repeated, square_tails
from audit.scoring.reading import read

PEOPLE = 40


def world_of_people(models: int, records: int, seed: int) -> tuple[Evidence, np.ndarray]:
    """A null world: all records of a person are in or out together, and no model saw any of them."""
    rng = np.random.default_rng(seed)
    membership = np.repeat(rng.random((models, PEOPLE)) < 0.5, records, axis=1)
    # What makes records of one person alike: every model says something of its own of the whole person.
    phi = np.repeat(rng.normal(size=(models, PEOPLE)), records, axis=1) + rng.normal(size=membership.shape)
    return evidence(membership, phi, np.arange(models)), np.repeat(np.arange(PEOPLE).astype(str), records)


def proves(world: Evidence, units: np.ndarray | None = None) -> bool:
    coins = coins_of(world.membership, world.pair)
    if units is not None:
        world = unit_evidence(world, units)
        coins = coins_of(world.membership, world.pair, "unit")
    return proof_of(world, 1e-5, 0.05, not coins.unfair, coins.shared).proved > 0


@pytest.mark.parametrize("paired", [True, False])
def test_fair_coins_are_not_refused(paired: bool) -> None:
    """300 pools of all sizes: with a false-alarm rate of 6e-6 one refusal has probability .002."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        models, records = int(rng.integers(4, 65)), int(rng.integers(2, 500))
        membership = paired_membership(2 * models, records, rng) if paired else rng.random((models, records)) < 0.5
        pair = np.arange(len(membership)) // (2 if paired else 1)
        assert coins_of(membership, pair) == Coins()


@pytest.mark.parametrize("models", [12, 16, 32, 64])
@pytest.mark.parametrize("records", [2, 5, 10, 25])
@pytest.mark.parametrize("complements", [True, False])
def test_records_that_share_coins_are_seen(models: int, records: int, complements: bool) -> None:
    coins = np.repeat(np.random.default_rng(1).random((models, PEOPLE)) < 0.5, records, axis=1)
    coins[:, ::2] ^= complements  # a record that is always IN where another is OUT has no coin of its own either
    found = coins_of(np.concatenate([coins, ~coins]), np.tile(np.arange(models), 2))
    assert f"records of {PEOPLE * records:,} are IN and OUT together" in found.shared
    assert coins_of(coins, np.arange(models)).shared


def test_sums_that_are_constant_are_seen_unless_complements_make_them_so() -> None:
    rng = np.random.default_rng(2)
    halves = np.stack([rng.permutation(300) < 150 for _ in range(16)])
    columns = np.stack([rng.permutation(32) < 16 for _ in range(300)], axis=1)
    assert "records of a model (150 to 150 of 300) are too much alike" in coins_of(halves, np.arange(16)).shared
    assert "models of a record (16 to 16 of 32" in coins_of(columns, np.arange(32)).shared
    paired = paired_membership(32, 300, rng)
    assert len(set(paired.sum(axis=0))) == 1
    assert coins_of(paired, np.arange(32) // 2) == Coins()


def test_a_rate_that_is_not_one_half_rules_out_guesses_alone() -> None:
    found = coins_of(np.random.default_rng(3).random((32, 300)) < 0.7, np.arange(32))
    assert found.unfair.startswith("70")
    assert not found.shared
    rates = np.random.default_rng(4).uniform(0.2, 0.8, 300)
    assert "too far apart" in coins_of(np.random.default_rng(5).random((64, 300)) < rates, np.arange(64)).shared


def test_bounds_on_tails_are_bounds() -> None:
    """Exact: all of n counts equal to the mean, and the number of different columns among few."""
    for counts, coins in ((8, 10), (20, 40), (3, 4)):
        low, _ = square_tails(np.full(counts, coins // 2), coins, 0.5)
        exact = counts * np.log(binom.pmf(coins // 2, coins, 0.5))
        assert exact <= low + 1e-9 <= 1e-9
    _, high = square_tails(np.full(5, 12), 12, 0.5)
    assert 5 * np.log(2 * binom.pmf(12, 12, 0.5)) <= high < np.log(1e-8)
    again, chance = repeated(np.zeros((10, 3), bool), 0.5)
    assert again == 2
    assert 2 * np.log(2.0**-9) <= chance < np.log(1e-4)


@pytest.mark.parametrize("records", [10, 25])
def test_nothing_is_proved_of_people_in_a_null_world(records: int) -> None:
    """At exactly 5 % more proofs have probability 1e-4. Without the check it is 15 to 24 %."""
    worlds = [world_of_people(32, records, seed) for seed in range(times(201))]
    assert not any(proves(world) for world, _ in worlds)
    assert sum(proves(world, units) for world, units in worlds) <= binom.isf(1e-4, len(worlds), 0.05)


def test_units_prove_what_is_there() -> None:
    world, units = world_of_people(64, 5, 6)
    seen = replace(world, phi=world.phi + 8.0 * world.membership[:, :, None])
    assert proves(seen, units)
    assert not proves(seen)


def saved(path: Path, world: Evidence, **more: np.ndarray) -> Path:
    np.savez(path, membership=world.membership, phi=world.phi, correct=world.correct, **more)
    return path


def test_a_report_says_why_nothing_is_proved_and_what_would_help(tmp_path: Path) -> None:
    world, units = world_of_people(16, 10, 7)
    found = score(saved(tmp_path / "x.npz", world), tmp_path / "x", ("loss",), "loss").arms[0].epsilon
    assert found.bounds == ()
    assert len(found.reasons) == 1
    assert "360 records of 400 are IN and OUT together with another in every model" in found.reasons[0]
    assert "name what belongs together in `units`" in found.reasons[0]
    result = score(saved(tmp_path / "y.npz", world, units=units), tmp_path / "y", ("loss",), "loss")
    assert result.arms[0].epsilon.bounds
    assert any("bounds for whole units: 40 coins a model" in warning for warning in result.warnings)


def test_records_of_one_unit_must_have_been_in_the_same_models(tmp_path: Path) -> None:
    world, units = world_of_people(8, 3, 8)
    units[0] = "1"
    with pytest.raises(DataError, match=r"records of 1 unit were not IN the same models: '1'"):
        read(str(saved(tmp_path / "x.npz", world, units=units)))


def test_a_unit_is_the_mean_of_its_records() -> None:
    world, units = world_of_people(8, 3, 9)
    order = np.random.default_rng(0).permutation(len(units))
    found = unit_evidence(world.records(order), units[order])
    names = np.unique(units)
    assert found.membership.shape == (8, PEOPLE)
    for place, name in enumerate(names):
        own = np.flatnonzero(units == name)
        np.testing.assert_allclose(found.phi[:, place], world.phi[:, own].mean(axis=1))
        np.testing.assert_array_equal(found.membership[:, place], world.membership[:, own[0]])
        np.testing.assert_array_equal(found.correct[:, place], world.correct[:, own].all(axis=1))


@pytest.mark.parametrize("targets", [None, np.arange(12) == 0])
def test_one_split_and_many_seeds_are_attacked_without_references(tmp_path: Path, targets: np.ndarray | None) -> None:
    rng = np.random.default_rng(10)
    inside, right = np.tile(rng.random(300) < 0.5, (12, 1)), {} if targets is None else {"targets": targets}
    world = evidence(inside, rng.normal(2.0 * inside), np.arange(12))
    result = score(saved(tmp_path / "x.npz", world, **right), tmp_path / "x", ("ensemble", "base", "loss", "gap"))
    failed = {attack.name: attack.failed for attack in result.arms[0].attacks}
    assert result.headline == "loss"
    assert not failed["loss"]
    assert not failed["gap"]
    for name in ("ensemble", "base"):
        assert failed[name].startswith("no record was both IN and OUT of the models")
    assert any(
        "rests on the attack Loss threshold: Ensemble" in warning and "no record was both IN and OUT" in warning
        for warning in result.warnings
    )
    assert result.arms[0].epsilon is None
