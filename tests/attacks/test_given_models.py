"""Attacks on the models that are given: which references they see, and over what their figures range."""

from dataclasses import dataclass

import numpy as np
import pytest
from oracles import attacks as oracle
from repetitions import times
from scipy.stats import binom
from worlds import gaussian_world, null_world, with_views

from attacks import ATTACKS, Evidence, Gap, LiraOnline, Loss, UnscorableError, evaluate
from attacks.given_models import evaluate_given, given_scores

ALONE = [attack for attack in ATTACKS.values() if not attack.references]
REFERRING = [attack for attack in ATTACKS.values() if attack.references]
WHOLE = [attack for attack in ATTACKS.values() if attack.most_models is None]


def only(model, models):
    return np.arange(models) == model


@pytest.mark.parametrize("attack", WHOLE, ids=lambda attack: attack.name)
def test_a_targets_scores_are_those_it_has_in_the_pool(attack):
    world = with_views(gaussian_world(8, 40, 1.0, 0), 2, 0)
    scores = attack.resolved(world).scores(world)
    np.testing.assert_allclose(given_scores(attack, world, only(5, 8)).scores[0], scores[5], rtol=1e-9)


@pytest.mark.parametrize("attack", WHOLE, ids=lambda attack: attack.name)
def test_values_over_all_models_are_those_that_range_over_models(attack):
    world = with_views(gaussian_world(8, 40, 1.0, 0), 2, 0)
    over_records, over_models = evaluate_given(attack, world, np.ones(8, bool), (0.2,)), evaluate(attack, world, (0.2,))
    assert over_records.auc.value == pytest.approx(over_models.auc.value, rel=1e-9)
    assert over_records.tpr_at[0].tpr.value == pytest.approx(over_models.tpr_at[0].tpr.value, rel=1e-9)
    assert over_records.targets == over_models.targets


def test_figures_of_one_target_are_those_of_its_scores():
    world = gaussian_world(8, 100, 1.0, 0)
    scores, inside = LiraOnline().scores(world)[3], world.membership[3]
    result = evaluate_given(LiraOnline(), world, only(3, 8), (0.25, 0.1))
    assert result.auc.value == pytest.approx(oracle.auc(scores[inside], scores[~inside]))
    assert result.tpr_at[0].tpr.value == pytest.approx(oracle.tpr_at_fpr(scores[inside], scores[~inside], 0.25))
    assert result.tpr_at[0].false_positives == (scores[~inside] > result.tpr_at[0].threshold).sum()
    assert result.tpr_at[1].reason.startswith("not resolvable with")
    assert result.roc.tpr[-1] == 1
    assert ((result.roc.low <= result.roc.tpr) & (result.roc.tpr <= result.roc.high)).all()
    assert result.targets.targets == 1


def test_methods_say_over_what_the_intervals_range():
    world = gaussian_world(8, 100, 1.0, 0)
    one, two = (evaluate_given(Loss(), world, np.arange(8) < targets, (0.2,)) for targets in (1, 2))
    for measured in (one.auc, one.balanced_accuracy, one.tpr_at[0].tpr):
        assert measured.method.endswith("ranges over records, for this one model")
        assert measured.low < measured.value < measured.high
    assert two.auc.method.endswith("for these 2 models")


@pytest.mark.parametrize("attack", REFERRING, ids=lambda attack: attack.name)
@pytest.mark.parametrize("models", [1, 2])
def test_a_model_alone_or_with_its_complement_has_no_reference(attack, models):
    world = gaussian_world(4, 40, 1.0, 0).take(np.arange(models))
    with pytest.raises(UnscorableError, match=r"^no reference models$"):
        evaluate_given(attack, world, only(0, models))


@pytest.mark.parametrize("attack", ALONE, ids=lambda attack: attack.name)
def test_attacks_without_references_need_none(attack):
    world = gaussian_world(4, 400, 2.0, 0, difficulty=0.0)
    world = (with_views(world, 3, 0) if attack.name == "label-only" else world).take(np.arange(1))
    assert evaluate_given(attack, world, only(0, 1)).auc.low > 0.5


def test_a_dear_attack_sees_its_target_and_no_more_models_than_it_may():
    seen: list[Evidence] = []

    @dataclass(frozen=True)
    class Dear(Loss):
        name = "dear"
        most_models = 6
        references = True

        def scores(self, evidence):
            seen.append(evidence)
            return super().scores(evidence)

    world = gaussian_world(20, 40, 1.0, 0)
    result = given_scores(Dear(), world, only(13, 20))
    assert len(seen[0].pair) == 6
    np.testing.assert_array_equal(result.membership[0], world.membership[13])
    np.testing.assert_array_equal(result.scores[0], Loss().scores(world)[13])


def test_losses_alone_do_not_say_who_is_right():
    world = gaussian_world(4, 40, 1.0, 0)
    unknown = Evidence(world.membership, world.phi, None, world.pair)
    with pytest.raises(UnscorableError, match="whether the models are right"):
        evaluate_given(Gap(), unknown, only(0, 4))


def test_nothing_is_found_where_there_is_nothing():
    # Targets that never saw the data, with 11 references each. At exactly the nominal 95 % more misses have
    # probability 3e-4.
    missed, targets = 0, times(300)
    for seed in range(targets):
        auc = evaluate_given(LiraOnline(), null_world(12, 60, seed), only(seed % 12, 12), (0.2,)).auc
        missed += not auc.low <= 0.5 <= auc.high
    assert missed <= binom.isf(3e-4, targets, 0.05)


def test_there_must_be_a_target():
    with pytest.raises(ValueError, match="no model is a target"):
        evaluate_given(Loss(), gaussian_world(4, 40, 1.0, 0), np.zeros(4, bool))
