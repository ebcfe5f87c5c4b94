"""What an accusation is worth: by counting a population, and never worth more than the TPR allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.accusation import PRIORS, accusation_worth, predictive_value
from attacks.intervals import Measurement

share = st.floats(0.001, 0.999)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize(("tpr", "fpr"), [(0.5, 0.01), (0.02, 0.001), (0.01, 0.01)])
def test_the_share_of_the_accused_who_are_members(prior: float, tpr: float, fpr: float) -> None:
    """A million people, counted one kind after the other."""
    people = 1_000_000
    members = people * prior
    found, accused = members * tpr, (people - members) * fpr
    assert predictive_value(tpr, fpr, prior) == pytest.approx(found / (found + accused))


def test_people_who_are_drawn_and_accused_one_by_one() -> None:
    """400,000 draws; of some 5,900 accusations the share has a standard error of .0062: five of them."""
    rng = np.random.default_rng(0)
    member = rng.random(400_000) < 0.01
    accused = rng.random(400_000) < np.where(member, 0.5, 0.01)
    assert predictive_value(0.5, 0.01, 0.01) == pytest.approx(member[accused].mean(), abs=0.031)


@given(fpr=share, prior=share)
def test_an_attack_that_knows_nothing_leaves_the_prior(fpr: float, prior: float) -> None:
    assert predictive_value(fpr, fpr, prior) == pytest.approx(prior)


@given(tpr=share, more=share, fpr=share, prior=share)
def test_it_rises_with_what_is_found_and_falls_with_the_false_alarms(
    tpr: float, more: float, fpr: float, prior: float
) -> None:
    low, high = sorted((tpr, more))
    assert predictive_value(low, fpr, prior) <= predictive_value(high, fpr, prior)
    assert predictive_value(tpr, high, prior) <= predictive_value(tpr, low, prior)


def test_limits_are_those_of_the_rate() -> None:
    tpr = Measurement(0.02, 0.0, 0.05, 0.9, "some method; ranges over models", 70)
    worth = accusation_worth(tpr, 0.001, 0.1)
    assert worth.low == 0.0
    assert worth.high == pytest.approx(0.005 / (0.005 + 0.0009))
    assert (worth.confidence, worth.n) == (0.9, 70)
    assert "ranges over models" in worth.method
