"""Exact copies among the records: they hide each other's memorization."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from audit.data.base import Dataset, Floats32
from audit.data.draft import counted


def duplicates(dataset: Dataset) -> int:
    """How many records under audit have an exact copy of their x among them, whatever its label.

    A record with a copy is seldom OUT in effect: the copy stands in for it, so its memorization and its
    leakage are understated.

    Args:
        dataset: the records.
    """
    return _in_company(_digests(dataset.x))


def duplicate_notes(dataset: Dataset) -> tuple[str, ...]:
    """Sentences on exact copies, among the records under audit and between them and the test set.

    Args:
        dataset: the records.

    Returns:
        No sentence where there is no copy.
    """
    digests = _digests(dataset.x)
    known = set(digests)
    copies, tested = _in_company(digests), sum(digest in known for digest in _digests(dataset.x_test))
    notes = []
    if copies:
        labelled = set(zip(digests, dataset.y.tolist(), strict=True))
        per_digest = Counter(digest for digest, _ in labelled)
        contradicted = sum(per_digest[digest] > 1 for digest in digests)
        notes.append(
            f"{counted(copies, 'record')} have an exact copy among the records under audit, {contradicted:,} of them "
            "a copy with another label: copies hide each other's memorization and leakage."
        )
    if tested:
        notes.append(f"Exact copies of records under audit in the test set: {tested:,}.")
    return tuple(notes)


def _digests(x: Floats32) -> list[bytes]:
    """A digest a record; adding zero makes -0.0 the same as 0.0."""
    return [hashlib.blake2b((row + np.float32(0)).tobytes(), digest_size=16).digest() for row in x]


def _in_company(digests: list[bytes]) -> int:
    return sum(count for count in Counter(digests).values() if count > 1)
