"""BASE: the target's loss against the mean confidence of all references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Bools, Evidence, Floats, Ints, PartsOf, register
from attacks.references import ReferenceAttack, References, Sums, scored

UNDERFLOW = 1e-250
"""A sum of confidences, each over the record's highest, that is smaller is taken again in logarithms."""


@register
@dataclass(frozen=True, slots=True)
class Base(ReferenceAttack):
    """Score `ln p_y(x; target) - ln mean_k p_y(x; k)` over IN and OUT references (Lassila et al. 2025).

    Several views enter as the mean of their ln p_y. Which references a record is IN is not used.
    """

    name = "base"
    title = "BASE"
    source = "Lassila et al. 2025, arXiv 2505.24089"
    knowledge = "the target's confidence in the label; reference models on random halves of the same records"
    references = True

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The log ratio (see `ReferenceAttack.parts`); NaN throughout where the target has no reference."""
        mean = MeanConfidence.of(evidence, group)
        return lambda own: scored(mean.sums.sums(own, leave, every_record), mean.log_ratio)


@dataclass(frozen=True, slots=True)
class MeanConfidence:
    """Mean confidence of references on every record, whose logarithm no confidence is too small for.

    Attributes:
        log_confidence: Float [models, records], at most 0.
        members: Bool [models, records]; which models count as references of which record; None counts all.
        highest: Float [records]; the highest log confidence of any model.
        sums: numbers of references, and sums of their confidence over the highest.
    """

    log_confidence: Floats
    members: Bools | None
    highest: Floats
    sums: References

    @classmethod
    def of(
        cls, evidence: Evidence, group: Ints, members: Bools | None = None, own: Floats | None = None
    ) -> MeanConfidence:
        """Sum the confidences of every group of models.

        Args:
            evidence: the pool.
            group: Int [models]; number of each model's group, from 0 on.
            members: Bool [models, records]; which models count as references; None counts all.
            own: Float [models, records]; log confidences of other records than the pool's; None takes those.
        """
        own = evidence.log_confidence if own is None else own
        highest = own.max(axis=0)

        def terms(models: Ints, records: slice) -> list[Floats]:
            relative = np.exp(own[models, records] - highest[records])
            if members is None:
                return [np.ones_like(relative), relative]
            counted = members[models, records].astype(np.float64)
            return [counted, relative * counted]

        return cls(own, members, highest, References.of(evidence.pair, group, own.shape[1], terms))

    def log_mean(self, at: Sums) -> Floats:
        """Ln of the mean confidence of the references, [targets, records]; NaN where there is no reference.

        Args:
            at: the sums of some targets.
        """
        count, total = at.terms
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log(total / count) + self.highest[at.records]
        small = (total < UNDERFLOW) & (count > 0)
        if small.any():
            for row in np.flatnonzero(small.any(axis=1)).tolist():
                found[row, small[row]] = self._in_logarithms(at, row)[small[row]]
        return np.asarray(found, np.float64)

    def log_mixture(self, weight: float, certain: float, at: Sums) -> Floats:
        """Ln of `weight` times the mean confidence plus `certain`, [targets, records]; NaN without a reference.

        Args:
            weight: positive.
            certain: at least 0; above it no small confidence matters, at 0 none is too small.
            at: the sums of some targets.
        """
        if not certain:
            return np.asarray(self.log_mean(at) + np.log(weight), np.float64)
        count, total = at.terms
        with np.errstate(invalid="ignore"):
            return np.asarray(np.log(weight * np.exp(self.highest[at.records]) * total / count + certain), np.float64)

    def log_ratio(self, at: Sums) -> Floats:
        """Ln of the target's confidence over the references' mean, [targets, records]."""
        return np.asarray(self.log_confidence[at.models, at.records] - self.log_mean(at), np.float64)

    def _in_logarithms(self, at: Sums, row: int) -> Floats:
        """The log mean of one target, summed in logarithms: no confidence is too small for these."""
        references = (self.sums.pair != self.sums.pair[at.models[row]]) & (self.sums.group != at.left_out)
        seen = self.log_confidence[references, at.records]
        if self.members is not None:
            seen = np.where(self.members[references, at.records], seen, -np.inf)
        log_sum = np.logaddexp.reduce(seen, axis=0)
        return np.asarray(log_sum - np.log(at.terms[0][row]), np.float64)
