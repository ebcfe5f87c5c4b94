"""What is asked of models in training: the same whatever trains them and whatever is trained beside them."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from audit.config import Recipe
from audit.experiments.secrets.asking import beams, fill_bits, places
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.messages import messages
from audit.experiments.secrets.planting import planted
from audit.experiments.secrets.texts import Texts
from audit.experiments.secrets.watch import AskedForSecrets
from audit.experiments.watching import Watching
from audit.models import build
from audit.training.base import Arm, Schedule, Task
from audit.training.one_by_one import OneByOne
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.trainer import Stacked
from audit.training.streams import Purpose, torch_seed

TEXTS = Texts("t", tuple(messages(40, 0)), tuple(messages(15, 1)))
PLANTING = planted(Format.parsed("pin {d}{d}{d}"), (1, 6), 5, 120, TEXTS, 0)
WATCH = AskedForSecrets(PLANTING, 8)
RECIPE = Recipe(optimizer="sgd", learning_rate=0.3, epochs=2, batch_size=16)


def task(**changes) -> Task:
    dataset = PLANTING.dataset(TEXTS, 30)
    arm = Arm("standard", "standard", "", RECIPE, Schedule.of(RECIPE, 57, 1.0))
    of = Task(dataset, "sequence_models:small", arm, 3, left_out=PLANTING.left_out(40, 4, 3), all_in=True)
    return replace(of, **changes)


def asked(trainer, models=(0, 1), of: Task | None = None):
    of = of or task()
    return Watching(trainer, WATCH, signals=False).train(of, models, ~of.left_out[list(models)]).extra


def test_every_model_answers_for_every_secret_reference_and_text() -> None:
    shapes = {name: array.shape for name, array in asked(Stacked(FoldedGradients)).items()}
    assert shapes == {"secret_bits": (2, 10), "reference_bits": (2, 120), "test_bits": (2, 15), "place": (2, 10)}


def test_a_model_answers_the_same_alone_and_in_a_stack() -> None:
    stacked, alone = asked(Stacked(FoldedGradients)), asked(OneByOne())
    other = asked(Stacked(FoldedGradients), (1, 2))
    for name in ("secret_bits", "reference_bits", "test_bits"):
        assert np.allclose(stacked[name], alone[name], rtol=1e-4)
        assert np.allclose(stacked[name][1], other[name][0], rtol=1e-4)
        assert not np.allclose(stacked[name][0], stacked[name][1], rtol=1e-3)


def test_the_answers_are_those_of_the_model_itself() -> None:
    """Of a model that made one idle step: its initial weights are asked without any of the machinery."""
    idle = RECIPE.model_copy(update={"learning_rate": 1e-12, "max_steps": 1})
    of = task(arm=replace(task().arm, recipe=idle, schedule=Schedule.of(idle, 57, 1.0)))
    found = asked(OneByOne(), (2,), of)
    model = build(of.model, (30,), of.dataset.classes, torch_seed(3, 2, Purpose.WEIGHTS)).eval()

    def logits(x):
        return model(x if x.dim() == 2 else x[0])[None]

    with torch.no_grad():
        assert np.allclose(found["secret_bits"], fill_bits(logits, PLANTING.format, PLANTING.secrets), rtol=1e-6)
        likeliest = beams(logits, 1, PLANTING.format, 8)
    assert np.array_equal(found["place"], places(likeliest, PLANTING.secrets))


@pytest.mark.parametrize(
    "other",
    [
        AskedForSecrets(PLANTING, 9),
        AskedForSecrets(replace(PLANTING, references=PLANTING.references[:-1]), 8),
        AskedForSecrets(replace(PLANTING, secrets=PLANTING.secrets[::-1]), 8),
        AskedForSecrets(replace(PLANTING, format=Format.parsed("pin {h}{d}{d}")), 8),
    ],
)
def test_the_version_tells_what_is_asked(other: AskedForSecrets) -> None:
    assert other.version != WATCH.version


def test_a_watch_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(WATCH)).version == WATCH.version


def test_copies_of_a_secret_are_learnt_and_texts_of_others_are_not() -> None:
    """A recipe that learns: secrets that stand there 6 times are likelier in the models that they are IN."""
    long = RECIPE.model_copy(update={"epochs": 30.0})
    of = task(arm=replace(task().arm, recipe=long, schedule=Schedule.of(long, 57, 1.0)))
    bits = asked(Stacked(FoldedGradients), (0, 1, 2, 3), of)["secret_bits"]
    inside, often = PLANTING.inside(4, 3), PLANTING.copies == 6
    gain = np.where(inside, -bits, bits)[:, often].reshape(2, 2, -1).sum(axis=1)
    assert gain.mean() > 0.5
    assert (gain > 0).mean() > 0.7
