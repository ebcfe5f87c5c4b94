"""Real trainings: correct engines are left alone, and every broken one is caught.

Seeds are fixed. Under another seed a correct engine is called violated with a probability of at most 1 - CONFIDENCE, a
hundredth; here that is three engines, so that a false alarm has at most .03, and in fact far less: the limits are
Clopper-Pearson's, and what an attacker sees is less than what the accountant allows.
"""

from __future__ import annotations

import numpy as np
import pytest

from attacks.evidence import Evidence
from audit.epsilon.proof import proof_of
from audit.errors import ConfigError
from audit.verification import verify as module
from audit.verification.chances import SMALLEST, chance_of_counts, chances
from audit.verification.controls import CONTROLS, controls_named
from audit.verification.settings import DELTA, NOISE, NORMALISER, SAMPLING
from audit.verification.verify import CONFIDENCE, verify
from bounds import Gaussian
from bounds.counts import Counts, refutes
from reports.serialization import to_json
from reports.verification import Control, Verification

FEW, MORE = 64, 320
OF_NOISE = ("correct", "no-noise", "little-noise", "no-clipping")
OTHERS = ("correct-sampling", "shuffled", "correct-normaliser", "realised-normaliser")


@pytest.fixture(scope="module")
def verified() -> dict[str, Verification]:
    return {"few": verify(OF_NOISE, models=FEW, seed=1), "more": verify(OTHERS, models=MORE, seed=1)}


@pytest.fixture(scope="module")
def found(verified: dict[str, Verification]) -> dict[str, Control]:
    return {one.name: one for result in verified.values() for one in result.controls}


def test_every_control_comes_out_as_it_must(found: dict[str, Control], verified: dict[str, Verification]) -> None:
    assert set(found) == {control.name for control in CONTROLS}
    assert {name for name, one in found.items() if not one.passed} == set()
    assert all(result.passed for result in verified.values())


@pytest.mark.parametrize("name", ["correct", "correct-sampling", "correct-normaliser"])
def test_a_correct_engine_is_left_alone_though_a_violation_would_have_been_seen(
    name: str, found: dict[str, Control]
) -> None:
    assert found[name].self_check.verdict == "consistent"
    assert min(found[name].chances.values()) > 1 - CONFIDENCE


@pytest.mark.parametrize("name", ["no-noise", "little-noise", "no-clipping"])
def test_broken_noise_and_clipping_are_caught_with_few_models(name: str, found: dict[str, Control]) -> None:
    assert found[name].caught_by
    assert min(found[name].chances.values()) < 1e-4


@pytest.mark.parametrize("name", ["shuffled", "realised-normaliser"])
def test_broken_sampling_and_normaliser_are_caught_by_one_record(name: str, found: dict[str, Control]) -> None:
    assert found[name].caught_by == ("record",)


def test_the_claim_is_that_of_the_unbroken_engine(verified: dict[str, Verification]) -> None:
    claims = {claim.name: claim for result in verified.values() for claim in result.settings}
    for setting in (NOISE, SAMPLING, NORMALISER):
        arm, claim = setting.arm(setting.dataset(0)), claims[setting.name]
        constants = (arm.noise_multiplier, arm.schedule.sample_rate, arm.schedule.steps)
        assert (claim.noise_multiplier, claim.sample_rate, claim.steps) == constants
        assert claim.epsilon == setting.curve().epsilon(DELTA)
    assert 1 < claims["noise"].epsilon < 2
    # mu = sqrt(steps) / noise = 2, at sample rate 1: the Gaussian mechanism's own epsilon.
    assert claims["normaliser"].epsilon == pytest.approx(10.0, abs=0.05)
    # Poisson sampling leaves a quarter out of both steps.
    assert claims["sampling"].cap == pytest.approx(0.75, abs=0.005)


def test_a_claim_holds_whatever_engine_is_trained() -> None:
    by_setting = {control.setting.name: control.setting for control in CONTROLS}
    assert all(control.setting is by_setting[control.setting.name] for control in CONTROLS)


def test_the_result_says_how_often_a_correct_engine_is_accused(verified: dict[str, Verification]) -> None:
    assert verified["few"].false_alarm == pytest.approx(1 * (1 - CONFIDENCE))
    assert verified["more"].false_alarm == pytest.approx(2 * (1 - CONFIDENCE))
    assert all(one.self_check.confidence == CONFIDENCE for one in verified["few"].controls)


def test_a_result_survives_json(verified: dict[str, Verification]) -> None:
    assert Verification.model_validate_json(to_json(verified["few"])) == verified["few"]


def test_coins_that_nobody_looked_at_refute_nothing() -> None:
    # The same pipeline on outputs that have nothing to do with membership: no chance is small.
    rng = np.random.default_rng(0)
    for _ in range(8):
        inside, phi = rng.random((128, 8)) < 0.5, rng.normal(size=(128, 8, 1))
        seen = Evidence(inside, phi, phi[:, :, 0] > 0, np.arange(128))
        assert min(chances(proof_of(seen, DELTA, 1 - CONFIDENCE), NOISE.curve()).values()) > 1e-3


def test_a_chance_is_the_smallest_alpha_that_refutes() -> None:
    counts, claim = Counts(80, 100, 20, 100), Gaussian(1.0)
    chance = chance_of_counts(counts, claim)
    numbers = (counts.tp, counts.members, counts.fp, counts.non_members)
    assert SMALLEST < chance < 0.05
    assert refutes(claim, *numbers, chance * 1.01)
    assert not refutes(claim, *numbers, chance * 0.99)
    assert chance_of_counts(Counts(50, 100, 50, 100), claim) == 1.0


def test_controls_are_named_or_all() -> None:
    assert controls_named(()) == CONTROLS
    assert [one.name for one in controls_named(("shuffled", "correct"))] == ["correct", "shuffled"]


def test_all_that_is_wrong_is_named_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "evidence_of", None)
    with pytest.raises(ConfigError) as caught:
        verify(("no-nois",), models=4, seed=-1)
    for complaint in ("'no-nois' (did you mean 'no-noise'?)", "models is 4", "seed is -1"):
        assert complaint in caught.value.message
    assert "realised-normaliser" in caught.value.hint


def test_too_few_models_catch_nothing_accuse_nobody_and_are_said_to_be_too_few() -> None:
    result = verify(("correct-sampling", "shuffled"), models=8, seed=0)
    assert not result.passed
    assert [one.caught for one in result.controls] == [False, False]
    assert any("says nothing yet" in sentence for sentence in result.verdict)
    assert any("broken, and not caught" in sentence for sentence in result.verdict)
