"""All that an arm's models show about its epsilon, before any claim is held against it."""

from __future__ import annotations

from dataclasses import dataclass

from attacks import Evidence, UnscorableError
from audit.epsilon.runs import RunProof, run_proof
from audit.epsilon.trials import TrialProof, trial_proof
from bounds import Counts, epsilon_from_counts, one_run_epsilon

PROVED = 2
"""Methods whose bounds are proved; each gets its share of alpha, so that all hold together."""


@dataclass(frozen=True)
class Proof:
    """What one arm's models show.

    Attributes:
        trials: the outcomes of one record over models; a reason where there are none.
        runs: guesses of many coins a model; a reason where there are none.
        delta: at which bounds are stated.
        alpha: chance that any of the proved bounds is above the true epsilon.
        methods: how many bounds are proved; they share alpha.
    """

    trials: TrialProof | str
    runs: RunProof | str
    delta: float
    alpha: float
    methods: int = PROVED

    @property
    def each(self) -> float:
        """The share of alpha of a proved bound."""
        return self.alpha / self.methods

    @property
    def proved(self) -> float:
        """The largest proved bound on epsilon; 0 proves nothing."""
        by_trials = epsilon_of_counts(self, self.trials.counts) if isinstance(self.trials, TrialProof) else 0.0
        return max(by_trials, epsilon_of_guesses(self, self.runs) if isinstance(self.runs, RunProof) else 0.0)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something is missing."""
        return tuple(dict.fromkeys(part for part in (self.trials, self.runs) if isinstance(part, str)))


def epsilon_of_counts(proof: Proof, counts: Counts) -> float:
    """The bound that one record's counts prove, at a proof's delta and share of alpha.

    Args:
        proof: levels and delta.
        counts: of independent trials.
    """
    numbers = (counts.tp, counts.members, counts.fp, counts.non_members)
    return float(epsilon_from_counts(*numbers, proof.delta, proof.each))


def epsilon_of_guesses(proof: Proof, found: RunProof) -> float:
    """The bound that guesses prove, at a proof's delta and share of alpha.

    Args:
        proof: levels and delta.
        found: the guesses.
    """
    return one_run_epsilon(found.coins, found.guesses, found.right_in_all, proof.delta, proof.each)


UNFAIR = "one-run bounds need fair coins, an inclusion rate of 0.5"


def proof_of(evidence: Evidence, delta: float, alpha: float, fair: bool = True, refused: str = "") -> Proof:
    """Try a record over models and guess coins within models, each as it was settled on other models.

    Args:
        evidence: the pool, canaries and all.
        delta: at which bounds are stated, in [0, 1).
        alpha: chance that any proved bound is above the true epsilon, in (0, 1).
        fair: whether every record was IN by a fair coin.
        refused: why nothing may be proved from these memberships at all; empty where there is no such reason.
    """
    if refused:
        return Proof(refused, refused, delta, alpha)
    trials: TrialProof | str
    runs: RunProof | str
    try:
        trials = trial_proof(evidence, delta, alpha / PROVED)
    except UnscorableError as error:
        trials = str(error)
    try:
        runs = run_proof(evidence, alpha / PROVED) if fair else UNFAIR
    except UnscorableError as error:
        runs = str(error)
    return Proof(trials, runs, delta, alpha)
