"""The tests of a claim: what was seen, and whether it is possible under the accountant's trade-off curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.caps import TESTS, cap_violations, largest_provable
from audit.epsilon.proof import Proof
from audit.epsilon.runs import RunProof
from audit.epsilon.trials import TrialProof, when_called
from audit.memorization import MemorizationScores
from bounds import one_run_refutes
from bounds.counts import Counts, refutes
from bounds.tradeoff import TradeOff
from reports.numbers import count, percent
from reports.result import ClaimTest

LISTED = 20


@dataclass(frozen=True)
class Seen:
    """What an arm's models show.

    Attributes:
        proof: of one record and of guesses.
        memories: memorization of the natural records; None where it is not known.
        models: models of the arm.
        hint: what would make the tests sharper, a sentence; empty if nothing easy would.
    """

    proof: Proof
    memories: MemorizationScores | None
    models: int
    hint: str = ""


@dataclass(frozen=True)
class Claim:
    """What an arm claims.

    Attributes:
        curve: the accountant's trade-off curve.
        cap: the highest memorization that it allows, delta at epsilon 0, in [0, 1].
        epsilon: the claimed epsilon.
    """

    curve: TradeOff
    cap: float
    epsilon: float


def claim_tests(seen: Seen, claim: Claim, ids: Sequence[str], control: Seen | None) -> Iterator[ClaimTest]:
    """All tests that can be made of a claim; they share one alpha.

    Args:
        seen: what the arm under DP shows.
        claim: what it claims.
        ids: [records]; names of the records, canaries last.
        control: what the arm without DP shows; None if there is none.
    """
    if isinstance(seen.proof.trials, TrialProof):
        yield _record_test(seen.proof.trials, seen.proof, claim, ids, control)
    if isinstance(seen.proof.runs, RunProof):
        yield _run_test(seen.proof.runs, seen.proof, claim, control)
    if seen.memories is not None:
        yield _memorization_test(seen.memories, seen.proof, claim, ids, control)


def _record_test(found: TrialProof, proof: Proof, claim: Claim, ids: Sequence[str], control: Seen | None) -> ClaimTest:
    counts, alpha = found.counts, proof.alpha / TESTS
    refuted = counts_refute(counts, claim, alpha)
    other = control.proof.trials if control else None
    return ClaimTest(
        name="record",
        what="one record, chosen on other models: how often an attack calls it a member",
        alpha=alpha,
        refuted=refuted,
        could_refute=counts_refute(without_mistake(counts), claim, alpha),
        control_refutes=counts_refute(other.counts, claim, alpha) if isinstance(other, TrialProof) else None,
        evidence=(
            f"{when_called(found)} in {counts.tp} of {counts.members} models with the record and in {counts.fp} of "
            f"{counts.non_members} without it"
        ),
        record_ids=(ids[found.record],) if refuted else (),
    )


def _run_test(found: RunProof, proof: Proof, claim: Claim, control: Seen | None) -> ClaimTest:
    alpha, other = proof.alpha / TESTS, control.proof.runs if control else None
    right, guesses, coins = (count(n) for n in (found.right_in_all, found.guesses, found.coins))
    return ClaimTest(
        name="one-run",
        what="guesses of many coins in every model",
        alpha=alpha,
        refuted=guesses_refute(found, claim, alpha),
        could_refute=guesses_refute(found.without_mistake, claim, alpha),
        control_refutes=guesses_refute(other, claim, alpha) if isinstance(other, RunProof) else None,
        evidence=f"{right} of {guesses} guesses are right, of {coins} coins",
    )


def _memorization_test(
    memories: MemorizationScores, proof: Proof, claim: Claim, ids: Sequence[str], control: Seen | None
) -> ClaimTest:
    found = cap_violations(memories, claim.cap)
    others = control.memories if control else None
    return ClaimTest(
        name="memorization",
        what="the memorization of every natural record, corrected for looking at all of them",
        alpha=proof.alpha / TESTS,
        refuted=len(found) > 0,
        could_refute=largest_provable(memories) > claim.cap,
        control_refutes=len(cap_violations(others, claim.cap)) > 0 if others else None,
        evidence=f"{count(len(found))} records are proved to be memorized beyond the cap of {percent(claim.cap)}",
        record_ids=tuple(ids[record] for record in found[:LISTED]),
    )


def counts_refute(counts: Counts, claim: Claim, alpha: float) -> bool:
    """Whether a record's counts are impossible under a claim.

    Args:
        counts: of independent trials.
        claim: what is claimed.
        alpha: chance of a false alarm, in (0, 1).
    """
    return refutes(claim.curve, counts.tp, counts.members, counts.fp, counts.non_members, alpha)


def guesses_refute(found: RunProof, claim: Claim, alpha: float) -> bool:
    """Whether so many right guesses are impossible under a claim.

    Args:
        found: the guesses.
        claim: what is claimed.
        alpha: chance of a false alarm, in (0, 1).
    """
    return one_run_refutes(claim.curve, found.coins, found.guesses, found.right_in_all, alpha)


def without_mistake(counts: Counts) -> Counts:
    """The counts of an attack on the same trials that is never wrong."""
    return Counts(counts.members, counts.members, 0, counts.non_members)
