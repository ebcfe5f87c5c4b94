"""What epsilon means for a person: how sure an attacker can be, what is proved, what is capped."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from reports import numbers
from reports.canary_tables import canaries_of
from reports.differences import difference
from reports.overview import HEADLINE_FPRS, Column
from reports.result import Canaries, Cap, Difference, Epsilon, EpsilonBound, PrivacyGuarantee, SelfCheck

VERDICTS = {"consistent": "consistent with the claim", "violated": "VIOLATED", "not tested": "not tested"}


def belief(epsilon: float) -> float:
    """How sure a guarantee lets an attacker be who thought it as likely as not: e^epsilon / (1 + e^epsilon), never 1.

    Args:
        epsilon: at least 0.
    """
    return min(1 / (1 + math.exp(-epsilon)), math.nextafter(1.0, 0.0))


def of_arms(columns: Sequence[Column], confidence: float) -> tuple[str, ...]:
    """What is claimed, proved and capped of every arm, a sentence each; none where nothing is known.

    Args:
        columns: the arms.
        confidence: with which all proved bounds of an arm hold together.
    """
    arms = ((column.title, column.arm.guarantee, column.arm.epsilon) for column in columns)
    return tuple(sentence for arm in arms for sentence in of_arm(*arm, confidence))


def of_arm(
    title: str, guarantee: PrivacyGuarantee | None, epsilon: Epsilon | None, confidence: float
) -> tuple[str, ...]:
    """What is claimed, proved and capped of an arm, a sentence each.

    Args:
        title: of the arm.
        guarantee: None without DP.
        epsilon: None where there are too few models.
        confidence: with which all proved bounds of an arm hold together.
    """
    said = [guaranteed(guarantee)] if guarantee else []
    if epsilon:
        said += [proved(epsilon.proved, epsilon.most_provable, confidence)] if epsilon.proved else []
        said += [*_capped(epsilon), *epsilon.reasons]
    return tuple(f"{title}: {_continued(sentence)}" for sentence in said)


def _continued(sentence: str) -> str:
    """A sentence as it goes on after a colon; an abbreviation keeps its capitals."""
    return sentence if sentence[:2].isupper() else sentence[:1].lower() + sentence[1:]


def guaranteed(guarantee: PrivacyGuarantee) -> str:
    """How sure an attacker can be under a guarantee."""
    sure, epsilon = numbers.percent(belief(guarantee.epsilon)), numbers.rounded_up(guarantee.epsilon)
    attacker = "who knows every other record, and thinks it as likely as not that a record was used,"
    if sure.startswith(">"):
        return (
            f"The guarantee of epsilon {epsilon} lets an attacker {attacker} be more than{sure[1:]} sure that it was."
        )
    return (
        f"An attacker {attacker} can be no surer than {sure} that it was, if the guarantee of epsilon {epsilon} holds "
        f"(but for a failure probability of {numbers.small(guarantee.delta)})."
    )


def proved(bound: EpsilonBound, most_provable: float, confidence: float) -> str:
    """How sure some attacker can be for certain; or that nothing is proved, and how much could have been.

    Args:
        bound: the largest of the proved ones.
        most_provable: the most that any of them could have shown.
        confidence: with which all of them hold together.
    """
    if bound.epsilon <= 0:
        return (
            "Nothing is proved about epsilon; that is no evidence of privacy: this audit could have proved at most "
            f"{numbers.rounded_down(most_provable)}."
        )
    sure, least = numbers.percent_proved(belief(bound.epsilon)), numbers.rounded_down(bound.epsilon)
    epsilon = "above 0" if least.startswith("<") else f"at least {least}"
    return (
        f"This audit proves (confidence {numbers.confidence(confidence)}) that some attacker can be at least {sure} "
        f"sure about a record: epsilon is {epsilon}, at delta {numbers.small(bound.delta)}."
    )


def _capped(epsilon: Epsilon) -> Iterator[str]:
    """What no attacker can reach at the low false-positive rates, if the guarantee holds."""
    for fpr in HEADLINE_FPRS:
        found = next((cap for cap in epsilon.caps if cap.fpr is not None and math.isclose(cap.fpr, fpr)), None)
        if found:
            yield capped(found)


def capped(cap: Cap) -> str:
    """What no attacker can reach at a false-positive rate, if the guarantee holds.

    Args:
        cap: of a true-positive rate.
    """
    most, accused = numbers.percent_cap(cap.cap), f"wrongly accusing {numbers.fpr(cap.fpr or 0.0)} of the others"
    if most.startswith(">") or cap.cap == 1:
        found = "all members" if cap.cap == 1 else f"more than{most[1:]} of the members"
        return f"The guarantee does not keep an attacker from finding {found} while {accused}."
    return f"No attacker can find more than {most} of the members while {accused}, if the guarantee holds."


def violation(checks: Sequence[tuple[str, SelfCheck]]) -> str:
    """The line that stands before all others where a DP implementation is not what it claims; else empty.

    Args:
        checks: titles and self-checks of the arms.
    """
    titles = [title for title, check in checks if check.verdict == "violated"]
    return f"DP self-check VIOLATED: {', '.join(titles)}" if titles else ""


def self_check_sentence(title: str, check: SelfCheck) -> str:
    """The verdict of a self-check, and why.

    Args:
        title: of the arm.
        check: its self-check.
    """
    return f"{title}: {VERDICTS[check.verdict]}. {check.explanation}"


def canary_sentences(columns: Sequence[Column]) -> tuple[str, ...]:
    """What the canaries are, and what they cost each arm; none without canaries.

    Args:
        columns: the arms.
    """
    found = [(column.title, canaries) for column in columns if (canaries := canaries_of(column))]
    what = dict.fromkeys(_planted(canaries) for _, canaries in found)
    return (*what, *(f"{title}: {_cost(canaries.cost)}" for title, canaries in found))


def base_name(kind: str) -> str:
    """What canaries are; of a file its name alone, since its folders are nobody's business.

    Args:
        kind: a kind of canary, or the path of a file.
    """
    return re.split(r"[/\\]", kind.rstrip("/\\"))[-1]


def _planted(canaries: Canaries) -> str:
    return (
        f"{numbers.count(canaries.count)} canaries ({base_name(canaries.kind)}) were added to the records, each by a "
        "fair coin a model. They show what is close to the worst case; natural records show the typical one."
    )


def _cost(cost: Difference | None) -> str:
    if cost is None:
        return "what the canaries cost in accuracy was not measured."
    if cost.estimate is None:
        return f"what the canaries cost in accuracy is not known: {cost.reason.rstrip('.') or 'no figure'}."
    return f"{cost.quantity} with canaries minus without: {difference(cost)}, paired by models."
