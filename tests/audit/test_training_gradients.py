"""The DP gradient against Opacus's own, against a loop over records, and the noise against its law."""

import math

import numpy as np
import pytest
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from scipy import stats
from torch import nn
from torch.nn.functional import cross_entropy

from audit.config import Recipe
from audit.errors import ModelError
from audit.models import build
from audit.training.base import Arm, Schedule
from audit.training.per_example import LayerGradients, OpacusGradients, per_example
from audit.training.updates import ClippedUpdate, PlainUpdate, rate_at

EXPECTED_BATCH = 13.7
ARCHITECTURES = [
    ("linear", (1, 8, 8)),
    ("mlp", (1, 8, 8)),
    ("mlp", (30,)),
    ("cnn", (1, 8, 8)),
    ("resnet", (1, 8, 8)),
    ("resnet", (3, 16, 16)),
    ("own_models:tokens", (1, 8, 8)),
    ("own_models:convolutions", (1, 8, 8)),
    ("own_models:sequence", (1, 8, 8)),
    ("own_models:unused", (1, 8, 8)),
    ("own_models:batch_norm", (1, 8, 8)),
]


def records(shape, number=23):
    generator = torch.Generator().manual_seed(3)
    x = torch.rand(number, *shape, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, 10, (number,), generator=generator)


def an_arm(noise=0.0, clip: float | None = 0.3, **recipe):
    told = {"learning_rate": 1.0, "momentum": 0.0, "schedule": "constant", "sampling": "poisson", **recipe}
    schedule = Schedule(0.2, 10, EXPECTED_BATCH)
    return Arm("a", "control", "", Recipe(max_grad_norm=clip, **told), schedule, noise)


def clipped(model, x, y, noise=0.0, clip=0.3, seed=0):
    return ClippedUpdate(model, an_arm(noise, clip), torch.Generator().manual_seed(seed), (x[:2], y[:2]))


def flat(model):
    return torch.cat([p.detach().flatten().clone() for p in model.parameters()])


def step_of(model, update, x, y):
    """What one step of plain SGD at rate 1 subtracts: the gradient."""
    before = flat(model)
    update(x, y, 1.0)
    return before - flat(model)


def opacus_gradient(model, x, y, clip):
    for layer in model.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # which Opacus's hooks cannot bear
    wrapped = GradSampleModule(model, loss_reduction="sum", strict=False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = DPOptimizer(
        torch.optim.SGD(trained, lr=1.0), noise_multiplier=0, max_grad_norm=clip, expected_batch_size=EXPECTED_BATCH
    )
    before = flat(model)
    cross_entropy(wrapped(x), y, reduction="sum").backward()
    for p in trained:
        p.grad_sample = p.new_zeros(len(x), *p.shape) if p.grad_sample is None else p.grad_sample
    optimizer.step()
    return before - flat(model)


def gradients_one_by_one(model, x, y):
    """Float [records, parameters]; the slow and obvious twin: one backward pass a record."""
    rows = []
    for one, label in zip(x, y, strict=True):
        loss = cross_entropy(model(one[None]), label[None])
        parts = torch.autograd.grad(loss, list(model.parameters()), materialize_grads=True)
        rows.append(torch.cat([part.flatten() for part in parts]))
    return torch.stack(rows)


@pytest.mark.parametrize(("name", "shape"), ARCHITECTURES)
def test_the_dp_gradient_equals_opacus_own(name, shape):
    x, y = records(shape)
    ours, theirs = (build(name, shape, 10, seed=1).double() for _ in range(2))
    found, expected = step_of(ours, clipped(ours, x, y), x, y), opacus_gradient(theirs, x, y, 0.3)
    assert expected.norm() > 1e-3
    assert (found - expected).norm() <= 1e-6 * expected.norm()


@pytest.mark.parametrize(("name", "shape"), ARCHITECTURES)
def test_every_record_is_clipped_by_itself(name, shape):
    x, y = records(shape)
    model = build(name, shape, 10, seed=1).double()
    each = gradients_one_by_one(model, x, y)
    norms = each.norm(dim=1, keepdim=True)
    clip = float(norms.median())
    expected = (each * (clip / (norms + 1e-6)).clamp(max=1)).sum(0) / EXPECTED_BATCH
    found = step_of(model, clipped(model, x, y, clip=clip), x, y)
    assert (found - expected).norm() <= 1e-6 * expected.norm()


def test_no_clipping_leaves_the_plain_gradient():
    x, y = records((1, 8, 8))
    loose, plain = (build("resnet", (1, 8, 8), 10, seed=1).double() for _ in range(2))
    found = step_of(loose, clipped(loose, x, y, clip=1e6), x, y)
    expected = step_of(plain, PlainUpdate(plain, an_arm(clip=None)), x, y)
    assert (found - expected).norm() <= 1e-6 * expected.norm()
    direct = gradients_one_by_one(build("resnet", (1, 8, 8), 10, seed=1).double(), x, y).sum(0) / EXPECTED_BATCH
    assert (found - direct).norm() <= 1e-6 * direct.norm()


def test_the_normaliser_is_the_expected_batch_whatever_the_batch():
    x, y = records((30,), 20)
    ours, twin = (build("mlp", (30,), 10, seed=1).double() for _ in range(2))
    small = step_of(ours, clipped(ours, x, y, clip=1e6), x[:5], y[:5])
    assert torch.allclose(small, gradients_one_by_one(twin, x[:5], y[:5]).sum(0) / EXPECTED_BATCH, rtol=1e-6)


def test_a_large_batch_is_taken_in_parts_without_a_difference():
    x, y = records((1, 8, 8), 300)
    whole, parts = (build("cnn", (1, 8, 8), 10, seed=1).double() for _ in range(2))
    in_one, in_parts = clipped(whole, x, y), clipped(parts, x, y)
    in_one._chunk, in_parts._chunk = 1000, 37
    torch.testing.assert_close(step_of(parts, in_parts, x, y), step_of(whole, in_one, x, y), rtol=1e-9, atol=1e-12)


def test_the_noise_has_the_stated_size_and_shape():
    """An empty batch steps on noise alone: N(0, (noise * clip / expected batch)^2) in every parameter.

    Two tests on a fixed seed over 9,610 numbers, each with a false-alarm rate of 1 in 10,000.
    """
    x, y = records((1, 8, 8))
    model = build("mlp", (1, 8, 8), 10, seed=1).double()
    noise = step_of(model, clipped(model, x, y, noise=2.5, clip=0.4), x[:0], y[:0]).numpy()
    scaled = noise / (2.5 * 0.4 / EXPECTED_BATCH)
    assert 5e-5 < stats.chi2.sf((scaled**2).sum(), len(scaled)) < 1 - 5e-5
    assert stats.kstest(scaled, "norm").pvalue > 1e-4


def test_noise_is_added_once_to_the_sum_not_to_every_part():
    x, y = records((1, 8, 8), 60)
    quiet, loud, alone = (build("mlp", (1, 8, 8), 10, seed=1).double() for _ in range(3))
    updates = [clipped(quiet, x, y), clipped(loud, x, y, noise=1.5), clipped(alone, x, y, noise=1.5)]
    for update in updates:
        update._chunk = 7
    signal, both = step_of(quiet, updates[0], x, y), step_of(loud, updates[1], x, y)
    torch.testing.assert_close(both - signal, step_of(alone, updates[2], x[:0], y[:0]), rtol=1e-6, atol=1e-9)


def test_noise_comes_from_the_stream_it_is_given():
    x, y = records((30,))
    steps = []
    for seed in (4, 4, 5):
        model = build("mlp", (30,), 10, seed=1).double()
        steps.append(step_of(model, clipped(model, x, y, noise=1.0, seed=seed), x, y))
    assert torch.equal(steps[0], steps[1])
    assert not torch.equal(steps[0], steps[2])


def test_the_accountant_hears_of_every_step_and_of_the_constant_rate():
    x, y = records((30,))
    model = build("mlp", (30,), 10, seed=1).double()
    update = clipped(model, x, y, noise=1.1)
    update._chunk = 10
    for size in (23, 0, 1):
        update(x[:size], y[:size], 0.1)
    assert update.accountant.history == [(1.1, 0.2, 3)]


def test_clipping_alone_is_not_accounted():
    x, y = records((30,))
    update = clipped(build("mlp", (30,), 10, seed=1).double(), x, y)
    update(x, y, 0.1)
    assert update.accountant.history == []


def test_an_empty_batch_moves_nothing_without_noise():
    x, y = records((30,))
    for make in (lambda m: clipped(m, x, y), lambda m: PlainUpdate(m, an_arm(clip=None))):
        model = build("mlp", (30,), 10, seed=1).double()
        assert not step_of(model, make(model), x[:0], y[:0]).any()


def test_known_layers_take_the_fast_way_and_others_opacus():
    x, y = (part[:2] for part in records((1, 8, 8)))
    ways = {name: type(per_example(build(f"own_models:{name}", (1, 8, 8), 10, 0).double(), x, y))
            for name in ("convolutions", "tokens", "sequence")}  # fmt: skip
    assert ways == {"convolutions": LayerGradients, "tokens": LayerGradients, "sequence": OpacusGradients}


def test_a_model_whose_gradients_do_not_add_up_is_refused():
    x, y = records((1, 8, 8))
    model = build("own_models:bypass", (1, 8, 8), 10, 0).double()
    with pytest.raises(ModelError, match="do not add up"):
        clipped(model, x, y)


def test_gradients_leave_the_model_as_it_was():
    x, y = records((1, 8, 8))
    model = build("own_models:dropout", (1, 8, 8), 10, 0).double()
    state = torch.get_rng_state()
    clipped(model, x, y)
    assert torch.equal(state, torch.get_rng_state())
    assert model.training
    assert all(p.requires_grad for p in model.parameters())
    assert isinstance(model, nn.Sequential)


def test_the_cosine_falls_from_the_full_rate_and_the_constant_stays():
    recipe = Recipe(learning_rate=0.4, schedule="cosine")
    rates = [rate_at(recipe, step, 8) for step in range(8)]
    assert rates == pytest.approx([0.2 * (1 + math.cos(math.pi * step / 8)) for step in range(8)])
    assert (rates[0], np.argmax(rates)) == (0.4, 0)
    assert rate_at(Recipe(learning_rate=0.4, schedule="constant"), 7, 8) == 0.4
