"""A checked file of outputs: what models say of records, as the rest of the project knows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attacks.evidence import Evidence
from audit.data.base import Dataset, Strings
from audit.groups import record_columns
from audit.halves import is_paired
from audit.pool import Pool

Bools = NDArray[np.bool_]

ARM = "scored"
"""Name of the one arm of a result that was read from a file."""

FEWEST_MODELS = 4
"""As few models as `audit run` trains are a pool: figures then range over models, and memorization can be read."""


@dataclass(frozen=True)
class Scored:
    """A file of outputs.

    Attributes:
        source: the file, as the person named it.
        digest: SHA-256 of the file.
        dataset: names, labels and groups of the records and of the population; features where there are some.
        evidence: what the models say; partners side by side.
        targets: Bool [models]; the models under audit.
        population_correct: Bool [models, population]; None where it is not known.
        seconds: Float [models]; None where it is not known.
        has_labels: whether the records' classes are known.
        has_population_labels: whether those of the population are known too.
        notes: what was done to the file, in sentences.
        warnings: what limits the answer, in sentences.
        units: Str [records]; records of one name were IN and OUT together; None where each has a coin of its own.
    """

    source: str
    digest: str
    dataset: Dataset
    evidence: Evidence
    targets: Bools
    population_correct: Bools | None
    seconds: NDArray[np.floating] | None
    has_labels: bool
    has_population_labels: bool
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    units: Strings | None = None

    @property
    def models(self) -> int:
        """Number of models under audit."""
        return int(self.targets.sum())

    @property
    def references(self) -> int:
        """Number of models that are references alone."""
        return len(self.targets) - self.models

    @property
    def is_pool(self) -> bool:
        """Whether all models are under audit and are enough to speak of others of their kind."""
        membership = self.evidence.membership
        both = bool((membership.any(axis=1) & ~membership.all(axis=1)).all())
        return bool(self.targets.all()) and both and self.models >= FEWEST_MODELS and self.has_references

    @property
    def has_references(self) -> bool:
        """Whether a target has any model outside its pair."""
        return len(np.unique(self.evidence.pair)) > 1

    @property
    def splits_again(self) -> bool:
        """Whether several models of one draw of coins were trained on the very same records: seeds of one split."""
        membership, pair = self.evidence.membership, self.evidence.pair
        units = [membership[pair == number] for number in np.unique(pair)]
        return any(len(np.unique(unit, axis=0)) < len(unit) for unit in units if len(unit) > 1)

    @property
    def columns(self) -> dict[str, Strings]:
        """Column -> Str [records]; the class, where it is known, and the columns to report by."""
        return {name: held for name, held in record_columns(self.dataset).items() if name != "class" or self.has_labels}

    @cached_property
    def pool(self) -> Pool | None:
        """The models as a pool of independent coins, for statistics of correctness; None where the file holds none."""
        evidence, seconds = self.evidence, self.seconds
        if not self.is_pool or evidence.correct is None or self.splits_again:
            return None
        right = self.population_correct
        right = np.zeros((self.models, 0), np.bool_) if right is None else right
        return Pool(
            arm=ARM,
            membership=evidence.membership,
            phi=evidence.phi,
            correct=evidence.correct,
            test_phi=np.zeros((*right.shape, 1)),
            test_correct=right,
            paired=is_paired(evidence.membership, evidence.pair),
            seconds=np.zeros(0) if seconds is None else seconds.astype(np.float64),
            numbers=evidence.pair,
        )
