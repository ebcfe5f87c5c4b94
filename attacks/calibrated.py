"""The calibrated attack: the target's loss, less what the record's loss is anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Evidence, Floats, Ints, PartsOf, register
from attacks.references import ReferenceAttack, References, Sums, scored


@register
@dataclass(frozen=True, slots=True)
class Calibrated(ReferenceAttack):
    """Score the mean loss of OUT references minus the target's (Watson et al. 2022, arXiv 2111.08440)."""

    name = "calibrated"
    title = "Calibrated loss"
    source = "Watson et al. 2022, equation 4, arXiv 2111.08440"
    knowledge = "the target's confidence in the label; reference models that never saw the record"
    references = True

    def parts(self, evidence: Evidence, group: Ints, leave: bool, every_record: bool = False) -> PartsOf:
        """The difference of losses (see `ReferenceAttack.parts`); NaN without an OUT reference."""
        own, out = evidence.log_confidence, ~evidence.membership

        def terms(models: Ints, records: slice) -> list[Floats]:
            counted = out[models, records].astype(np.float64)
            return [counted, own[models, records] * counted]

        def score(at: Sums) -> Floats:
            count, total = at.terms
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(own[at.models, at.records] - total / count, np.float64)

        references = References.of(evidence.pair, group, own.shape[1], terms)
        return lambda of_group: scored(references.sums(of_group, leave, every_record), score)
