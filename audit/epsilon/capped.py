"""What a guarantee caps, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from audit.caps import highest_memorization
from audit.memorization import MemorizationScores
from reports.result import ArmResult, AttackResult, Cap, Estimate, PrivacyGuarantee


def caps(arm: ArmResult, headline: str, memories: MemorizationScores | None) -> tuple[Cap, ...]:
    """The caps of an arm's guarantee; none without DP.

    delta at epsilon 0 caps the memorization of every record and the advantage of every attack, and the accountant's
    curve the TPR at each FPR (Kairouz, Oh & Viswanath 2015, arXiv 1311.0776; mean rates over records lie under the
    curve as well, since it is concave).

    Args:
        arm: what was read from its pool.
        headline: name of the attack whose figures are shown.
        memories: memorization of the records; None where it is not known.
    """
    guarantee = arm.guarantee
    attack = next((one for one in arm.attacks if one.name == headline), None)
    most = highest_memorization(memories) if memories else None
    return tuple(_caps(guarantee, attack, most)) if guarantee else ()


def _caps(guarantee: PrivacyGuarantee, attack: AttackResult | None, most: Estimate | None) -> Iterator[Cap]:
    cap = guarantee.memorization_cap
    yield Cap(quantity="memorization", cap=cap, measured=most, of_most=True)
    if attack and attack.balanced_accuracy:
        advantage = _advantage(attack.balanced_accuracy)
        yield Cap(quantity="advantage of the attack", cap=cap, measured=advantage)
    for fpr, highest in guarantee.tpr_caps:
        point = next((one for one in attack.tpr_at if one.fpr == fpr), None) if attack else None
        yield Cap(quantity="TPR of the attack", fpr=fpr, cap=highest, measured=point.tpr if point else None)


def _advantage(balanced: Estimate) -> Estimate:
    """TPR - FPR, which is twice the balanced accuracy less one."""
    value, low, high = (max(-1.0, 2 * end - 1) for end in (balanced.value, balanced.low, balanced.high))
    method = f"twice the balanced accuracy less one; {balanced.method}"
    return balanced.model_copy(update={"value": value, "low": low, "high": high, "method": method})
