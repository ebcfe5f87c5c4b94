"""The secrets of an experiment: drawn, repeated, and put into the training texts by fair coins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.data.base import Dataset
from audit.errors import ConfigError
from audit.experiments.secrets.alphabet import CLASS_NAMES, sequences
from audit.experiments.secrets.formats import Format
from audit.experiments.secrets.texts import Texts
from audit.membership import membership_matrix

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROOM = 2
"""So many times as many sentences as are drawn must there be in a format; or drawing distinct ones takes long."""


@dataclass(frozen=True)
class Planting:
    """Secrets and references, all of them distinct and drawn alike: a secret that was left out is one of many.

    Attributes:
        format: what is known of a secret.
        repeats: how often a secret of each level stands in the training text, rising.
        secrets: Int [secrets, slots]; fill-ins, level by level, as many of each.
        references: Int [references, slots]; fill-ins that stand nowhere.
    """

    format: Format
    repeats: tuple[int, ...]
    secrets: Ints
    references: Ints

    @property
    def level(self) -> Ints:
        """Int [secrets]; place of the secret's level among the repeats."""
        return np.repeat(np.arange(len(self.repeats)), len(self.secrets) // len(self.repeats))

    @property
    def copies(self) -> Ints:
        """Int [secrets]; how often each stands in the training text of a model that it is IN."""
        return np.array(self.repeats)[self.level]

    def inside(self, models: int, seed: int) -> Bools:
        """Whose training text a secret is IN, Bool [models, secrets]: a fair coin a secret and pair of models.

        Args:
            models: how many; model 2j+1 has what 2j has not.
            seed: of the coins.
        """
        return membership_matrix(models, len(self.secrets), 0.5, seed)

    def left_out(self, texts: int, models: int, seed: int) -> Bools:
        """What each model is trained without, Bool [models, texts + copies]: of a secret all copies or none.

        Args:
            texts: natural texts; all of them are IN.
            models: how many.
            seed: of the coins.
        """
        out = np.repeat(~self.inside(models, seed), self.copies, axis=1)
        return np.concatenate([np.zeros((models, texts), bool), out], axis=1)

    def dataset(self, texts: Texts, length: int) -> Dataset:
        """The natural texts, then every copy of every secret, as a text by itself.

        Args:
            texts: the natural ones.
            length: positions.
        """
        sentences = [self.format.sentence(fill) for fill in self.secrets]
        copies = [sentence for sentence, count in zip(sentences, self.copies, strict=True) for _ in range(count)]
        x, y = sequences([*texts.train, *copies], length)
        ids = np.array([f"text {n}" for n in range(len(texts.train))] + [f"copy {n}" for n in range(len(copies))])
        return Dataset(texts.name, x, y, *sequences(texts.test, length), ids, CLASS_NAMES, notes=texts.notes)


def planted(
    format_: Format, repeats: Sequence[int], secrets: int, references: int, texts: Texts, seed: int
) -> Planting:
    """Draw secrets and references, uniformly among the sentences of a format that stand in no text.

    Args:
        format_: the format.
        repeats: the levels, rising.
        secrets: secrets a level.
        references: how many.
        texts: the natural texts.
        seed: of the draw.

    Raises:
        ConfigError: if the format has too few sentences.
    """
    count = secrets * len(repeats) + references
    if format_.space < ROOM * count:
        raise ConfigError(
            f"--format: it has {format_.space:,} sentences, and {count:,} secrets and references are to be drawn",
            "take more placeholders, or fewer --references (at least twice as many sentences are needed)",
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2**31,)))
    known = "\n".join((*texts.train, *texts.test))
    found: dict[str, Ints] = {}
    while len(found) < count:
        for fill in format_.drawn(count - len(found), rng):
            sentence = format_.sentence(fill)
            if sentence not in known:
                found.setdefault(sentence, fill)
    fills = np.stack(list(found.values()))
    return Planting(format_, tuple(repeats), fills[:-references], fills[-references:])
