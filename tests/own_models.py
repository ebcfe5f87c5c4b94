"""Models that a stranger might bring by import path: good ones, awkward ones, and broken ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

NOT_CALLABLE = 3


class Tokens(nn.Module):
    """Pixels as tokens: an embedding, LayerNorm over it, and a residual layer that is used twice."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(17, 6)
        self.norm = nn.LayerNorm(6)
        self.shared = nn.Linear(6, 6)
        self.head = nn.Linear(6, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.embedding((x.flatten(1).clamp(0, 1) * 16).long()))
        h = h + torch.tanh(self.shared(h))
        h = h + torch.tanh(self.shared(h))
        return self.head(h.mean(1))


class Bypass(nn.Module):
    """Uses a layer's weight without calling the layer: a gradient a record would silently be missed."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)
        self.again = nn.Linear(classes, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.layer(x.flatten(1))
        return self.again(h) + nn.functional.linear(torch.sin(h), self.again.weight)


class Mixing(nn.Module):
    """Subtracts the batch's mean: one record's loss depends on the others."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.layer(x.flatten(1))
        return self.layer(x.flatten(1) - x.flatten(1).mean(0)) + h


class Unused(nn.Module):
    """Has a layer that the forward pass never touches."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.used, self.idle = nn.Linear(inputs, classes), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.used(x.flatten(1))


class LooseDropout(nn.Module):
    """Dropout in a model with a parameter outside of any layer."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(inputs))
        self.drop, self.head = nn.Dropout(0.5), nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.drop(x.flatten(1) * self.scale))


class TwiceDropped(nn.Module):
    """One dropout layer in two places, as many models have it."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.hidden, self.head, self.drop = nn.Linear(inputs, 32), nn.Linear(32, classes), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.drop(torch.relu(self.hidden(self.drop(x.flatten(1))))))


class Rows(nn.Module):
    """Takes the rows of an image for records within its layers, and the mean over them at the end."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(width, 16), nn.Linear(16, classes)

    def forward(self, x: Tensor) -> Tensor:
        each = self.head(torch.tanh(self.hidden(x.flatten(0, -2))))
        return each.unflatten(0, (len(x), -1)).mean(1)


def tokens(in_shape, classes):
    return Tokens(classes)


def bypass(in_shape, classes):
    return Bypass(math.prod(in_shape), classes)


def mixing(in_shape, classes):
    return Mixing(math.prod(in_shape), classes)


def unused(in_shape, classes):
    return Unused(math.prod(in_shape), classes)


def loose_dropout(in_shape, classes):
    return LooseDropout(math.prod(in_shape), classes)


def twice_dropped(in_shape, classes):
    return TwiceDropped(math.prod(in_shape), classes)


def rows(in_shape, classes):
    return Rows(in_shape[-1], classes)


def convolutions(in_shape, classes):
    """Grouped, dilated, strided, with and without bias, in-place ReLU straight after a layer."""
    return nn.Sequential(
        nn.Conv2d(in_shape[0], 4, 3, padding=2, dilation=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 8, 3, groups=2, stride=2, bias=False),
        nn.GroupNorm(2, 8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 4, 3, padding="same"),
        nn.Flatten(),
        nn.Linear(36, classes),
    )


def sequence(in_shape, classes):
    """A one-dimensional convolution, which needs Opacus's own hooks."""
    return nn.Sequential(nn.Flatten(2), nn.Conv1d(in_shape[0], 4, 5), nn.Tanh(), nn.Flatten(), nn.Linear(240, classes))


def batch_norm(in_shape, classes):
    return nn.Sequential(
        nn.Conv2d(in_shape[0], 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 32),
        nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, classes),
    )  # fmt: skip


def frozen_batch_norm(in_shape, classes):
    """BatchNorm without parameters mixes records all the same."""
    return nn.Sequential(nn.BatchNorm2d(in_shape[0], affine=False), nn.Flatten(), nn.Linear(64, classes))


def dropout(in_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.Dropout(0.5), nn.ReLU(), nn.Linear(32, classes))


def tracked_instance_norm(in_shape, classes):
    norm = nn.InstanceNorm2d(in_shape[0], affine=True, track_running_stats=True)
    return nn.Sequential(norm, nn.Flatten(), nn.Linear(64, classes))


def nothing_to_train(in_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.AdaptiveAvgPool1d(classes))


def no_module(in_shape, classes):
    return "a string"


def failing(in_shape, classes):
    raise RuntimeError("no weights here")


def wrong_output(in_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(in_shape), classes + 1))


def wrong_input(in_shape, classes):
    return nn.Linear(7, classes)
