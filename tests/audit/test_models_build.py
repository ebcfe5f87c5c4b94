"""Built-in architectures: repeatable, of known size, blind to the other records of a batch."""

import pytest
import torch
from torch import nn

from audit.errors import ModelError
from audit.models import MODELS, build, inspect_model, seeded

DIGIT, PHOTO = (1, 8, 8), (3, 32, 32)


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("name", MODELS)
def test_initial_weights_depend_on_the_seed_alone(name):
    first = weights(build(name, DIGIT, 10, seed=2**63 + 1))
    torch.manual_seed(99)
    assert torch.equal(first, weights(build(name, DIGIT, 10, seed=2**63 + 1)))
    assert not torch.equal(first, weights(build(name, DIGIT, 10, seed=2)))


def test_building_leaves_the_global_stream_where_it_was():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    build("resnet", DIGIT, 10, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_a_seeded_stream_ends_where_it_began():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with seeded(7):
        first = torch.rand(2)
    with seeded(7):
        assert torch.equal(first, torch.rand(2))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [
        ("linear", DIGIT, 64 * 10 + 10),
        ("linear", (446,), 446 * 10 + 10),
        ("mlp", DIGIT, 64 * 128 + 128 + 128 * 10 + 10),
        ("mlp", (23,), 23 * 128 + 128 + 128 * 10 + 10),
        ("cnn", DIGIT, 9 * 16 + 32 + 9 * 16 * 24 + 48 + 4 * 24 * 10 + 10),
        ("resnet", DIGIT, 9 * 16 + 32 + 9 * 16 * 24 + 48 + 9 * 24 * 24 + 48 + 4 * 24 * 10 + 10),
    ],
)
def test_the_number_of_parameters(name, shape, parameters):
    assert inspect_model(name, shape, 10).parameters == parameters


@pytest.mark.parametrize("shape", [DIGIT, (1, 28, 28), PHOTO, (3, 33, 40), (2, 4, 5)])
def test_image_models_take_images_of_many_sizes(shape):
    for name in MODELS:
        inspect_model(name, shape, 7)


def test_the_resnet_grows_with_the_image():
    depth = {size: sum(isinstance(m, nn.Conv2d) for m in build("resnet", (3, size, size), 10, 0).modules())
             for size in (8, 32)}  # fmt: skip
    assert depth == {8: 3, 32: 8}


@pytest.mark.parametrize("name", MODELS)
def test_no_record_sees_another(name):
    model = build(name, DIGIT, 10, seed=0).double()
    x = torch.randn(6, *DIGIT, dtype=torch.float64)
    alone = torch.cat([model(one[None]) for one in x])
    torch.testing.assert_close(model(x), alone, rtol=1e-12, atol=1e-12)


def test_images_are_evened_out_so_that_their_scale_does_not_matter():
    x = torch.rand(3, *DIGIT, dtype=torch.float64)
    model = build("resnet", DIGIT, 10, seed=0).double()
    torch.testing.assert_close(model(x), model(255 * x - 20), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["cnn", "resnet"])
@pytest.mark.parametrize("shape", [(446,), (8, 8), (1, 3, 3)])
def test_a_convolution_on_a_table_says_what_to_use(name, shape):
    with pytest.raises(ModelError, match=f"model '{name}' takes images") as caught:
        inspect_model(name, shape, 10)
    assert "--model mlp" in caught.value.hint
