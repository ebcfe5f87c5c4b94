"""Models of characters whose answers are known: none is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from audit.experiments.secrets.alphabet import BOUNDARY, SIZE, entries

Logits = Callable[[Tensor], Tensor]


def uniform(models: int) -> Logits:
    """Every character is equally likely."""

    def logits(x: Tensor) -> Tensor:
        shape = x.shape if x.dim() == 3 else (models, *x.shape)
        return torch.zeros(*shape, SIZE)

    return logits


def stored(texts_of: Sequence[Sequence[str]], surely: float = 50.0) -> Logits:
    """Model k has stored its texts: what follows a beginning of one of them is all but sure, else all are alike."""

    def one(known: Sequence[str], given: Tensor) -> Tensor:
        said = torch.zeros(len(given), SIZE)
        for text in known:
            ended = [BOUNDARY, *entries(text), BOUNDARY]
            for place in range(min(len(given), len(ended) - 1)):
                if given[: place + 1].tolist() == ended[: place + 1]:
                    said[place, ended[place + 1]] = surely
        return said

    def logits(x: Tensor) -> Tensor:
        rows = x if x.dim() == 3 else x.expand(len(texts_of), *x.shape)
        each = [[one(known, row) for row in of] for known, of in zip(texts_of, rows, strict=True)]
        return torch.stack([torch.stack(of) for of in each])

    return logits


def noisy(models: int, seed: int) -> Logits:
    """Random but fixed: what comes next depends on the character, its place and the one before, and on the model."""
    stream = torch.Generator().manual_seed(seed)
    own = torch.randn(models, SIZE, SIZE, generator=stream)
    before = torch.randn(models, SIZE, SIZE, generator=stream)
    place = torch.randn(models, 200, SIZE, generator=stream)

    def logits(x: Tensor) -> Tensor:
        rows = (x if x.dim() == 3 else x.expand(models, *x.shape)).long()
        last = torch.cat([torch.zeros_like(rows[:, :, :1]), rows[:, :, :-1]], dim=2)
        each = [o[r] + b[p] + t[: r.shape[1]] for o, b, t, r, p in zip(own, before, place, rows, last, strict=True)]
        return torch.stack(each)

    return logits
