"""The format of a secret: what is known of it, and what is drawn at random."""

from __future__ import annotations

import math
import string
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audit.errors import ConfigError
from audit.experiments.secrets.alphabet import BOUNDARY, PRINTABLE, entries

Ints = NDArray[np.int64]

KINDS = {
    "d": string.digits,
    "a": string.ascii_lowercase,
    "A": string.ascii_uppercase,
    "h": "0123456789abcdef",
}
"""Placeholder -> the characters of which one is drawn, uniformly."""

HINT = "placeholders are {d} a digit, {a} a lower-case and {A} an upper-case letter, {h} a hexadecimal digit"


@dataclass(frozen=True)
class Format:
    """A sentence with places for random characters.

    Attributes:
        signs: one string a character of the sentence: the characters that may stand there.
    """

    signs: tuple[str, ...]

    @classmethod
    def parsed(cls, text: str) -> Format:
        """The format that a person writes, such as `my pin is {d}{d}{d}{d}`; `{{` and `}}` are braces.

        Args:
            text: fixed characters, and `{d}`, `{a}`, `{A}` or `{h}` for a random one.

        Raises:
            ConfigError: naming every mistake.
        """
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ConfigError(f"--format {text!r}: {error}", HINT) from error
        signs = [sign for fixed, *place in parts for sign in (*fixed, *_drawn(*place))]
        problems = [f"--format {text!r}: {problem}" for problem in _problems(parts, signs)]
        if problems:
            raise ConfigError.collected(problems, HINT)
        return cls(tuple(signs))

    @cached_property
    def slots(self) -> tuple[int, ...]:
        """The positions of the random characters."""
        return tuple(place for place, signs in enumerate(self.signs) if len(signs) > 1)

    @property
    def positions(self) -> int:
        """Positions up to the last random character, the boundary before the text not counted."""
        return self.slots[-1] + 1

    @property
    def space(self) -> int:
        """Number of sentences of the format."""
        return math.prod(len(self.signs[place]) for place in self.slots)

    @property
    def bits(self) -> float:
        """log2 of the number of sentences: no exposure is higher."""
        return math.log2(self.space)

    @cached_property
    def allowed(self) -> tuple[Ints, ...]:
        """Entries of the alphabet that may stand at each slot."""
        return tuple(np.array(entries(self.signs[place])) for place in self.slots)

    def drawn(self, count: int, rng: np.random.Generator) -> Ints:
        """Fill-ins drawn uniformly, Int64 [count, slots]: places among the characters that are allowed there.

        Args:
            count: how many; with replacement.
            rng: the stream.
        """
        sizes = [len(self.signs[place]) for place in self.slots]
        return rng.integers(0, sizes, (count, len(sizes)))

    def sentence(self, fill: Ints) -> str:
        """The sentence with a fill-in.

        Args:
            fill: Int [slots].
        """
        signs = list(self.signs)
        for place, chosen in zip(self.slots, fill, strict=True):
            signs[place] = self.signs[place][chosen]
        return "".join(signs)

    def given(self, fills: Ints) -> Ints:
        """What a model is given of sentences: the boundary, and all characters before the last random one.

        Args:
            fills: Int [fills, slots].

        Returns:
            Int64 [fills, positions]; at position p stands what comes before character p.
        """
        fixed = [BOUNDARY, *entries("".join(signs[0] for signs in self.signs[: self.positions - 1]))]
        rows = np.tile(np.array(fixed), (len(fills), 1))
        for column, place in enumerate(self.slots[:-1]):
            rows[:, place + 1] = self.allowed[column][fills[:, column]]
        return rows

    def asked(self, fills: Ints) -> Ints:
        """The entries of the random characters, Int64 [fills, slots].

        Args:
            fills: Int [fills, slots].
        """
        return np.stack([self.allowed[column][fills[:, column]] for column in range(len(self.slots))], axis=1)


def _drawn(name: str | None, spec: str | None, conversion: str | None) -> tuple[str, ...]:
    """The characters that a placeholder stands for; empty where it is none that is known."""
    return () if name is None or spec or conversion else tuple(filter(None, [KINDS.get(name)]))


def _problems(parts: list[tuple[str, str | None, str | None, str | None]], signs: list[str]) -> list[str]:
    unknown = [
        f"{{{name}}} is no placeholder" for _, name, *rest in parts if name is not None and not _drawn(name, *rest)
    ]
    fixed = {sign for text, *_ in parts for sign in text}
    strange = sorted(fixed - set(PRINTABLE))
    if strange:
        unknown.append(f"{', '.join(map(repr, strange))} is not printable ASCII")
    if not unknown and not any(len(sign) > 1 for sign in signs):
        unknown.append("it has no placeholder, so there is nothing to draw")
    return unknown
