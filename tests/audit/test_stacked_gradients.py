"""Layers in every shape, place and state of freezing: a stack's sums are those of single records, in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from record_gradients import CLASSES, MODELS, batch_of, clipped, close, own_gradients, sums
from stacking_models import SHAPE
from torch import Tensor, nn

from audit.models import seeded
from audit.training.stacked.folded import FoldedGradients
from audit.training.stacked.gradients import StackGradients
from audit.training.stacked.products import materialises
from audit.training.stacked.vmapped import VmappedGradients

FEATURES = 72


class Repeated(nn.Module):
    """One layer under two names, and called by both."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.again, self.head = layer, layer, nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.again(torch.tanh(self.layer(x)))).flatten(1))


class LookedUp(nn.Module):
    """An embedding whose padding counts from the end, looked up twice in one pass at different places."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.head = nn.Embedding(9, 4, padding_idx=-1), nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        entries = (x.flatten(1) * 9).long()
        return self.head(self.embedding(entries).mean(1) * self.embedding(entries[:, :5]).sum(1))


class Placed(nn.Module):
    """An embedding of positions: the same entries in every record."""

    def __init__(self) -> None:
        super().__init__()
        self.positions, self.head = nn.Embedding(18, 4), nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        here = self.positions(torch.arange(18).expand(len(x), 18))
        return self.head(torch.tanh(x.reshape(-1, 18, 4) * here).mean(1))


class Attending(nn.Module):
    """Attention holds weights of its own beside a layer: it can be mapped, not folded."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        h = x.reshape(-1, 18, 4)
        return self.head(self.attention(h, h, h, need_weights=False)[0].mean(1))


def onto_classes(*layers: nn.Module, features: int) -> nn.Sequential:
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, CLASSES))


def on_vectors(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(FEATURES, 8), *layers, nn.Linear(8, CLASSES))


def frozen(model: nn.Module, *names: str) -> nn.Module:
    for name in names:
        model.get_parameter(name).requires_grad_(False)
    return model


def convolved() -> nn.Sequential:
    return onto_classes(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Conv2d(3, 4, 3), nn.Tanh(), features=16)


def normed() -> nn.Sequential:
    norms = nn.GroupNorm(1, 2), nn.GroupNorm(2, 4)
    return onto_classes(norms[0], nn.Conv2d(2, 4, 3), norms[1], nn.Tanh(), features=64)


MODELS_OF: dict[str, Callable[[], nn.Module]] = {
    "in place after linear": lambda: on_vectors(nn.ReLU(True), nn.Linear(8, 8), nn.ReLU(True)),
    "in place after LayerNorm": lambda: on_vectors(nn.LayerNorm(8, bias=False), nn.LeakyReLU(0.1, True)),
    "in place after a first GroupNorm": lambda: onto_classes(nn.GroupNorm(1, 2), nn.ReLU(True), features=72),
    "LayerNorm over several axes": lambda: onto_classes(
        nn.LayerNorm((6, 6)), nn.Conv2d(2, 3, 3), nn.LayerNorm((3, 4, 4)), nn.Tanh(), features=48
    ),
    "GroupNorm of volumes": lambda: onto_classes(nn.Unflatten(2, (2, 3)), nn.GroupNorm(2, 2), nn.Tanh(), features=72),
    "linear in four axes": lambda: onto_classes(nn.Linear(6, 5), nn.Tanh(), features=60),
    "linear without bias": lambda: on_vectors(nn.Linear(8, 8, bias=False), nn.Tanh()),
    "linear twice": lambda: Repeated(nn.Linear(6, 6)),
    "convolution twice": lambda: Repeated(nn.Conv2d(2, 2, 3, padding=1)),
    "convolution of one channel, twice": lambda: nn.Sequential(
        nn.Flatten(2), nn.Unflatten(1, (1, 2)), Repeated(nn.Conv2d(1, 1, 3, padding=1))
    ),
    "window as large as the image": lambda: onto_classes(nn.Conv2d(2, 20, 6), features=20),
    "even window, padded to the same size": lambda: onto_classes(
        nn.Conv2d(2, 3, (2, 4), padding="same"), nn.Tanh(), features=108
    ),
    "circular, flat and grouped": lambda: nn.Sequential(
        nn.Flatten(2),
        onto_classes(
            nn.Conv1d(2, 4, 3, padding=2, padding_mode="circular", groups=2),
            nn.Tanh(),
            features=152,
        ),
    ),
    "depthwise, strided and dilated": lambda: onto_classes(
        nn.Conv2d(2, 4, 3, groups=2, stride=2, dilation=2, bias=False), nn.Tanh(), features=4
    ),
    "convolution of volumes": lambda: onto_classes(nn.Unflatten(1, (1, 2)), nn.Conv3d(1, 3, 2), nn.Tanh(), features=75),
    "InstanceNorm": lambda: onto_classes(nn.InstanceNorm2d(2, affine=True), nn.Tanh(), features=72),
    "embedding twice": LookedUp,
    "positions": Placed,
    "frozen weights, trained biases": lambda: frozen(convolved(), "0.weight", "2.bias", "5.weight"),
    "frozen first layer": lambda: frozen(convolved(), "0.weight", "0.bias"),
    "frozen layer in between": lambda: frozen(convolved(), "2.weight", "2.bias"),
    "half-frozen norms": lambda: frozen(normed(), "0.weight", "2.bias"),
    "frozen norm": lambda: frozen(normed(), "2.weight", "2.bias"),
    "attention": Attending,
}
NOT_FOLDED = {"attention"}


def stack_of(name: str) -> list[nn.Module]:
    """Models with weights of their own everywhere: norms and biases begin alike."""
    models = []
    for number in range(MODELS):
        with seeded(number), torch.no_grad():
            model = MODELS_OF[name]().double().train()
            for parameter in model.parameters():
                parameter += 0.1 * torch.randn_like(parameter)
            models.append(model)
    return models


# PyTorch says that it copies an image to pad it unevenly, and that it maps attention slowly: neither is about the sums.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@pytest.mark.parametrize("way", [FoldedGradients, VmappedGradients])
@pytest.mark.parametrize("name", MODELS_OF)
def test_sums_are_those_of_single_records(name: str, way: type[StackGradients]) -> None:
    if way is FoldedGradients and name in NOT_FOLDED:
        with pytest.raises(ValueError, match="outside of its layers"):
            way(stack_of(name), range(MODELS))
        return
    models, batch = stack_of(name), batch_of(SHAPE)
    each = [own_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
    clip = float(torch.stack([gradients.norm(dim=1) for gradients in each]).median())
    gradients = way(models, range(MODELS))
    assert close(sums(gradients, batch, clip=None), torch.stack([g.sum(0) for g in each]))
    assert close(sums(gradients, batch, clip=clip), torch.stack([clipped(g, clip) for g in each]))


@pytest.mark.parametrize(("window", "side", "expected"), [(2, 8, True), (6, 2, False)])
def test_both_norms_of_a_convolution_are_taken_and_agree(window: int, side: int, expected: bool) -> None:
    """At 8x8 places of the window the products are written out; at four places Gram matrices are taken."""
    assert materialises(side**2, 2 * window**2, 3) is expected
    models = []
    for number in range(MODELS):
        with seeded(number):
            models.append(onto_classes(nn.Conv2d(2, 3, window), nn.Tanh(), features=3 * side**2).double())
    batch = batch_of((2, side + window - 1, side + window - 1))
    each = [own_gradients(*one) for one in zip(models, batch.x, batch.y, strict=True)]
    clip = float(torch.stack([gradients.norm(dim=1) for gradients in each]).median())
    found = sums(FoldedGradients(models, range(MODELS)), batch, clip=clip)
    assert close(found, torch.stack([clipped(g, clip) for g in each]))


@pytest.mark.parametrize("name", ["frozen weights, trained biases", "half-frozen norms"])
def test_what_is_frozen_is_no_parameter_of_the_stack(name: str) -> None:
    models = stack_of(name)
    trained = [parameter for parameter in models[0].parameters() if parameter.requires_grad]
    for way in (FoldedGradients, VmappedGradients):
        parameters = way(models, range(MODELS)).parameters
        assert [p.shape for p in parameters.values()] == [(MODELS, *parameter.shape) for parameter in trained]


def test_a_pass_after_others_remembers_nothing_of_them() -> None:
    """Norms, products and patches are kept within a pass, for as long as the pass."""
    gradients, batch = FoldedGradients(stack_of("frozen first layer"), range(MODELS)), batch_of(SHAPE)
    first = sums(gradients, batch, clip=0.3)
    sums(gradients, *batch.split(2), clip=None)
    gradients.logits(batch.x[:, :3])
    assert torch.equal(sums(gradients, batch, clip=0.3), first)
