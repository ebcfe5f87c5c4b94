"""The trainer: membership is respected, nothing depends on what is trained beside it, divergence is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_sources import easy

from audit.arms import arms
from audit.config import AuditConfig
from audit.data.base import Dataset
from audit.errors import TrainingError
from audit.membership import membership_matrix
from audit.training.base import Arm, Schedule, Signals, Task
from audit.training.one_by_one import OneByOne

CONFIG = AuditConfig.model_validate(
    {
        "model": "mlp",
        "dp": {"epsilons": [8.0], "recipe": {"epochs": 3, "batch_size": 20}},
        "controls": True,
        "standard": {"epochs": 3},
    }
)
ARMS = {arm.name: arm for arm in arms(CONFIG, 120)}
MEMBERSHIP = membership_matrix(4, 120, 0.5, 0)


def train(arm: Arm, models: list[int], dataset: Dataset | None = None) -> Signals:
    return OneByOne().train(Task(dataset or easy(), "mlp", arm, 0), models, MEMBERSHIP[models])


def moved(dataset: Dataset, record: int) -> Dataset:
    x = dataset.x.copy()
    x[record] += 3
    return replace(dataset, x=x)


@pytest.mark.parametrize("name", ARMS)
def test_an_out_record_never_moves_its_model_and_an_in_record_does(name: str) -> None:
    before = train(ARMS[name], [0])
    out, inside = int(np.flatnonzero(~MEMBERSHIP[0])[0]), int(np.flatnonzero(MEMBERSHIP[0])[0])
    without = train(ARMS[name], [0], moved(easy(), out))
    others = np.arange(120) != out
    np.testing.assert_array_equal(without.phi[:, others], before.phi[:, others])
    np.testing.assert_array_equal(without.test_phi, before.test_phi)
    assert (train(ARMS[name], [0], moved(easy(), inside)).test_phi != before.test_phi).any()


@pytest.mark.parametrize("name", ["standard", "dp-eps-8"])
def test_a_model_is_the_same_alone_in_another_order_and_among_others(name: str) -> None:
    alone, turned, together = (train(ARMS[name], models) for models in ([2], [3, 2, 0], [0, 1, 2, 3]))
    for field in ("phi", "correct", "test_phi", "test_correct", "spent_epsilon"):
        one = getattr(alone, field)[0].tobytes()
        assert getattr(turned, field)[1].tobytes() == one
        assert getattr(together, field)[2].tobytes() == one


def test_models_of_different_numbers_differ() -> None:
    both = train(ARMS["standard"], [0, 2])
    assert (both.test_phi[0] != both.test_phi[1]).any()


def test_the_spent_epsilon_is_read_back_only_where_there_is_one() -> None:
    spent = {name: train(arm, [0]).spent_epsilon[0] for name, arm in ARMS.items()}
    assert 7.9 < spent.pop("dp-eps-8") <= 8.0
    assert all(np.isnan(value) for value in spent.values())


def test_arms_share_their_initial_weights() -> None:
    """At a rate of almost zero nothing is learnt: what is left is where training began."""
    still = [replace(arm, recipe=arm.recipe.model_copy(update={"learning_rate": 1e-30})) for arm in ARMS.values()]
    begun = [train(arm, [0, 1]).test_phi for arm in still]
    for other in begun[1:]:
        np.testing.assert_allclose(other, begun[0], rtol=1e-6, atol=1e-6)


def test_a_diverging_recipe_is_said_with_its_rate() -> None:
    wild = ARMS["standard"].recipe.model_copy(update={"learning_rate": 1e30, "optimizer": "sgd"})
    with pytest.raises(TrainingError, match="not finite") as caught:
        train(replace(ARMS["standard"], recipe=wild), [0])
    assert "1e+30" in caught.value.hint


def test_the_schedule_depends_on_public_constants_alone() -> None:
    recipe = CONFIG.dp.recipe
    schedule = Schedule.of(recipe, 120, 0.5)
    assert (schedule.sample_rate, schedule.steps, schedule.expected_batch) == (20 / 60, 9, 20)
    assert Schedule.of(recipe.model_copy(update={"batch_size": 500}), 120, 0.5).sample_rate == 1.0
    assert Schedule.of(recipe.model_copy(update={"max_steps": 4}), 120, 0.5).steps == 4
