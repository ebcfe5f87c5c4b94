"""Messages of a small grammar: a text to try the experiment on where there is no file."""

from __future__ import annotations

import string

import numpy as np

WORDS: dict[str, tuple[str, ...]] = {
    "name": ("anna", "ben", "carla", "david", "emma", "felix", "greta", "hugo", "iris", "jonas", "karin", "leo",
             "maria", "nils", "olga", "paul", "rosa", "simon", "tina", "victor"),
    "place": ("the station", "the library", "the lake", "the old mill", "the market", "the office", "the school",
              "the corner shop", "the bridge", "the park", "the harbour", "my house"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow", "tonight"),
    "thing": ("the keys", "a cake", "the blue folder", "some bread", "the tickets", "your umbrella", "the charger",
              "two chairs", "the big tent", "a bottle of milk", "the map", "an old radio"),
    "deed": ("call", "write to", "wait for", "ask", "thank", "pick up", "look for", "help"),
    "mood": ("tired", "happy", "late", "hungry", "fine", "ill", "busy", "ready", "lost", "nervous"),
    "work": ("paint the door", "fix the bike", "water the plants", "feed the cat", "finish the report",
             "clean the kitchen", "book the train", "pack the bags", "move the car"),
    "hour": tuple(f"{hour}:{minute}" for hour in range(7, 22) for minute in ("00", "15", "30", "45")),
    "sum": tuple(f"{euros}.{cents}" for euros in range(3, 80) for cents in ("00", "20", "50", "90")),
    "house": tuple(str(number) for number in range(1, 150)),
}  # fmt: skip
"""What stands for a word of a pattern."""

PATTERNS = (
    "hi {name}, see you at {place} at {hour}",
    "can you bring {thing} to {place}?",
    "{name} is {mood} and back by {hour}",
    "please {deed} {name} before {hour}",
    "we have to {work} {day}",
    "sorry, i am {mood}. is {day} at {hour} fine?",
    "{thing} cost {sum} at {place}",
    "i left {thing} with {name}",
    "did {name} {work}? i am {mood}",
    "the bus to {place} goes at {hour}",
    "{name} lives at number {house}",
    "do not forget to {deed} {name} {day}",
    "you owe {name} {sum} for {thing}",
    "{day} is {name}'s birthday",
)


def messages(count: int, seed: int) -> list[str]:
    """Distinct messages.

    Args:
        count: how many; far fewer than the grammar has, tens of thousands.
        seed: draws them.
    """
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_filled(PATTERNS[rng.integers(len(PATTERNS))], rng)] = None
    return list(found)


def _filled(pattern: str, rng: np.random.Generator) -> str:
    parts = string.Formatter().parse(pattern)
    return "".join(text + (str(rng.choice(WORDS[name])) if name else "") for text, name, _, _ in parts)
