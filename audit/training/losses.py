"""The loss of every record, whatever a record's label is: a class, or a class at every position of a sequence."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

PADDING = -100
"""The label of a position that is no part of a sequence."""


def record_losses(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of every record, Float [records].

    Of a sequence it is the sum over its positions divided by the number of all positions, padding among them: a public
    constant, so that every position counts the same in short and in long sequences.

    Args:
        logits: Float [records, classes], or [records, positions, classes].
        y: Int [records], or [records, positions] with `PADDING` where a sequence has ended.
    """
    if y.dim() == 1:
        return functional.cross_entropy(logits, y, reduction="none")
    each = functional.cross_entropy(logits.transpose(1, 2), y, reduction="none", ignore_index=PADDING)
    return each.mean(1)


def summed_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Sum of the records' losses, a scalar.

    Args:
        logits: Float [records, classes], or [records, positions, classes].
        y: Int [records], or [records, positions].
    """
    if y.dim() == 1:
        return functional.cross_entropy(logits, y, reduction="sum")
    return torch.sum(record_losses(logits, y))
