"""The other side: the loop that a careful person writes by hand, one model after the other.

It trains what the project trains: the same records, the same initial weights, the same recipe, as many steps. It
imports what such a person would import, Opacus only where it is needed: two processes of it pay for their imports.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_RECORDS_AT_ONCE = 512


@dataclass(frozen=True)
class Loop:
    """Models to train by hand, as they are before their first step.

    Attributes:
        networks: the models.
        is_in: Bool [models, records]; each one's membership row.
        x: Float32 [records, ...].
        y: Int64 [records].
        x_test: Float32 [test records, ...].
        steps: optimizer steps.
        batch: records a batch; with DP its expectation, and what gradients are divided by.
        learning_rate: of SGD, the same in every step.
        momentum: of SGD.
        sample_rate: probability of an IN record to be in a Poisson batch.
        max_grad_norm: clipping norm of a record's gradient; None trains without DP, on shuffled batches.
        noise_multiplier: standard deviation of the noise over the clipping norm.
        accountant: Opacus's name of its accountant.
    """

    networks: Sequence[nn.Module]
    is_in: NDArray[np.bool_]
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    x_test: NDArray[np.float32]
    steps: int
    batch: float
    learning_rate: float
    momentum: float
    sample_rate: float = 1.0
    max_grad_norm: float | None = None
    noise_multiplier: float = 0.0
    accountant: str = "prv"

    def part(self, first: int, step: int = 1) -> Loop:
        """Every so-manieth model, from the first one given."""
        return replace(self, networks=self.networks[first::step], is_in=self.is_in[first::step])

    def seconds(self) -> float:
        """Seconds from the start of training to the last model's logits."""
        started = time.perf_counter()
        for model in range(len(self.networks)):
            self.logits(model)
        return time.perf_counter() - started

    def warm(self) -> None:
        """Train one model for two steps, so that no first call of a library is measured."""
        replace(self, steps=2).logits(0)

    def logits(self, model: int) -> Tensor:
        """Train a copy of one model and ask it about every record.

        Args:
            model: its place among the networks.

        Returns:
            Float [records + test records, classes].
        """
        network = copy.deepcopy(self.networks[model])
        rows = torch.from_numpy(np.flatnonzero(self.is_in[model]))
        x, y = torch.from_numpy(self.x)[rows], torch.from_numpy(self.y)[rows]
        if self.max_grad_norm is None:
            self._train(network, x, y)
        else:
            from benchmarks.private_loop import train_privately

            train_privately(self, network, x, y)
        return _asked(network, torch.from_numpy(np.concatenate([self.x, self.x_test])))

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """SGD on all of a network."""
        return torch.optim.SGD(network.parameters(), lr=self.learning_rate, momentum=self.momentum)

    def _train(self, network: nn.Module, x: Tensor, y: Tensor) -> None:
        """Minibatch SGD on tensors, without a data loader."""
        optimizer = self.optimizer(network)
        for rows in shuffled(len(y), round(self.batch), self.steps):
            optimizer.zero_grad()
            torch.autograd.backward(functional.cross_entropy(network(x[rows]), y[rows]))
            optimizer.step()


def shuffled(records: int, size: int, steps: int) -> Sequence[Tensor]:
    """A permutation an epoch, cut into batches of one size; what an epoch leaves over begins the next batch.

    Args:
        records: number of IN records.
        size: records a batch.
        steps: number of batches.
    """
    epochs = -(-size * steps // records)
    return torch.cat([torch.randperm(records) for _ in range(epochs)])[: size * steps].split(size)


def _asked(network: nn.Module, x: Tensor) -> Tensor:
    network.eval()
    with torch.inference_mode():
        return torch.cat([network(part) for part in x.split(_RECORDS_AT_ONCE)])
