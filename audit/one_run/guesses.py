"""What one model says of canaries, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.epsilon.claim_tests import Claim, guesses_refute
from audit.epsilon.proof import Proof, epsilon_of_guesses
from audit.epsilon.runs import RunProof
from audit.epsilon.statements import of_runs
from reports.epsilon import ClaimTest, EpsilonBound, SelfCheck, SelfCheckVerdict
from reports.numbers import count

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GUESS_SHARES = (1.0, 0.5, 0.25, 0.1)
"""Shares of the canaries that are guessed, all of them tried and paid for: one model has no other to settle it on."""
PAID = (
    f"the best of {len(GUESS_SHARES)} numbers of guesses that were fixed in advance, each at its share of alpha "
    "(Bonferroni); as many of the highest scores are guessed to be IN as of the lowest to be OUT"
)
NO_TRIALS = "one record over many models needs many models"


@dataclass(frozen=True)
class Tried:
    """The guesses about one model at every number of guesses.

    Attributes:
        options: the guesses.
        delta: at which bounds are stated.
        alpha: chance that a bound is above the true epsilon, over all options.
    """

    options: tuple[RunProof, ...]
    delta: float
    alpha: float

    @property
    def each(self) -> float:
        """What every option may spend."""
        return self.alpha / len(self.options)


def canary_scores(phi: Floats, y: Ints) -> Floats:
    """How much more a model believes a canary's label than those of the other canaries of that label.

    Args:
        phi: Float [canaries]; log-odds of the label.
        y: Int [canaries]; labels. What a label is worth to the model, canaries or not, is told by nobody's coin.
    """
    sums, sizes = np.bincount(y, weights=phi), np.bincount(y)
    return phi - (sums / np.maximum(sizes, 1))[y]


def tried(scores: Floats, inside: Bools, delta: float, alpha: float) -> Tried:
    """Guess the coins of the canaries with the highest and the lowest scores.

    Args:
        scores: Float [canaries]; higher means member.
        inside: Bool [canaries]; the coins.
        delta: at which bounds are stated, in [0, 1).
        alpha: chance that a bound is above the true epsilon, in (0, 1).
    """
    order = np.argsort(scores, kind="stable")
    numbers = dict.fromkeys(max(2, round(share * len(scores)) // 2 * 2) for share in GUESS_SHARES)
    options = (RunProof(order, number, np.array([_right(order, inside, number // 2)])) for number in numbers)
    return Tried(tuple(options), delta, alpha)


def _right(order: Ints, inside: Bools, a_side: int) -> int:
    return int(inside[order[-a_side:]].sum() + (~inside[order[:a_side]]).sum())


def bounds_of(found: Tried) -> tuple[EpsilonBound, ...]:
    """What the best number of guesses says, paid for; the proved bound first.

    Args:
        found: the guesses.
    """
    best = max(found.options, key=lambda option: _proved(found, option))
    proof = Proof(NO_TRIALS, best, found.delta, found.each, methods=1)
    said = {"title": "canaries in one model", "confidence": 1 - found.alpha, "alpha": found.alpha}
    return tuple(bound.model_copy(update=said) for bound in of_runs(proof, best, PAID))


def _proved(found: Tried, option: RunProof) -> tuple[float, int]:
    return epsilon_of_guesses(Proof(NO_TRIALS, option, found.delta, found.each, methods=1), option), option.right_in_all


def check_of(found: Tried, claim: Claim) -> SelfCheck:
    """Hold the guesses against what is claimed.

    Args:
        found: the guesses.
        claim: what the model's training claims.
    """
    refuting = [option for option in found.options if guesses_refute(option, claim, found.each)]
    able = any(guesses_refute(option.without_mistake, claim, found.each) for option in found.options)
    shown = refuting[-1] if refuting else max(found.options, key=lambda option: _proved(found, option))
    right, guesses, coins = (count(n) for n in (shown.right_in_all, shown.guesses, shown.coins))
    test = ClaimTest(
        name="one-run",
        what="guesses of the canaries' coins",
        alpha=found.alpha,
        refuted=bool(refuting),
        could_refute=able,
        evidence=f"{right} of {guesses} guesses about {coins} canaries are right",
    )
    verdict: SelfCheckVerdict = "violated" if refuting else "consistent" if able else "not tested"
    said = _explained(verdict, test, claim)
    return SelfCheck(verdict=verdict, explanation=said, tests=(test,), confidence=1 - found.alpha)


def _explained(verdict: SelfCheckVerdict, test: ClaimTest, claim: Claim) -> str:
    if verdict == "violated":
        return (
            f"The training does not keep the epsilon of {claim.epsilon:.3g} that it claims: {test.evidence}, which a "
            f"training with this guarantee shows with a probability of at most {test.alpha:.2g}."
        )
    if verdict == "consistent":
        return f"Nothing contradicts the guarantee ({test.evidence}), and guesses without a mistake would have."
    return "Even guesses without a mistake would not refute this claim: take more canaries."
