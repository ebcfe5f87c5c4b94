"""A pool: who was IN which model, and what every model says of every record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacks.evidence import Evidence
from audit.data.base import Dataset
from audit.errors import PoolError
from reports.result import PrivacyGuarantee

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


OF_RECORDS = ("membership", "phi", "correct", "views_correct", "entropy", "modified_entropy", "top")
"""Arrays whose second axis is that of the records."""


@dataclass(frozen=True)
class Pool:
    """All models of one arm; frozen, its arrays read-only, its invariants checked once.

    Attributes:
        arm: name of the arm.
        membership: Bool [models, records]; True where the record is IN the training set.
        phi: Float64 [models, records, views]; log-odds of the label.
        correct: Bool [models, records].
        test_phi: Float64 [models, test records, views].
        test_correct: Bool [models, test records].
        paired: models 2j and 2j+1 are complements of each other.
        guarantee: what DP training promised, its epsilon read back from the accountant; None without DP.
        seconds: training time of each model, [models].
        views_correct: Bool [models, records, views]; None, as the rest, where only phi is known.
        entropy: Float [models, records, views]; of the outputs, in nats.
        modified_entropy: Float [models, records, views].
        top: Float [models, records, views, places]; logarithms of the highest probabilities.
        numbers: Int [models]; models of one number drew their coins together; None where `paired` says all.
    """

    arm: str
    membership: Bools
    phi: Floats
    correct: Bools
    test_phi: Floats
    test_correct: Bools
    paired: bool
    guarantee: PrivacyGuarantee | None = None
    seconds: Floats = field(default_factory=lambda: np.zeros(0))
    views_correct: Bools | None = None
    entropy: NDArray[np.floating] | None = None
    modified_entropy: NDArray[np.floating] | None = None
    top: NDArray[np.floating] | None = None
    numbers: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        problems = self._problems()
        if problems:
            raise PoolError(
                f"the pool of arm {self.arm!r} is inconsistent: " + "; ".join(problems), "retrain it with --repair"
            )
        for array in self._of_models().values():
            array.setflags(write=False)

    def _of_models(self) -> dict[str, NDArray[Any]]:
        """Every array that there is; all have a models axis."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: array for name, array in held.items() if isinstance(array, np.ndarray)}

    def _problems(self) -> list[str]:
        models, records = self.membership.shape
        complement = self.paired and models % 2 == 0
        checks = {
            "phi is not [models, records, views]": self.phi.shape[:2] == (models, records) and self.phi.ndim == 3,
            "correct is not [models, records]": self.correct.shape == (models, records),
            "test_correct is not [models, test records]": self.test_correct.shape[0] == models,
            "test_phi and test_correct differ in shape": self.test_phi.shape[:2] == self.test_correct.shape,
            "a signal is NaN": not any(np.isnan(a).any() for a in self._of_models().values() if a.dtype.kind == "f"),
            "outputs are not [models, records, views]": all(
                held is None or held.shape[:3] == self.phi.shape
                for held in (self.views_correct, self.entropy, self.modified_entropy, self.top)
            ),
            "a pair is incomplete": complement or not self.paired,
            "a pair is not complementary": not complement
            or bool((self.membership[0::2] != self.membership[1::2]).all()),
        }
        return [problem for problem, holds in checks.items() if not holds]

    @property
    def models(self) -> int:
        """Number of models."""
        return self.membership.shape[0]

    @property
    def pair(self) -> NDArray[np.int64]:
        """Int [models]: models of one number drew their coins together."""
        if self.numbers is not None:
            return self.numbers
        numbers = np.arange(self.models)
        return numbers // 2 if self.paired else numbers

    @property
    def evidence(self) -> Evidence:
        """The pool as an attacker sees it, who does not know the records' features and labels."""
        outputs = (self.entropy, self.modified_entropy, self.top, self.views_correct)
        population = self.test_phi if self.test_phi.shape[1] else None
        return Evidence(self.membership, self.phi, self.correct, self.pair, *outputs, population)

    def evidence_on(self, dataset: Dataset) -> Evidence:
        """The pool as an attacker sees it, who also has the records.

        Args:
            dataset: the records; without features where only their names are known.
        """
        return replace(self.evidence, labels=dataset.y, features=dataset.x if dataset.x.size else None)

    def promising(self, guarantee: PrivacyGuarantee | None) -> Pool:
        """The same pool with what DP training promised for it."""
        return replace(self, guarantee=guarantee)

    def natural(self, canaries: int) -> Pool:
        """The pool on the natural records alone.

        Args:
            canaries: how many of the last records are none.
        """
        kept = slice(0, self.membership.shape[1] - canaries)
        held = {name: getattr(self, name) for name in OF_RECORDS}
        return replace(self, **{name: array[:, kept] for name, array in held.items() if array is not None})

    def take(self, models: NDArray[np.int64]) -> Pool:
        """The pool of some of the models, whole pairs only.

        Args:
            models: Int; indices into the models axis, partners side by side.
        """
        taken: dict[str, Any] = {name: array[models] for name, array in self._of_models().items() if len(array)}
        return replace(self, **taken)
