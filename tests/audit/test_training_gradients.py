"""DP-SGD's step: the gradients are Opacus's own, the clipping is a closed form, the noise has its stated spread."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from opacus import GradSampleModule
from opacus.optimizers import DPOptimizer
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from audit.config import Recipe
from audit.errors import ModelError
from audit.models import build
from audit.training.base import Arm, Schedule
from audit.training.batches import poisson_batches, shuffled_batches
from audit.training.per_example import per_example
from audit.training.updates import ClippedUpdate

IMAGES, VECTORS, TOKENS = (1, 8, 8), (12,), (6,)


class Mixed(nn.Module):
    """Embedding, LayerNorm, a strided and a grouped convolution, and one layer that is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.norm = nn.Embedding(7, 8), nn.LayerNorm(8)
        self.shared = nn.Linear(8, 8)
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2), nn.GroupNorm(2, 4), nn.ReLU(), nn.Conv2d(4, 4, 2, groups=2)
        )
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.embedding(x.long()))
        h = torch.tanh(self.shared(torch.tanh(self.shared(h))))
        return self.head(self.convolutions(h[:, None]).mean((2, 3)))


MODELS = {
    "linear": (lambda: build("linear", VECTORS, 3, 0), VECTORS),
    "mlp": (lambda: build("mlp", VECTORS, 3, 0), VECTORS),
    "cnn": (lambda: build("cnn", IMAGES, 3, 0), IMAGES),
    "resnet": (lambda: build("resnet", IMAGES, 3, 0), IMAGES),
    "resnet, larger images": (lambda: build("resnet", (3, 16, 16), 3, 0), (3, 16, 16)),
    "mixed layers": (Mixed, TOKENS),
}


def batch(shape: tuple[int, ...], records: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(records, *shape, generator=generator, dtype=torch.float64)
    x = torch.randint(0, 7, (records, *shape), generator=generator).double() if shape == TOKENS else x
    return x, torch.randint(0, 3, (records,), generator=generator)


def arm_of(clip: float, noise: float, expected: float = 10.0, rate: float = 0.5) -> Arm:
    recipe = Recipe(
        optimizer="sgd",
        momentum=0.0,
        learning_rate=1.0,
        sampling="poisson",
        max_grad_norm=clip,
        schedule="constant",
        epochs=1,
    )
    return Arm("dp", "dp", "test", recipe, Schedule(rate, 1, expected), noise, "rdp", 1.0, 1e-5)


def stepped(model: nn.Module, arm: Arm, x: Tensor, y: Tensor, seed: int = 0) -> list[Tensor]:
    """What one step takes away from the parameters, at rate 1: the normalised noisy sum."""
    before = [p.detach().clone() for p in model.parameters()]
    update = ClippedUpdate(model, arm, torch.Generator().manual_seed(seed), (x[:2], y[:2]))
    update(x, y, 1.0)
    return [b - p.detach() for b, p in zip(before, model.parameters(), strict=True)]


def opacus_step(model: nn.Module, clip: float, expected: float, x: Tensor, y: Tensor) -> list[Tensor]:
    """The same step by Opacus's hooks and its optimizer alone."""
    before = [p.detach().clone() for p in model.parameters()]
    hooked = GradSampleModule(model, loss_reduction="sum", strict=False)
    optimizer = DPOptimizer(
        torch.optim.SGD(hooked.parameters(), lr=1.0),
        noise_multiplier=0.0,
        max_grad_norm=clip,
        expected_batch_size=expected,
    )
    functional.cross_entropy(hooked(x), y, reduction="sum").backward()
    optimizer.step()
    return [b - p.detach() for b, p in zip(before, model.parameters(), strict=True)]


@pytest.mark.parametrize("name", MODELS)
def test_the_clipped_gradient_is_opacus_s_own(name: str) -> None:
    make, shape = MODELS[name]
    torch.manual_seed(1)
    one = make().double()
    torch.manual_seed(1)
    other = make().double()
    other.load_state_dict(one.state_dict())
    x, y = batch(shape, 9)
    ours, theirs = stepped(one, arm_of(0.5, 0.0), x, y), opacus_step(other, 0.5, 10.0, x, y)
    assert sum(float(t.abs().sum()) for t in theirs) > 0
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_one_gradient_a_record_equals_the_loop_over_records(name: str) -> None:
    make, shape = MODELS[name]
    torch.manual_seed(2)
    model = make().double()
    x, y = batch(shape, 5, seed=3)
    per_example(model, x[:2], y[:2])(x, y)
    found = [p.grad_sample.clone() for p in model.parameters()]  # type: ignore[attr-defined]
    for record in range(5):
        loss = functional.cross_entropy(model(x[record : record + 1]), y[record : record + 1])
        for each, alone in zip(found, torch.autograd.grad(loss, list(model.parameters())), strict=True):
            torch.testing.assert_close(each[record], alone, rtol=1e-7, atol=1e-12)


def test_clipping_is_the_closed_form() -> None:
    """A linear model without bias: a record's gradient is (p - onehot) x^T, its norm a product of two norms."""
    model = nn.Linear(4, 3, bias=False).double()
    x, y = batch((4,), 6, seed=5)
    residual = torch.softmax(model(x), 1) - functional.one_hot(y, 3)
    each = residual[:, :, None] * x[:, None, :]
    norms = residual.norm(dim=1) * x.norm(dim=1)
    assert (norms > 0.7).any()
    assert (norms < 0.7).any() or norms.min() > 0
    wanted = (each * (0.7 / norms).clamp(max=1)[:, None, None]).sum(0) / 10
    (found,) = stepped(model, arm_of(0.7, 0.0), x, y)
    torch.testing.assert_close(found, wanted.detach(), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("records", [0, 3])
def test_noise_has_the_stated_spread_also_on_an_empty_batch(records: int) -> None:
    """20,000 Gaussian draws; Kolmogorov-Smirnov at a false-alarm rate of 1e-4 under a fixed seed."""
    model = nn.Linear(200, 100, bias=False)
    x, y = torch.zeros(3, 200), torch.zeros(3, dtype=torch.long)  # records at zero have no gradient: noise alone
    before = model.weight.detach().clone()
    update = ClippedUpdate(model, arm_of(0.5, 3.0, expected=10.0), torch.Generator().manual_seed(0), (x[:2], y[:2]))
    update(x[:records], y[:records], 1.0)
    noise = (before - model.weight.detach()).numpy().ravel()
    assert stats.kstest(noise / (3.0 * 0.5 / 10.0), "norm").pvalue > 1e-4


def test_the_accountant_is_told_of_every_step_empty_or_not() -> None:
    model = nn.Linear(4, 3)
    x, y = batch((4,), 4)
    update = ClippedUpdate(model, arm_of(1.0, 2.0, rate=0.25), torch.Generator().manual_seed(0), (x[:2].float(), y[:2]))
    for records in (4, 0, 2):
        update(x[:records].float(), y[:records], 1.0)
    assert update.accountant.history == [(2.0, 0.25, 3)]


def test_a_batch_cut_into_chunks_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = batch(VECTORS, 11)
    steps = []
    for most in (256, 3):
        monkeypatch.setattr("audit.training.updates._MOST_AT_ONCE", most)
        steps.append(stepped(build("mlp", VECTORS, 3, 0).double(), arm_of(0.5, 1.0), x, y))
    for whole, chunked in zip(*steps, strict=True):
        torch.testing.assert_close(whole, chunked, rtol=1e-9, atol=1e-12)


class MixesRecords(nn.Module):
    """Subtracts the mean of the batch: a record's gradient is no longer its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) * self.layer.weight.sum()


def test_a_model_whose_gradients_do_not_add_up_is_refused() -> None:
    x, y = batch((4,), 4)
    with pytest.raises(ModelError, match="do not add up"):
        per_example(MixesRecords().double(), x, y)


def test_poisson_batches_follow_their_law_and_never_draw_an_out_record() -> None:
    is_in = np.random.default_rng(0).random(400) < 0.5
    drawn = list(poisson_batches(is_in, 0.3, 2000, np.random.default_rng(1)))
    counts = np.bincount(np.concatenate(drawn), minlength=400)
    assert (counts[~is_in] == 0).all()
    # Each IN record's count is Bin(2000, .3); chi-square over all of them, false alarm 1e-4 under a fixed seed.
    z2 = (counts[is_in] - 600) ** 2 / (2000 * 0.3 * 0.7)
    assert 1e-4 < stats.chi2.sf(z2.sum(), is_in.sum()) < 1 - 1e-4
    sizes = np.array([len(rows) for rows in drawn])
    assert sizes.std() == pytest.approx(np.sqrt(is_in.sum() * 0.3 * 0.7), rel=0.08)


def test_shuffled_batches_use_every_record_once_an_epoch_and_have_one_size() -> None:
    is_in = np.arange(30) % 2 == 0
    drawn = list(shuffled_batches(is_in, 5, 6, np.random.default_rng(0)))
    assert [len(rows) for rows in drawn] == [5] * 6
    assert sorted(np.concatenate(drawn[:3])) == list(np.flatnonzero(is_in))
    assert sorted(np.concatenate(drawn[3:])) == list(np.flatnonzero(is_in))
