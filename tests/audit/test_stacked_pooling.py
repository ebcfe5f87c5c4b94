"""Pooling in stacks: the same numbers both ways, and what comes back lies as what went in."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from audit.training.stacked.network import FoldedNetwork
from audit.training.stacked.pooling import StackedPooling

LAYERS = [nn.AdaptiveAvgPool2d(2), nn.AvgPool2d(2), nn.MaxPool2d(3, stride=1), nn.AdaptiveMaxPool2d(2)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_numbers_are_those_of_the_layer_both_ways(layer: nn.Module) -> None:
    image = torch.randn(6, 4, 5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    gradients = []
    for used in (layer, StackedPooling(layer)):
        x = image.contiguous(memory_format=torch.channels_last).requires_grad_()
        y = used(x).flatten(1)
        torch.autograd.backward((y * torch.arange(y.numel(), dtype=y.dtype).view(y.shape)).sum())
        gradients.append((y.detach(), x.grad))
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-12, atol=1e-12)


def test_what_comes_back_lies_channels_last_behind_a_flatten() -> None:
    seen = []
    x = torch.randn(6, 4, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    y = StackedPooling(nn.AvgPool2d(2))(x)
    y.register_hook(lambda g: seen.append(g.is_contiguous(memory_format=torch.channels_last)))
    torch.autograd.backward(y.flatten(1).square().sum())
    assert seen == [True]


def test_layers_of_a_stack_are_replaced_and_others_are_not() -> None:
    class Odd(nn.AvgPool2d):
        """A layer of somebody's own, of which nobody knows what it does."""

    models = [nn.Sequential(nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), Odd(2), nn.Flatten(), nn.LazyLinear(3)) for _ in "ab"]
    for model in models:
        model(torch.randn(1, 1, 10, 10))
    found = [type(layer).__name__ for layer in FoldedNetwork(models, [0, 1]).modules()]
    assert found.count("StackedPooling") == 1
    assert found.count("Odd") == 1
