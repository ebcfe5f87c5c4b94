"""Attacks that threshold one figure: against loops, closed forms, and what they cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracles import attacks as oracle
from scipy.special import expit
from worlds import evidence, gaussian_world, unpaired_world, with_views

from attacks import (
    Calibrated,
    Entropy,
    Evidence,
    LabelOnly,
    ModifiedEntropy,
    ModifiedEntropyByClass,
    Population,
    Reference,
    UnscorableError,
)
from attacks.ranks import share_below, share_below_by_record

WORLDS = {
    "paired": gaussian_world(8, 12, 1.0, 0),
    "unpaired, some references missing": unpaired_world(5, 15, 1.0, 1),
    "two views": with_views(gaussian_world(6, 12, 1.0, 2), 2, 3),
}
every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())


@every_world
def test_reference_scores_are_those_of_a_loop(world: Evidence) -> None:
    np.testing.assert_allclose(Reference().scores(world), oracle.reference(world), rtol=1e-12)


@every_world
def test_calibrated_scores_are_those_of_a_loop(world: Evidence) -> None:
    np.testing.assert_allclose(Calibrated().scores(world), oracle.calibrated(world), rtol=1e-9)


@every_world
def test_scores_by_class_are_those_of_a_loop(world: Evidence) -> None:
    found = ModifiedEntropyByClass().scores(world)
    np.testing.assert_allclose(found, oracle.modified_entropy_by_class(world), rtol=1e-12)


@every_world
def test_population_scores_lie_between_the_steps_of_the_share(world: Evidence) -> None:
    assert world.population is not None
    step = 1 / world.population.shape[1]
    off = Population().scores(world) - oracle.population(world)
    assert (np.abs(off) <= step + 1e-12).all()


def test_population_scores_keep_the_order_of_the_target_beyond_the_population() -> None:
    """A record that is surer, or less sure, than the whole population still has its place."""
    phi = np.array([[-50.0, -20.0, 0.0, 20.0, 30.0]])
    world = replace(evidence(np.ones((1, 5), bool), phi), population=np.linspace(-1, 1, 9)[None, :, None])
    scores = Population().scores(world)[0]
    assert (np.diff(scores) > 0).all()
    assert (scores > 0).all()
    assert (scores < 1).all()
    assert scores[2] == pytest.approx(0.5)


def test_ties_count_a_half() -> None:
    values = np.array([[1.0, 1.0], [1.0, 2.0], [0.0, 1.0]])
    counted = np.array([[True, True], [True, False], [True, True]])
    pair = np.arange(3)
    by_record = share_below_by_record(values, counted, pair)
    np.testing.assert_array_equal(by_record, [[0.75, 0.5], [0.75, 1.0], [0.0, 0.5]])
    # The second model's 2 lies above all four others', its 1 above one of them and level with three.
    np.testing.assert_array_equal(share_below(values, counted, pair)[1], [(1 + 3 / 2) / 4, 1.0])


def test_entropies_of_two_classes_in_closed_form() -> None:
    world = WORLDS["paired"]
    p = expit(world.phi[:, :, 0])
    np.testing.assert_allclose(Entropy().scores(world), p * np.log(p) + (1 - p) * np.log(1 - p), rtol=1e-9)
    np.testing.assert_allclose(ModifiedEntropy().scores(world), 2 * (1 - p) * np.log(p), rtol=1e-9)


def test_sure_and_wrong_is_sure_to_the_entropy_alone() -> None:
    world = evidence(np.array([[True, False]]), np.array([[6.0, -6.0]]))
    surely_right, surely_wrong = Entropy().scores(world)[0]
    assert surely_right == pytest.approx(surely_wrong)
    surely_right, surely_wrong = ModifiedEntropy().scores(world)[0]
    assert surely_right > surely_wrong + 5


def test_label_only_is_the_share_of_right_views() -> None:
    world = with_views(gaussian_world(4, 10, 1.0, 0), 4, 1)
    assert world.views_correct is not None
    np.testing.assert_array_equal(LabelOnly().scores(world), world.views_correct.sum(axis=2) / 4)


@pytest.mark.parametrize(
    ("attack", "field", "said"),
    [
        (Entropy(), "entropy", "give logits or probabilities"),
        (ModifiedEntropy(), "modified_entropy", "give logits or probabilities"),
        (ModifiedEntropyByClass(), "labels", "labels of the records"),
        (Population(), "population", "no model was trained on"),
        (LabelOnly(), "views_correct", "several views"),
    ],
)
def test_what_is_missing_is_said(attack, field: str, said: str) -> None:
    with pytest.raises(UnscorableError, match=said):
        attack.scores(replace(WORLDS["two views"], **{field: None}))


def test_one_view_is_not_enough_for_labels_alone() -> None:
    with pytest.raises(UnscorableError, match="several views"):
        LabelOnly().scores(WORLDS["paired"])


def test_records_can_be_taken_alone() -> None:
    world = WORLDS["two views"]
    few = world.records(np.array([3, 1]))
    assert few.labels is not None
    assert few.labels.tolist() == [1, 1]
    np.testing.assert_array_equal(few.phi, world.phi[:, [3, 1]])
    np.testing.assert_array_equal(few.population, world.population)
