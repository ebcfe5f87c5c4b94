"""Means by level against loops over models and secrets; worlds in which nothing, or everything, is to be found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from audit.config import Recipe
from audit.experiments.secrets.exposure import chance, exposures, highest, ranks
from audit.experiments.secrets.findings import REDRAWN, Heard, arm_of, levels_of
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.messages import messages
from audit.experiments.secrets.planting import Planting, planted
from audit.experiments.secrets.skew_normal import tail_exposures
from audit.experiments.secrets.texts import Texts
from audit.training.base import Arm, Schedule

MODELS, SECRETS, REFERENCES = 6, 16, 300
TEXTS = Texts("t", tuple(messages(30, 0)), tuple(messages(10, 1)))
STANDARD = Arm("standard", "standard", "", Recipe(), Schedule(0.5, 3, 10.0))


def planting(seed: int = 0) -> Planting:
    return planted(Format.parsed("{d}{d}{d}{d}{d}{d} x"), (1, 8), SECRETS, REFERENCES, TEXTS, seed)


def heard(seed: int, effect: float = 0.0, spread: float = 0.0, found: float = 0.0) -> Heard:
    """Log-perplexities of normal distributions; IN secrets are `effect` standard deviations likelier.

    Args:
        seed: of the world.
        effect: of being IN, in standard deviations.
        spread: standard deviation of the models' own level, which moves secrets and references alike.
        found: chance of an IN secret to be extracted.
    """
    rng, of = np.random.default_rng(seed), planting(seed)
    inside = of.inside(MODELS, seed)
    level = 30 + spread * rng.normal(size=(MODELS, 1))
    secrets = level + 3 * (rng.normal(size=inside.shape) - effect * inside)
    references = level + 3 * rng.normal(size=(MODELS, REFERENCES))
    place = np.where(inside & (rng.random(inside.shape) < found), 1, 0)
    return Heard(of, inside, secrets, references, place, seed, 0.95)


def slow_mean(each: np.ndarray, of: Heard, level: int, trained: bool) -> float:
    """The mean over all models and secrets of a level that are IN, or OUT, one by one."""
    kept = [
        each[model, secret]
        for model in range(MODELS)
        for secret in range(each.shape[1])
        if of.planting.level[secret] == level and of.inside[model, secret] == trained
    ]
    assert len(kept) == MODELS // 2 * SECRETS
    return float(np.mean(kept))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few bootstraps of the fitted tail, where only ranks are looked at."""
    monkeypatch.setattr("audit.experiments.secrets.findings.REDRAWN", 2)


@pytest.mark.parametrize("level", [0, 1])
def test_means_are_those_of_a_loop_over_models_and_secrets(level: int) -> None:
    of = heard(1, effect=1.5, found=0.4)
    found = levels_of(of, STANDARD)[level]
    rank = ranks(of.secret_bits, of.reference_bits, of.rng(0).random(of.secret_bits.shape))
    by_rank = exposures(rank, REFERENCES)
    by_tail = tail_exposures(of.secret_bits, of.reference_bits, of.planting.format.bits)
    for name, each in (("exposure", by_rank), ("fitted", by_tail), ("highest", rank == 1), ("extracted", of.place > 0)):
        for side, trained in (("in", True), ("out", False)):
            value = getattr(found, f"{name}_{side}").value
            assert value == pytest.approx(slow_mean(np.asarray(each, float), of, level, trained))
    assert found.gain.value == pytest.approx(found.exposure_in.value - found.exposure_out.value)
    assert (found.repeats, found.secrets, found.arm) == ((1, 8)[level], SECRETS, "standard")


def test_the_same_world_gives_the_same_figures_and_ties_do_not_hang_on_the_order_of_calls() -> None:
    of = heard(2)
    assert levels_of(of, STANDARD) == levels_of(of, STANDARD)


@pytest.mark.usefixtures("quick")
def test_where_being_in_changes_nothing_its_gain_is_found_as_rarely_as_it_says() -> None:
    """120 null worlds, of which 2.5 % should find a gain by mistake: more than 9 in fewer than 1 of 1,000 runs."""
    gains = [level.gain.low > 0 for seed in range(60) for level in levels_of(heard(seed, spread=2.0), STANDARD)]
    assert len(gains) == 120
    assert sum(gains) <= 9


@pytest.mark.usefixtures("quick")
def test_in_null_worlds_the_interval_holds_the_exact_chance() -> None:
    """240 intervals at 95 %: fewer than 217 that hold it in 1 of 1,000 runs, were they independent."""
    levels = [level for seed in range(60, 120) for level in levels_of(heard(seed), STANDARD)]
    sides = [estimate for level in levels for estimate in (level.exposure_in, level.exposure_out)]
    assert sum(estimate.low <= chance(REFERENCES) <= estimate.high for estimate in sides) >= 217


@pytest.mark.parametrize("effect", [1.0, 2.0])
def test_a_known_effect_is_met_by_rank_and_by_tail(effect: float) -> None:
    """Of secrets that are likelier by so many standard deviations; simulated to a hundredth of a bit."""
    draws = np.random.default_rng(0).normal(-effect, 1, 400_000)
    true = float(np.mean(-np.log2(stats.norm.cdf(draws))))
    levels = [level for seed in range(10) for level in levels_of(heard(seed, effect), STANDARD)]
    by_tail = np.array([level.fitted_in.value for level in levels])
    error = by_tail.std(ddof=1) / math.sqrt(len(by_tail))
    assert abs(by_tail.mean() - true) < 3.5 * error + 0.03
    held = sum(level.fitted_in.low <= true <= level.fitted_in.high for level in levels)
    assert held >= 16  # of 20; at 95 % fewer in 1 of 300 runs
    assert all(level.exposure_in.value <= highest(REFERENCES) for level in levels)


def test_the_error_of_the_fitted_tail_counts_the_draw_of_the_references() -> None:
    """Far out all secrets are alike, and what is left is what the references say of the tail."""
    of = heard(3)
    same = Heard(of.planting, of.inside, np.full_like(of.secret_bits, 5.0), of.reference_bits, of.place, 3, 0.95)
    found = levels_of(same, STANDARD)[0].fitted_in
    rng, again = same.rng(2), []
    for _ in range(REDRAWN):
        rows = rng.integers(0, REFERENCES, REFERENCES)
        again.append(tail_exposures(same.secret_bits, same.reference_bits[:, rows], same.planting.format.bits).mean())
    assert np.std(again) > 0.05 or found.value == same.planting.format.bits
    assert found.high - found.low >= np.std(again)


@pytest.mark.usefixtures("quick")
def test_a_search_that_finds_a_share_is_reported_with_that_share() -> None:
    values = [level.extracted_in for seed in range(10) for level in levels_of(heard(seed, found=0.3), STANDARD)]
    assert np.mean([one.value for one in values]) == pytest.approx(0.3, abs=0.05)
    assert sum(one.low <= 0.3 <= one.high for one in values) >= 17
    assert all(level.extracted_out.value == 0 for level in levels_of(heard(0, found=0.9), STANDARD))


def test_bits_per_character_are_all_bits_over_all_characters() -> None:
    rng = np.random.default_rng(4)
    characters = rng.integers(5, 50, 80)
    bits = characters * rng.normal(2.0, 0.1, (MODELS, 80))
    found = arm_of(heard(4), STANDARD, bits, characters)
    assert found.bits_per_character.value == pytest.approx(bits.sum() / (MODELS * characters.sum()))
    assert found.bits_per_character.low < 2.0 < found.bits_per_character.high
    assert "80 test texts and 3 model pairs" in found.bits_per_character.method


def test_references_of_two_kinds_are_found_not_to_fit() -> None:
    of = heard(5)
    two = of.reference_bits.copy()
    two[:2, ::2] += 30
    bits, characters = np.ones((MODELS, 10)), np.ones(10, int)
    odd = arm_of(Heard(of.planting, of.inside, of.secret_bits, two, of.place, 5, 0.95), STANDARD, bits, characters)
    plain = arm_of(of, STANDARD, bits, characters)
    assert 2 <= odd.misfits <= 4
    assert plain.misfits <= 2  # of 6 at 5 %: more in 1 of 450 runs
    assert odd.distance > 0.1 > plain.distance
