"""A small causal Transformer over characters (Vaswani et al. 2017, arXiv 1706.03762; Radford et al. 2019).

Every weight lies in a layer of its own and no two layers share one, so that Opacus and the stacked trainer find every
record's gradient; attention itself has no weights.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LAYERS, WIDTH, HEADS = 2, 64, 4
MODEL = "audit.experiments.secrets.model:characters"
"""Its import path, as a config names it."""


def characters(in_shape: tuple[int, ...], classes: int) -> nn.Module:
    """The model of sequences of a length over an alphabet.

    Args:
        in_shape: one number, the most positions.
        classes: size of the alphabet.
    """
    return Characters(in_shape[0], classes)


class Characters(nn.Module):
    """What comes next at every position, given the characters up to it.

    Args:
        positions: the most positions; shorter sequences are taken, too.
        classes: size of the alphabet.
    """

    def __init__(self, positions: int, classes: int) -> None:
        super().__init__()
        self.character = nn.Embedding(classes, WIDTH)
        self.position = nn.Embedding(positions, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.normal = nn.LayerNorm(WIDTH)
        self.out = nn.Linear(WIDTH, classes)
        for embedding in (self.character, self.position):
            nn.init.normal_(embedding.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the next character, Float [records, positions, classes].

        Args:
            x: [records, positions]; entries of the alphabet as numbers of any type.
        """
        place = torch.arange(x.shape[1], device=x.device).expand(x.shape)
        h = self.character(x.long()) + self.position(place)
        logits: Tensor = self.out(self.normal(self.blocks(h)))
        return logits


class Block(nn.Module):
    """Attention to what came before, then a layer of its own at every position; both on normalised input."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.asked, self.joined = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, h: Tensor) -> Tensor:
        """Float [records, positions, width] to the same shape."""
        h = h + self.joined(attention(self.asked(self.before(h))))
        return h + self.narrow(nn.functional.relu(self.wide(self.between(h))))


def attention(asked: Tensor) -> Tensor:
    """Causal attention of several heads; functional, without weights.

    Args:
        asked: Float [records, positions, 3 * width]; queries, keys and values side by side.

    Returns:
        Float [records, positions, width].
    """
    records, positions, _ = asked.shape
    queries, keys, values = asked.view(records, positions, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
    attend = written_out if asked.is_cuda else nn.functional.scaled_dot_product_attention
    return attend(queries, keys, values, is_causal=True).transpose(1, 2).reshape(records, positions, -1)


def written_out(queries: Tensor, keys: Tensor, values: Tensor, is_causal: bool) -> Tensor:
    """The `scaled_dot_product_attention` of torch in plain products, which are deterministic on a GPU, too.

    Args:
        queries: Float [records, heads, positions, features].
        keys: of the same shape.
        values: of the same shape.
        is_causal: whether a position sees none after it.
    """
    scores = queries @ keys.transpose(2, 3) / math.sqrt(keys.shape[3])
    if is_causal:
        later = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -math.inf)
    return scores.softmax(3) @ values
