"""Epsilon claimed, epsilon proved and the self-check, each as a cell of a table."""

from __future__ import annotations

from reports import numbers
from reports.result import Epsilon, EpsilonBound, PrivacyGuarantee, SelfCheck
from reports.tables import Cell, absent


def claimed(guarantee: PrivacyGuarantee | None) -> Cell:
    """The claimed epsilon and its delta.

    Args:
        guarantee: None without DP.
    """
    if guarantee is None:
        return absent("none")
    return Cell(numbers.rounded_up(guarantee.epsilon), f"delta {numbers.small(guarantee.delta)}")


def proved(epsilon: Epsilon) -> Cell:
    """The largest proved bound, beside what could have been proved.

    Args:
        epsilon: what is known of an arm.
    """
    if epsilon.proved is None:
        return absent()
    return Cell(at_least(epsilon.proved.epsilon), f"{numbers.rounded_down(epsilon.most_provable)} provable")


def at_least(epsilon: float) -> str:
    """A lower bound, rounded down; 0 is no bound."""
    return numbers.rounded_down(epsilon) if epsilon > 0 else "nothing"


def bound(one: EpsilonBound | None) -> Cell:
    """One bound with its confidence, worded so that no kind can be taken for another.

    Args:
        one: None where the arm has no such bound.
    """
    if one is None:
        return absent()
    text = at_least(one.epsilon)
    if one.kind == "credible":
        return Cell(f"credible: {credible(one)}", numbers.confidence(one.confidence))
    worded = f"at least {text}" if one.kind == "proved" else f"{text} if it holds"
    return Cell(worded if one.epsilon > 0 else text, numbers.confidence(one.confidence), muted=one.epsilon <= 0)


def credible(one: EpsilonBound) -> str:
    """A credible interval, rounded outwards."""
    low = numbers.rounded_down(one.epsilon)
    return low if one.high is None else f"{low} to {numbers.rounded_up(one.high)}"


def self_check(check: SelfCheck | None, guarantee: PrivacyGuarantee | None) -> Cell:
    """The verdict on the DP implementation.

    Args:
        check: None where there is none.
        guarantee: None without DP.
    """
    if check is None:
        return absent() if guarantee else absent("no DP")
    violated = check.verdict == "violated"
    return Cell("VIOLATED" if violated else check.verdict, muted=check.verdict == "not tested", loud=violated)
