"""Models with every kind of layer that a stack has to get right, on records of 2x6x6."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SHAPE = (2, 6, 6)


class Words(nn.Module):
    """Embedding with padding, LayerNorm, and a linear layer at every position, used twice."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 5, padding_idx=0)
        self.norm = nn.LayerNorm(5)
        self.shared = nn.Linear(5, 5)
        self.head = nn.Linear(5, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.embedding((x.flatten(1) * 8).long()))
        h = h + torch.tanh(self.shared(h))
        return self.head((h + torch.tanh(self.shared(h))).mean(1))


class TwiceConvolved(nn.Module):
    """One convolution used at two sizes of image."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.shared = nn.Conv2d(2, 2, 3, padding=1)
        self.head = nn.Linear(18, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.shared(x))
        return self.head(torch.tanh(self.shared(h[:, :, ::2, ::2])).flatten(1))


class Loose(nn.Module):
    """A parameter outside of any layer."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(72))
        self.head = nn.Linear(72, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x.flatten(1) * self.scale)


class Tied(nn.Module):
    """Two layers with one weight."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(72, 72), nn.Linear(72, 72), nn.Linear(72, classes)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x.flatten(1))))))


class Branching(nn.Module):
    """Control flow on data."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(72, classes), nn.Linear(72, classes)

    def forward(self, x: Tensor) -> Tensor:
        rows = [self.one(row) if row.sum() > 36 else self.other(row) for row in x.flatten(1)]
        return torch.stack(rows)


class OwnDropout(nn.Module):
    """Draws random numbers outside of a dropout layer."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(72, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(nn.functional.dropout(x.flatten(1), 0.5, self.training))


def _image(*layers: nn.Module, features: int, classes: int) -> nn.Module:
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, classes))


def words(in_shape, classes):
    return Words(classes)


def twice_convolved(in_shape, classes):
    return TwiceConvolved(classes)


def loose(in_shape, classes):
    return Loose(classes)


def tied(in_shape, classes):
    return Tied(classes)


def branching(in_shape, classes):
    return Branching(classes)


def own_dropout(in_shape, classes):
    return OwnDropout(classes)


def strided(in_shape, classes):
    """Even window, other strides and padding down than across, dilation, and a ReLU in place."""
    convolution = nn.Conv2d(2, 3, (2, 3), stride=(2, 1), padding=(0, 1), dilation=(1, 2))
    return _image(convolution, nn.ReLU(inplace=True), nn.Conv2d(3, 4, 1, bias=False), features=48, classes=classes)


def one_channel(in_shape, classes):
    return _image(
        nn.Flatten(2), nn.Unflatten(1, (1, 2)), nn.Conv2d(1, 3, (2, 5), padding=(0, 2)), features=108, classes=classes
    )


def grouped(in_shape, classes):
    return _image(nn.Conv2d(2, 4, 3, groups=2, padding=1), nn.Tanh(), features=144, classes=classes)


def same_and_reflected(in_shape, classes):
    first = nn.Conv2d(2, 3, 3, padding="same")
    return _image(first, nn.Tanh(), nn.Conv2d(3, 2, 3, padding=1, padding_mode="reflect"), features=72, classes=classes)


def flat_convolution(in_shape, classes):
    """Conv1d and GroupNorm over a sequence, GroupNorm over a vector."""
    body = (
        nn.Flatten(2),
        nn.Conv1d(2, 4, 5, stride=2, padding=1),
        nn.GroupNorm(2, 4),
        nn.ReLU(inplace=True),
        nn.Flatten(),
    )
    return nn.Sequential(*body, nn.Linear(68, 8), nn.GroupNorm(2, 8), nn.Tanh(), nn.Linear(8, classes))


def group_norms(in_shape, classes):
    body = (nn.GroupNorm(1, 2), nn.Conv2d(2, 6, 3, bias=False), nn.GroupNorm(3, 6), nn.ReLU(), nn.MaxPool2d(2))
    return _image(*body, features=24, classes=classes)


def partly_frozen(in_shape, classes):
    model = nn.Sequential(nn.Flatten(), nn.Linear(72, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, classes))
    model[1].requires_grad_(False)
    model[3].bias.requires_grad_(False)
    return model


def without_a_rule(in_shape, classes):
    return _image(nn.ConvTranspose2d(2, 3, 2, stride=2), nn.ReLU(), nn.AvgPool2d(4), features=27, classes=classes)


def unused(in_shape, classes):
    model = nn.Sequential(nn.Flatten(), nn.Linear(72, classes))
    model.add_module("idle", nn.Identity())
    model.idle.inner = nn.Linear(3, 3)
    return model
