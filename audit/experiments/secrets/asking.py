"""What a character model is asked: how likely sentences are, and which ones are likeliest."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from audit.experiments.secrets.alphabet import BOUNDARY, entries
from audit.experiments.secrets.formats import Format
from audit.training.losses import PADDING

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Logits = Callable[[Tensor], Tensor]
"""From Float [rows, positions], the same for all models, or [models, rows, positions], to Float [models, rows,
positions, alphabet]: what several models say of the next character."""

AT_ONCE = 2**14
"""The most characters of a model that pass through it at once."""


def fill_bits(logits: Logits, format_: Format, fills: Ints, device: str = "cpu") -> Floats:
    """Log-perplexity of fill-ins, Float64 [models, fills]: the sum over the random characters of -log2 p.

    Every character is given those before it as they are (Carlini et al. 2019, arXiv 1802.08232, definition 2). The
    fixed characters are left out: whoever knows the format knows them.

    Args:
        logits: the models.
        format_: the format.
        fills: Int [fills, slots].
        device: where the models are.
    """
    given, asked = (torch.from_numpy(array).to(device) for array in (format_.given(fills), format_.asked(fills)))
    slots = torch.tensor(format_.slots, device=device)
    at_once = max(1, AT_ONCE // format_.positions)

    def of(part: Tensor, wanted: Tensor) -> Tensor:
        said = _log2(logits(part.float())[:, :, slots])
        return -said.gather(3, wanted.expand(len(said), *wanted.shape)[..., None])[..., 0].sum(2)

    parts = zip(given.split(at_once), asked.split(at_once), strict=True)
    return torch.cat([of(*part) for part in parts], dim=1).cpu().numpy()


def text_bits(logits: Logits, x: Tensor, y: Tensor) -> Floats:
    """Log-perplexity of whole texts, Float64 [models, texts], their ends included.

    Args:
        logits: the models.
        x: Float [texts, positions].
        y: Int [texts, positions]; `PADDING` counts nothing.
    """

    def of(part: Tensor, wanted: Tensor) -> Tensor:
        said = _log2(logits(part))
        index = wanted.clamp(min=0).expand(len(said), *wanted.shape)[..., None]
        return -(said.gather(3, index)[..., 0] * (wanted != PADDING)).sum(2)

    at_once = max(1, AT_ONCE // x.shape[1])
    parts = zip(x.split(at_once), y.split(at_once), strict=True)
    return torch.cat([of(*part) for part in parts], dim=1).cpu().numpy()


def beams(logits: Logits, models: int, format_: Format, width: int, device: str = "cpu") -> Ints:
    """The likeliest fill-ins that a beam search finds, Int64 [models, width or fewer, slots], the likeliest first.

    At every random character the search goes on with the likeliest beginnings, by the sum of log p of the random
    characters, and with those characters alone that the format allows; a width of the number of sentences or more
    is an exhaustive search.

    Args:
        logits: the models.
        models: how many they are.
        format_: the format; the search begins after its fixed beginning.
        width: beginnings that are kept.
        device: where the models are.
    """
    given = torch.full((models, 1, 1), float(BOUNDARY), device=device)
    score = torch.zeros(models, 1, dtype=torch.float64, device=device)
    chosen = torch.zeros(models, 1, 0, dtype=torch.int64, device=device)
    for place, signs in enumerate(format_.signs[: format_.positions]):
        entry = torch.tensor(entries(signs), device=device)
        if len(signs) == 1:
            given = torch.cat([given, entry.float().expand(*given.shape[:2], 1)], dim=2)
            continue
        total = score[:, :, None] + _log2(logits(given)[:, :, place])[:, :, entry]
        score, best = total.flatten(1).topk(min(width, total[0].numel()), dim=1)
        parent, sign = best // len(signs), best % len(signs)
        given = torch.cat([_rows(given, parent), entry[sign].float()[:, :, None]], dim=2)
        chosen = torch.cat([_rows(chosen, parent), sign[:, :, None]], dim=2)
    return chosen.cpu().numpy()


def places(found: Ints, fills: Ints) -> Ints:
    """At which place among the likeliest each fill-in was found, Int64 [models, fills], from 1; 0 where it was not.

    Args:
        found: Int [models, width, slots].
        fills: Int [fills, slots].
    """
    same = (found[:, None] == fills[None, :, None]).all(axis=3)
    return np.where(same.any(axis=2), same.argmax(axis=2) + 1, 0)


def _log2(logits: Tensor) -> Tensor:
    return logits.double().log_softmax(-1) / math.log(2)


def _rows(x: Tensor, parent: Tensor) -> Tensor:
    return x.gather(1, parent[:, :, None].expand(*parent.shape, x.shape[2]))
