"""The reference attack: the target's loss on a record against those of models that never saw it."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.base import Attack, Evidence, Floats, register
from attacks.ranks import share_below_by_record


@register
@dataclass(frozen=True, slots=True)
class Reference(Attack):
    """Score the share of OUT references whose loss on the record is higher (Attack-R of Ye et al. 2022).

    With n OUT references the score has n + 1 values and ties to match: it cannot tell false-positive rates
    below about 1 / n apart.
    """

    name = "reference"
    title = "Reference"
    source = "Ye et al. 2022, Attack R, arXiv 2111.09679"
    knowledge = "the target's confidence in the label; reference models that never saw the record"
    references = True

    def scores(self, evidence: Evidence) -> Floats:
        """The share of OUT references below (see `Attack.scores`); NaN without an OUT reference."""
        return share_below_by_record(evidence.log_confidence, ~evidence.membership, evidence.pair)
