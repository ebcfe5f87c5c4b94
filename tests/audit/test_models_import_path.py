"""Models by import path: what is changed in them is said, and what cannot be trained is refused."""

import pytest
import torch
from torch import nn

from audit.errors import ModelError
from audit.models import build, inspect_model

DIGIT = (1, 8, 8)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("resnett", "there is no model 'resnett'"),
        ("own_models:", "there is no model 'own_models:'"),
        (":tokens", "there is no model ':tokens'"),
        ("no_such_module:factory", "no_such_module does not import: ModuleNotFoundError"),
        ("broken_models:factory", "broken_models does not import: OSError: the weights are not on this machine"),
        ("own_models:no_such_factory", "no_such_factory does not exist in own_models"),
        ("own_models:NOT_CALLABLE", "NOT_CALLABLE is not callable in own_models"),
        ("own_models:failing", "its factory failed: RuntimeError: no weights here"),
        ("own_models:no_module", "its factory returned str, not a torch.nn.Module"),
        ("own_models:nothing_to_train", "has no trainable parameter"),
        ("own_models:tracked_instance_norm", "tracking running stats"),
        ("own_models:wrong_input", "fails on records of shape (1, 8, 8)"),
        ("own_models:mixing", "answers differently on a record when another stands beside it"),
        ("own_models:wrong_output", "returns (2, 11) for two records, not logits of shape (2, 10)"),
    ],
)
def test_what_cannot_be_used_is_named(name, said):
    with pytest.raises(ModelError) as caught:
        inspect_model(name, DIGIT, 10)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_misspelt_name_suggests_the_nearest():
    with pytest.raises(ModelError) as caught:
        build("resnett", DIGIT, 10, 0)
    assert caught.value.hint.startswith("did you mean 'resnet'?")


def test_a_stranger_is_built_from_its_seed():
    first, second = (build("own_models:tokens", DIGIT, 10, 3).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_batch_norm_is_replaced_and_noted():
    note = inspect_model("own_models:batch_norm", DIGIT, 10).notes
    assert len(note) == 1
    assert "layers: 1, 5" in note[0]
    assert "in every arm" in note[0]
    model = build("own_models:batch_norm", DIGIT, 10, 0)
    assert not any("BatchNorm" in type(layer).__name__ for layer in model.modules())
    assert [type(model[k]) for k in (1, 5)] == [nn.GroupNorm, nn.GroupNorm]


def test_batch_norm_on_vectors_keeps_more_than_signs():
    """32 groups on 32 numbers would leave one number a group, and nothing of it."""
    assert build("own_models:batch_norm", DIGIT, 10, 0)[5].num_groups == 1


def test_batch_norm_without_parameters_is_replaced_too():
    assert inspect_model("own_models:frozen_batch_norm", DIGIT, 10).notes
    model = build("own_models:frozen_batch_norm", DIGIT, 10, 0)
    x = torch.randn(5, *DIGIT)
    torch.testing.assert_close(model(x)[:1], model(x[:1]))


def test_built_in_models_need_no_note():
    assert inspect_model("resnet", DIGIT, 10).notes == ()
