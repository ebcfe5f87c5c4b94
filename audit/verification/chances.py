"""How sure a refutation is: the smallest alpha at which a test refutes a claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from audit.epsilon.proof import Proof
from audit.epsilon.runs import RunProof
from audit.epsilon.trials import TrialProof
from bounds import TradeOff, tradeoff_p_value
from bounds.counts import Counts, refutes

SMALLEST = 1e-15
"""Of floats, 1 - alpha cannot tell a smaller alpha from 0."""
HALVINGS = 40


def chances(proof: Proof, curve: TradeOff) -> dict[str, float]:
    """Of every test of a claim, the smallest alpha at which it alone refutes it.

    Args:
        proof: what the models show.
        curve: what is claimed.

    Returns:
        Name of the test -> in (0, 1]; 1 where nothing speaks against the claim, `SMALLEST` for all that is smaller.
    """
    return {name: max(SMALLEST, chance) for name, chance in _chances(proof, curve)}


def _chances(proof: Proof, curve: TradeOff) -> Iterator[tuple[str, float]]:
    trials, runs = proof.trials, proof.runs
    if isinstance(trials, TrialProof):
        yield "record", chance_of_counts(trials.counts, curve)
    if isinstance(runs, RunProof):
        yield "one-run", tradeoff_p_value(curve, runs.coins, runs.guesses, runs.right_in_all)


def chance_of_counts(counts: Counts, curve: TradeOff) -> float:
    """The smallest alpha at which a record's counts refute a claim: limits move apart as alpha falls.

    Args:
        counts: of independent trials.
        curve: what is claimed.
    """
    c = counts

    def refuted(exponent: float) -> bool:
        return refutes(curve, c.tp, c.members, c.fp, c.non_members, math.exp(exponent))

    return math.exp(_lowest(refuted)) if refuted(-1e-9) else 1.0


def _lowest(refuted: Callable[[float], bool]) -> float:
    """The lowest exponent that refutes, between `SMALLEST` and 0, from above."""
    low, high = math.log(SMALLEST), 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if refuted(middle) else (middle, high)
    return high
