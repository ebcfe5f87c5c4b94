"""Layers that multiply by a matrix: a record's gradient is the product of what went in and what came back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from audit.training.stacked.layers import StackedLayer, squared, weighed

_TRAFFIC = 72
"""Multiply-adds in the time of one pass of a gradient through memory, three passes together: measured, on CPUs."""


class ProductLayer(StackedLayer):
    """A layer whose output at every position is `W a + b`: linear layers, and convolutions over patches.

    With a `[records, positions, inputs]` and g `[records, positions, outputs]` a record's gradient is `g^T a`.
    Its squared norm is `|a|^2 |g|^2` at one position. At several it is the sum of the products of the two Gram
    matrices over positions (Li et al. 2022, arXiv 2110.05679, section 4), or the norm of the materialised product,
    whichever moves fewer numbers: `materialises`.

    Args:
        layers: the same layer of every model.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__(layers)
        self._products: Tensor | None = None

    @abstractmethod
    def _matrices(self) -> tuple[Tensor, Tensor]:
        """The ledger as a [models * batch, positions, inputs] and g [models * batch, positions, outputs]."""

    @abstractmethod
    def _as_weight(self, product: Tensor) -> Tensor:
        """Float [models, outputs, inputs] in the shape of the weight."""

    def squared_norms(self) -> Tensor:
        """See `StackedLayer`."""
        a, g = self._matrices()
        if a.shape[1] == 1:
            return self._norms_at_one_position(a[:, 0], g[:, 0])
        norms = torch.zeros(len(g), dtype=g.dtype, device=g.device)
        if "weight" in self.trained:
            norms += self._weight_norms(a, g)
        if "bias" in self.trained:
            norms += squared(g.sum(1))
        return norms

    def _norms_at_one_position(self, a: Tensor, g: Tensor) -> Tensor:
        factor = squared(a) if "weight" in self.trained else torch.zeros_like(g[:, 0])
        return squared(g) * (factor + 1 if "bias" in self.trained else factor)

    def _weight_norms(self, a: Tensor, g: Tensor) -> Tensor:
        if materialises(a.shape[1], a.shape[2], g.shape[2]):
            self._products = products(g, a)
            return squared(self._products)
        return (torch.bmm(a, a.transpose(1, 2)) * torch.bmm(g, g.transpose(1, 2))).sum((1, 2))

    def summed(self, factors: Tensor | None) -> dict[str, Tensor]:
        """See `StackedLayer`."""
        found = {}
        a, g = self._matrices()
        if "weight" in self.trained:
            found["weight"] = self._as_weight(self._weight_sum(a, g, factors))
        if "bias" in self.trained:
            found["bias"] = self._bias_sum(g[:, 0] if g.shape[1] == 1 else g.sum(1), factors)
        return found

    def _bias_sum(self, g: Tensor, factors: Tensor | None) -> Tensor:
        each = self._by_model(g)
        if factors is None:
            return each.sum(1)
        return torch.bmm(factors.view(self.models, 1, -1), each)[:, 0]

    def _weight_sum(self, a: Tensor, g: Tensor, factors: Tensor | None) -> Tensor:
        if self._products is not None and factors is not None:
            each = self._products.view(self.models, -1, a.shape[2] * g.shape[2])
            return torch.bmm(factors.view(self.models, 1, -1), each).view(self.models, g.shape[2], a.shape[2])
        a, g = self._by_model(a).flatten(1, 2), self._by_model(weighed(g, factors)).flatten(1, 2)
        return products(g, a)

    def forget(self) -> None:
        """See `StackedLayer`."""
        super().forget()
        self._products = None


def products(g: Tensor, a: Tensor) -> Tensor:
    """`g^T a` of every matrix, contiguous; the wider one stands on the right, as few columns there cost up to 5 times.

    Args:
        g: Float [matrices, rows, outputs].
        a: Float [matrices, rows, inputs].
    """
    if a.shape[2] >= g.shape[2]:
        return torch.bmm(g.transpose(1, 2), a)
    return torch.bmm(a.transpose(1, 2), g).transpose(1, 2).contiguous()


def materialises(positions: int, inputs: int, outputs: int) -> bool:
    """Whether every record's gradient is cheaper written out than its norm taken from Gram matrices.

    A rule and not a measurement: it decides on rounding, and the same run has to give the same bytes twice.

    Args:
        positions: positions at which the matrix is applied.
        inputs: its columns.
        outputs: its rows.
    """
    written_out = positions * inputs * outputs + _TRAFFIC * inputs * outputs
    gram = positions**2 * (inputs + outputs) + positions * inputs * outputs
    return written_out < gram


Enter = Callable[[Tensor], None]


class _Multiply(torch.autograd.Function):
    """Every model's rows times its own matrix; what comes back is entered into a ledger, and no further."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None, enter: Enter | None) -> Tensor:
        """Multiply rows [models, rows, inputs] by weight [models, outputs, inputs]."""
        ctx.save_for_backward(weight)
        ctx.enter = enter
        if bias is None:
            return torch.bmm(rows, weight.transpose(1, 2))
        return torch.baddbmm(bias[:, None], rows, weight.transpose(1, 2))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, None, None, None]:
        """The gradient at the input; that of the weights follows from the ledger."""
        (weight,) = ctx.saved_tensors
        if ctx.enter is not None:
            ctx.enter(g.contiguous())
        return torch.bmm(g, weight) if ctx.needs_input_grad[0] else None, None, None, None


class StackedLinear(ProductLayer):
    """`nn.Linear` of several models: one batched product."""

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__(layers)
        if layers[0].bias is None:
            self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply every model's part by its own matrix.

        Args:
            x: Float [models * batch, ..., inputs].
        """
        rows = self._by_model(x).reshape(self.models, -1, x.shape[-1])
        enter = self._entry(x) if self.recording and self.trained else None
        y: Tensor = _Multiply.apply(rows, self.weight, self.bias, enter)
        return y.view(*x.shape[:-1], -1)

    def _entry(self, x: Tensor) -> Enter:
        given = x.detach()
        return lambda g: self._ledger.append((given, g.view(*given.shape[:-1], -1)))

    def _matrices(self) -> tuple[Tensor, Tensor]:
        a, g = zip(*((_positions(a), _positions(g)) for a, g in self._ledger), strict=True)
        return joined(a), joined(g)

    def _as_weight(self, product: Tensor) -> Tensor:
        return product


def _positions(x: Tensor) -> Tensor:
    """[records, ..., features] as [records, positions, features]."""
    return x.reshape(len(x), -1, x.shape[-1])


def joined(parts: Sequence[Tensor]) -> Tensor:
    """The uses of one layer within a pass, side by side: their positions add up into one gradient.

    Args:
        parts: each Float [records, positions, features].
    """
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), dim=1)
