"""The answer in plain words, from a result's numbers; written once, shown by every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.numbers import fpr as plain_rate
from reports.numbers import percent
from reports.result import ArmResult, AttackResult, Difference, Estimate, HitShare, Link, Memorization

NOT_TESTED = (
    "Attribute inference: whether an attacker can complete a record of which parts are known.",
    "Extraction, regurgitation, model inversion and reconstruction of records.",
    "Attackers who see more than the outputs of the final model: its weights, its gradients, or several versions.",
    "Leakage through the choice of hyper-parameters: epsilon covers one training run with settings fixed before.",
    "Records that are not in this data set, and other recipes: the numbers are of this recipe on these records.",
    "Side channels such as timing, and the security of the place where the model runs.",
)


def verdict(arms: Sequence[ArmResult], differences: Sequence[Difference], headline: str) -> tuple[str, ...]:
    """The answer, most important sentence first.

    Args:
        arms: the standard arm first.
        differences: paired, each arm against the standard arm.
        headline: name of the pre-declared attack.
    """
    return (*_broken(arms), *_standard(arms[0], headline), *_others(arms[1:], differences, headline))


def _broken(arms: Sequence[ArmResult]) -> Iterator[str]:
    for arm in arms:
        if arm.memorization.cap_violations:
            yield (
                f"VIOLATION: arm {arm.name} memorizes {len(arm.memorization.cap_violations)} record(s) more than its "
                f"guarantee allows (first: {arm.memorization.cap_violations[0]}). "
                "The DP implementation is not what it claims."
            )
        if arm.bound and arm.guarantee and arm.bound.epsilon > arm.guarantee.epsilon:
            yield (
                f"VIOLATION: arm {arm.name} claims epsilon {arm.guarantee.epsilon:.3g}, but epsilon is at least "
                f"{arm.bound.epsilon:.3g} (record {arm.bound.record_id}). The DP implementation is not what it claims."
            )


def _standard(arm: ArmResult, headline: str) -> Iterator[str]:
    memory = arm.memorization
    yield (
        f"Trained without DP, this recipe memorizes {memory.memorized_by_interval:,} of {memory.scored:,} records: it "
        f"gets them right because it was trained on them. ({_counted(memory)})"
    )
    yield _leak(arm, headline)
    yield from _link(arm, headline)


def _leak(arm: ArmResult, headline: str) -> str:
    attack = _attack(arm, headline)
    if attack is None or attack.auc is None:
        return f"The headline attack ({headline}) gave no result: {attack.failed if attack else 'it was not run'}."
    rarest = next((point for point in reversed(attack.tpr_at) if point.tpr is not None), None)
    if rarest is None or rarest.tpr is None:
        return f"{attack.title} reaches an AUC of {attack.auc.value:.3f}; low false-positive rates cannot be resolved."
    times = f", {rarest.tpr.value / rarest.fpr:.1f} times as many as guessing would" if rarest.tpr.value else ""
    return (
        f"An attacker with reference models ({attack.title}) who accepts one false accusation in {1 / rarest.fpr:,.0f} "
        f"identifies {percent(rarest.tpr.value)} of the training records{times} "
        f"(between {percent(rarest.tpr.low)} and {percent(rarest.tpr.high)})."
    )


def _link(arm: ArmResult, headline: str) -> Iterator[str]:
    link = next((one for one in arm.links if one.attack == headline and one.reason is None), None)
    share = _rarest_share(link) if link else None
    if share is not None and share.share is not None:
        yield (
            f"Memorization is where it leaks: the most memorized {plain_rate(share.top)} of the records take "
            f"{percent(share.share.value)} of all correct identifications at {plain_rate(share.fpr)} false positives "
            f"(memorization and leakage measured on different models)."
        )


def _rarest_share(link: Link) -> HitShare | None:
    shares = [one for one in link.hit_shares if abs(one.top - 0.05) < 1e-9 and one.share is not None]
    return min(shares, key=lambda one: one.fpr, default=None)


def _others(arms: Sequence[ArmResult], differences: Sequence[Difference], headline: str) -> Iterator[str]:
    for arm in arms:
        memory = arm.memorization
        tested = f"test accuracy {percent(arm.utility.test_accuracy.value)}{_change(arm, differences)}"
        yield (
            f"{_title(arm)}: {memory.memorized_by_interval:,} records memorized ({_counted(memory)}), {tested}. "
            f"{_leak(arm, headline)}"
        )
        if arm.guarantee and not memory.cap_violations:
            yield (
                f"No record's memorization is above what the guarantee of {arm.name} allows "
                f"({arm.guarantee.memorization_cap:.2f}); the proved epsilon is {_proved(arm)}. A small proved "
                f"epsilon is no evidence of privacy: only the claimed one, {arm.guarantee.epsilon:.3g}, is a promise."
            )


def _counted(memory: Memorization) -> str:
    return (
        f"counted where the whole {memory.share_memorized.confidence:.0%} interval lies above "
        f"{memory.threshold:g}; {memory.memorized:,} by point estimate, {memory.expected_by_noise:,.0f} expected by chance"
    )


def _title(arm: ArmResult) -> str:
    if arm.guarantee:
        return f"With DP at epsilon {arm.guarantee.target_epsilon:g} (delta {arm.guarantee.delta:.2g})"
    return f"Control arm {arm.name} (no guarantee)"


def _proved(arm: ArmResult) -> str:
    return f"at least {arm.bound.epsilon:.2g}" if arm.bound and arm.bound.epsilon > 0 else "0 (nothing proved)"


def _change(arm: ArmResult, differences: Sequence[Difference]) -> str:
    wanted = (d.estimate for d in differences if d.second == arm.name and d.quantity == "test accuracy")
    estimate: Estimate | None = next(wanted, None)
    return f" ({100 * estimate.value:+.1f} points against standard)" if estimate else ""


def _attack(arm: ArmResult, name: str) -> AttackResult | None:
    return next((attack for attack in arm.attacks if attack.name == name), None)
