"""Is DP implemented right? What was seen, held against the accountant's whole trade-off curve.

Three tests share one alpha, so that a correct implementation is called violated with at most that probability. Silence
is worth something only if a violation could have been seen: a claim counts as tested if what training without DP
shows, in the same audit and with as many models, would have refuted it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audit.caps import TESTS
from audit.epsilon.claim_tests import Claim, Seen, claim_tests, counts_refute, guesses_refute, without_mistake
from audit.epsilon.proof import Proof
from audit.epsilon.runs import MOST_GUESSES, RunProof
from audit.epsilon.trials import TrialProof
from bounds.counts import Counts
from reports.epsilon import ClaimTest, SelfCheck, SelfCheckVerdict
from reports.numbers import rounded_down

LARGEST_FACTOR = 64
"""A pool so many times as large is the largest that is thought of."""


def self_check(seen: Seen, claim: Claim, ids: Sequence[str], control: Seen | None = None) -> SelfCheck:
    """Hold what was seen against what is claimed.

    Args:
        seen: what the arm under DP shows.
        claim: what it claims.
        ids: [records]; names of the records, canaries last.
        control: what the arm without DP shows; None takes an attack without a mistake in its place.
    """
    tests = tuple(claim_tests(seen, claim, ids, control))
    refuting = [test for test in tests if test.refuted]
    able = [test for test in tests if _had_power(test)]
    needed = None if refuting or able else _models_needed(control or _perfect(seen), claim)
    verdict: SelfCheckVerdict = "violated" if refuting else "consistent" if able else "not tested"
    said = {
        "violated": lambda: _violated(refuting, claim, seen.proof.proved),
        "consistent": lambda: _consistent(able, len(tests), control is not None),
        "not tested": lambda: _untested(seen, needed, control is not None),
    }[verdict]()
    confidence = 1 - seen.proof.alpha
    return SelfCheck(verdict=verdict, explanation=said, tests=tests, confidence=confidence, models_needed=needed)


def _had_power(test: ClaimTest) -> bool:
    """Whether a violation would have been seen: by the example of training without DP, if there is one.

    That example is better than a perfect attack on the trials as they were chosen: what is tried is chosen by what
    leaks, and under a violation more would have leaked.
    """
    return test.could_refute if test.control_refutes is None else test.control_refutes


def _perfect(seen: Seen) -> Seen:
    """The same models, attacked without a mistake."""
    trials, runs = seen.proof.trials, seen.proof.runs
    if isinstance(trials, TrialProof):
        trials = replace(trials, certified=replace(trials.certified, counts=without_mistake(trials.counts)))
    if isinstance(runs, RunProof):
        runs = runs.without_mistake
    return replace(seen, proof=replace(seen.proof, trials=trials, runs=runs))


def _models_needed(control: Seen, claim: Claim) -> int | None:
    """Models with which rates like those of the control would refute the claim; None if no size thought of does."""
    factor = 2
    while factor <= LARGEST_FACTOR:
        if _scaled_refutes(control.proof, claim, factor):
            return control.models * factor
        factor *= 2
    return None


def _scaled_refutes(proof: Proof, claim: Claim, factor: int) -> bool:
    alpha, found = proof.alpha / TESTS, []
    if isinstance(proof.trials, TrialProof):
        c = proof.trials.counts
        larger = Counts(c.tp * factor, c.members * factor, c.fp * factor, c.non_members * factor)
        found.append(counts_refute(larger, claim, alpha))
    if isinstance(proof.runs, RunProof) and proof.runs.guesses * factor <= 4 * MOST_GUESSES:
        found.append(guesses_refute(replace(proof.runs, right=np.tile(proof.runs.right, factor)), claim, alpha))
    return any(found)


def _violated(refuting: list[ClaimTest], claim: Claim, proved: float) -> str:
    first = refuting[0]
    what = f"{first.what[:1].upper()}{first.what[1:]}"
    where = f" (record {first.record_ids[0]})" if first.record_ids else ""
    above = f"Epsilon is proved to be at least {rounded_down(proved)}."
    whole = "The accountant's whole curve is refuted, though no single epsilon above the claim is proved."
    return (
        f"The training does not keep the epsilon of {claim.epsilon:.3g} that it claims. {what}{where}: "
        f"{first.evidence}, which a training with this guarantee shows with a probability of at most "
        f"{first.alpha:.2g}. {above if proved > claim.epsilon else whole}"
    )


def _consistent(able: list[ClaimTest], tests: int, controlled: bool) -> str:
    shown = "what training without DP shows in as many models" if controlled else "an attack without a mistake"
    names = ", ".join(test.name for test in able)
    return (
        f"Nothing contradicts the guarantee, and a violation would have been seen: {shown} refutes this claim in "
        f"{len(able)} of {tests} tests ({names})."
    )


def _untested(seen: Seen, needed: int | None, controlled: bool) -> str:
    by = "what training without DP shows" if controlled else "an attack without a mistake"
    more = (
        f"About {needed:,} models an arm would do."
        if needed
        else f"Not even {seen.models * LARGEST_FACTOR:,} models an arm would do: the claim is too weak for that."
    )
    said = f"With {seen.models:,} models nothing is known of the guarantee: even {by} would not refute it. {more}"
    return f"{said} {seen.hint}".rstrip()
