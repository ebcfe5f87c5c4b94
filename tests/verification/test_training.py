"""Coins, stacks and what an attacker is shown."""

from __future__ import annotations

import numpy as np
import pytest
from verification_engines import control

from audit.progress import Silent
from audit.verification import training
from audit.verification.settings import NORMALISER, SAMPLING
from audit.verification.training import coins, evidence_of, stacks


def test_natural_records_are_always_in_and_canaries_by_fair_coins_of_their_own() -> None:
    dataset = SAMPLING.dataset(0)
    drawn = coins(dataset, 400, 3)
    planted = drawn[:, dataset.natural_records :]
    assert drawn[:, : dataset.natural_records].all()
    assert planted.mean() == pytest.approx(0.5, abs=0.04)
    # No model is the complement of another, as every second model of an audit's pool is.
    assert np.corrcoef(planted[0::2].ravel(), planted[1::2].ravel())[0, 1] == pytest.approx(0, abs=0.1)
    np.testing.assert_array_equal(coins(dataset, 10, 3), drawn[:10])


def test_stacks_hold_every_model_once_and_models_of_one_size_where_the_engine_depends_on_it() -> None:
    dataset = NORMALISER.dataset(0)
    membership = coins(dataset, 150, 0)
    for name in ("correct-normaliser", "realised-normaliser"):
        made = list(stacks(control(name), dataset, membership))
        assert sorted(np.concatenate([stack for _, stack in made])) == list(range(150))
        assert all(len(stack) <= training.STACK for _, stack in made)
    for arm, stack in made:
        assert set(membership[stack].sum(axis=1)) == {arm.schedule.expected_batch}


def test_an_attacker_sees_final_outputs_of_canaries_alone() -> None:
    dataset = SAMPLING.dataset(0)
    seen = evidence_of(control("shuffled"), dataset, 6, 0, Silent())
    assert seen.phi.shape == (6, SAMPLING.canaries, 1)
    assert seen.membership.shape == (6, SAMPLING.canaries)
    assert seen.entropy is seen.top is seen.features is seen.labels is seen.population is None
    assert len(np.unique(seen.pair)) == 6


@pytest.mark.parametrize("name", ["correct-sampling", "realised-normaliser"])
def test_a_model_is_the_same_in_whatever_stack(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = control(name)
    dataset = one.setting.dataset(0)
    whole = evidence_of(one, dataset, 10, 5, Silent())
    monkeypatch.setattr(training, "STACK", 3)
    parts = evidence_of(one, dataset, 10, 5, Silent())
    np.testing.assert_array_equal(whole.membership, parts.membership)
    np.testing.assert_allclose(whole.phi, parts.phi, rtol=1e-4, atol=1e-5)
