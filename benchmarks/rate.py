"""What a core can do: single-precision matrix products; and what a step of a network needs."""

from __future__ import annotations

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from audit.models import build

SIDE, PRODUCTS = 2048, 10


def matmul_rate() -> float:
    """GFLOP/s of square float32 matrix products in this process, on as many threads as it has."""
    left, right = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    result = torch.mm(left, right)
    started = time.perf_counter()
    for _ in range(PRODUCTS):
        torch.mm(left, right, out=result)
    return PRODUCTS * 2 * SIDE**3 / (time.perf_counter() - started) / 1e9


def step_flops(model: str, in_shape: tuple[int, ...], classes: int, batch: int) -> float:
    """Operations of one training step of a network: thrice the multiply-adds of its layers' forward pass, times two.

    The backward pass computes two products of the same size a layer: for the weights and for the inputs.

    Args:
        model: a built-in architecture.
        in_shape: shape of one record.
        classes: number of classes.
        batch: records a batch.
    """
    network = build(model, in_shape, classes, seed=0)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(batch, *in_shape))
    return 3.0 * counter.get_total_flops()
