"""A model of sequences that is small enough to be checked number by number, and some that are no such models."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from audit.experiments.secrets.model import written_out

WIDTH = 6


class Small(nn.Module):
    """One block of attention over embedded characters and places."""

    def __init__(self, positions: int, classes: int) -> None:
        super().__init__()
        self.character, self.position = nn.Embedding(classes, WIDTH), nn.Embedding(positions, WIDTH)
        self.normal, self.asked = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        place = torch.arange(x.shape[1], device=x.device).expand(x.shape)
        h = self.character(x.long()) + self.position(place)
        queries, keys, values = self.asked(self.normal(h)).chunk(3, dim=2)
        attended = written_out(queries[:, None], keys[:, None], values[:, None], is_causal=True)[:, 0]
        return self.out(h + attended)


def small(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return Small(in_shape[0], classes)


class Foreseeing(Small):
    """Sees what comes later."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + x.mean(1)[:, None, None]


def foreseeing(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    return Foreseeing(in_shape[0], classes)


def of_classes(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """A classifier, no model of sequences."""
    return nn.Sequential(nn.Linear(in_shape[0], classes))
