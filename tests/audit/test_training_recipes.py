"""The recipes of the presets learn: accuracies that the README promises, on the bundled digits."""

import math

import pytest
from repetitions import thorough

from audit.arms import arms
from audit.config import DataConfig
from audit.data import load
from audit.membership import membership_matrix
from audit.models import MODELS
from audit.settings import presets, resolve
from audit.training.base import Schedule, Task
from audit.training.one_by_one import OneByOne

MODELS_A_POOL = 3


def accuracy(model: str, *epsilons: float) -> dict[str, float]:
    """Mean test accuracy of a handful of models, arm by arm."""
    dataset = load(DataConfig())
    config = resolve({"model": model, "dp": {"epsilons": list(epsilons)}})
    membership = membership_matrix(MODELS_A_POOL, dataset.records, 0.5, 0)
    found = {}
    for arm in arms(config, dataset.records):
        signals = OneByOne().train(Task(dataset, model, arm, seed=0), range(MODELS_A_POOL), membership)
        found[arm.name] = float(signals.test_correct.mean())
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "standard", "private"),
    [
        ("linear", 0.93, 0.88),
        ("mlp", 0.95, 0.90),
        pytest.param("cnn", 0.95, 0.87, marks=thorough),
        pytest.param("resnet", 0.96, 0.88, marks=thorough),
    ],
)
def test_presets_reach_their_accuracy_on_the_digits(model, standard, private):
    found = accuracy(model, 8)
    assert found["standard"] >= standard
    assert found["dp-eps-8"] >= private


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_recipes_of_its_own(model):
    config = resolve({"model": model})
    assert model in presets()
    assert config.standard.max_grad_norm is None
    assert config.dp.recipe.sampling == "poisson"


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_is_a_valid_audit_of_bounded_cost(name):
    """A table of 30,000 records is trained on in at most 3,000 standard and 400 DP steps a model."""
    config = resolve({}, None if name == "custom" else name)
    assert Schedule.of(config.standard, 30_000, 0.5).steps <= 3000
    assert Schedule.of(config.dp.recipe, 30_000, 0.5).steps <= 400
    assert math.isfinite(config.standard.learning_rate)
