"""What the experiment `irrelevant` says of its figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports import numbers
from reports.experiments.irrelevant import Recovery
from reports.findings import Estimate

LIMITS = (
    "The attack is one plain ascent with the model's gradients. What it does not take back is not thereby safe: a "
    "better attack may. Only the cap of a DP arm holds for every attacker.",
    "The records are generated, and that is how it is known which bits are irrelevant; of real records nobody knows.",
    "The theorem is on what every accurate learner must store as subpopulations and bits become many. This is one "
    "instance of a size that trains in seconds; it shows what this training stores, and proves nothing of others.",
)
ONCE = "1"
NOT_TESTED = (
    "Membership and all that `audit run --data clusters` reports.",
    "Attackers who see labels or probabilities alone, without gradients, and attackers who know a part of the record.",
    "Other data: how many irrelevant details of a real record come back.",
)


def answer(found: Sequence[Recovery]) -> tuple[str, ...]:
    """What was found, the most important sentence first.

    Args:
        found: the standard arm first.
    """
    return tuple(sentence for one in found for sentence in (*_violation(one), *_of_arm(one))) + tuple(_null(found))


def _violation(one: Recovery) -> Iterator[str]:
    if one.over_cap and one.cap is not None:
        yield (
            f"VIOLATION in arm {one.arm}: more of the irrelevant bits come back than any attacker can expect under its "
            f"guarantee ({numbers.percent_cap(one.cap)}). Its training does not keep the epsilon that it claims."
        )


def _of_arm(one: Recovery) -> Iterator[str]:
    once = one.seen(ONCE)
    if once is None or once.irrelevant is None:
        return
    cap = "" if one.cap is None else f", and no attacker can expect more than {numbers.percent_cap(one.cap)}"
    right = f" {_accurate(one.accuracy, once.accuracy)}" if one.accuracy and once.accuracy else ""
    yield (
        f"{one.arm}: of a record that is the only one of its subpopulation, {_rate(once.irrelevant)} of the irrelevant "
        f"bits come back from the model and the label; guessing gets 50 %{cap}.{right}"
    )


def _accurate(overall: Estimate, once: Estimate) -> str:
    return (
        f"The models are right about {numbers.percent(overall.value)} of the test records, and about "
        f"{numbers.percent(once.value)} of those whose subpopulation they saw once."
    )


def _null(found: Sequence[Recovery]) -> Iterator[str]:
    nulls = [f"{_rate(one.null)} ({one.arm})" for one in found if one.null]
    if nulls:
        yield f"Of records that were OUT, where 50 % is all there can be: {', '.join(nulls)}."


def _rate(estimate: Estimate) -> str:
    return f"{numbers.percent(estimate.value)} ({numbers.percent_limits(estimate)})"
