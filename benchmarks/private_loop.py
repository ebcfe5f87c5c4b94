"""The loop with DP: Opacus's PrivacyEngine around one model, its optimizer and a data loader."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from opacus import PrivacyEngine
from opacus.data_loader import DPDataLoader
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from benchmarks.loops import Loop


@dataclass(frozen=True, slots=True)
class PrivateParts:
    """What Opacus makes of a model, an optimizer and a data loader.

    Attributes:
        network: the model with its hooks.
        optimizer: Opacus's, which clips and adds noise.
        loader: Poisson batches, one a step.
        accountant: Opacus's, told of every step.
    """

    network: nn.Module
    optimizer: Any
    loader: Any
    accountant: Any


def train_privately(loop: Loop, network: nn.Module, x: Tensor, y: Tensor) -> PrivateParts:
    """DP-SGD, a step a batch.

    Args:
        loop: gives the recipe.
        network: is trained in place.
        x: Float [IN records, ...].
        y: Int [IN records].

    Returns:
        What trained it.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Secure RNG turned off", UserWarning)
        warnings.filterwarnings("ignore", "Full backward hook is firing", UserWarning)
        parts = private_parts(loop, network, x, y)
        for batch_x, batch_y in parts.loader:
            parts.optimizer.zero_grad()
            torch.autograd.backward(functional.cross_entropy(parts.network(batch_x), batch_y))
            parts.optimizer.step()
    return parts


def private_parts(loop: Loop, network: nn.Module, x: Tensor, y: Tensor) -> PrivateParts:
    """Opacus's engine on one model, with the rate and the normaliser that the project trains with.

    `make_private` takes both from the length of a loader, which only knows rates of 1/n. So the loader is made
    here at the exact rate, and optimizer and accountant are told.

    Args:
        loop: gives the recipe.
        network: is trained in place.
        x: Float [IN records, ...].
        y: Int [IN records].
    """
    loader = DPDataLoader(TensorDataset(x, y), sample_rate=loop.sample_rate, num_workers=0)
    loader.batch_sampler.steps = loop.steps  # one iterator for all steps, not one an epoch of a few
    engine = PrivacyEngine(accountant=loop.accountant)
    module, optimizer, _ = engine.make_private(
        module=network,
        optimizer=loop.optimizer(network),
        data_loader=loader,
        noise_multiplier=loop.noise_multiplier,
        max_grad_norm=loop.max_grad_norm,
        poisson_sampling=False,  # the loader samples so already
        grad_sample_mode="hooks",
    )
    optimizer.expected_batch_size = loop.batch
    optimizer.attach_step_hook(engine.accountant.get_optimizer_hook_fn(sample_rate=loop.sample_rate))
    return PrivateParts(module, optimizer, loader, engine.accountant)
