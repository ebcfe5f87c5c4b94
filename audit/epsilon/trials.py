"""Trials of one record: which of its IN and OUT models an attacker calls by their name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacks import Evidence, UnscorableError
from audit.epsilon.roles import RULE, independent_trials
from bounds.counts import Counts
from bounds.rules import Certified

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

FEWEST_UNITS = 4
"""One chooses, three are tried."""


@dataclass(frozen=True)
class TrialProof:
    """What the record that stands out on the choosing models shows on the others.

    Attributes:
        record: its index.
        by_correctness: whether "the model is right about it" was chosen as the attack, or a threshold on its signal.
        threshold: of its score; a model above it is called a member.
        certified: what the rule found.
        members: Float; its score under the trial models that were trained on it.
        non_members: Float; under those that were not.
    """

    record: int
    by_correctness: bool
    threshold: float
    certified: Certified
    members: Floats
    non_members: Floats

    @property
    def counts(self) -> Counts:
        """The counts at the threshold."""
        return self.certified.counts


def trial_proof(evidence: Evidence, delta: float, alpha: float) -> TrialProof:
    """Choose a record, an attack and a threshold on some models and try them on the others.

    A record's score is the mean over views of its label's log-odds, which for one record is every attack that rises
    with it; or, if that is known, whether the model is right. Neither needs a reference.

    Args:
        evidence: the pool.
        delta: at which the choice is made, in [0, 1).
        alpha: level at which it is made, in (0, 1).

    Raises:
        UnscorableError: if there are too few models, or the record that is chosen was never IN or never OUT of them.
    """
    if len(np.unique(evidence.pair)) < FEWEST_UNITS:
        raise UnscorableError(f"trials of a record need {FEWEST_UNITS} independent models or pairs")
    evidence = evidence.take(independent_trials(evidence.membership, evidence.pair))
    signal, records = np.asarray(evidence.phi.mean(axis=2), np.float64), evidence.phi.shape[1]
    ways = [signal] if evidence.correct is None else [signal, evidence.correct.astype(np.float64)]
    scores, inside = np.concatenate(ways, axis=1), np.tile(evidence.membership, len(ways))
    certified = RULE.certify(scores, inside, evidence.pair, delta, alpha)
    column = certified.record
    tried = ~RULE.choosing(evidence.pair)
    score, is_in = scores[tried, column], inside[tried, column]
    if is_in.all() or not is_in.any():
        side = "IN" if is_in.all() else "OUT of"
        raise UnscorableError(f"the record that stands out was {side} every model that it could be tried on")
    return TrialProof(column % records, column >= records, certified.threshold, certified, score[is_in], score[~is_in])


def when_called(found: TrialProof) -> str:
    """When the attack calls a model one that was trained on the record, a clause."""
    return "the model is right about it" if found.by_correctness else "its label's log-odds reach a threshold"
