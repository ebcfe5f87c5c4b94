"""The answer in plain words, from a result's numbers; written once, shown by every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.epsilon_sentences import proved
from reports.numbers import fpr as plain_rate
from reports.numbers import percent, percent_limits
from reports.result import ArmResult, AttackResult, Difference, HitShare, Memorization, SelfCheck, TprAtFpr, Utility

NOT_TESTED = (
    "Attribute inference: whether an attacker can complete a record of which parts are known.",
    "Extraction, regurgitation, model inversion and reconstruction of records.",
    "Attackers who see more than the outputs of the final model: its weights, its gradients, or several versions.",
    "Leakage through the choice of hyper-parameters: epsilon covers one training run with settings fixed before.",
    "Records that are not in this data set, and other recipes: the numbers are of this recipe on these records.",
    "Side channels such as timing, and the security of the place where the model runs.",
)
CONCENTRATED = 0.05
"""The verdict says what share of the hits the most memorized 5 % of the records take."""


def verdict(arms: Sequence[ArmResult], differences: Sequence[Difference], headline: str) -> tuple[str, ...]:
    """The answer, most important sentence first.

    Args:
        arms: the standard arm first.
        differences: paired, each arm against the standard arm.
        headline: name of the pre-declared attack.
    """
    sentences = list(_broken(arms))
    for arm in arms:
        sentences += [f"{_title(arm)}, {_memorized(arm, arm.memorization)}"] if arm.memorization else []
        sentences.append(_leak(arm, headline))
        sentences += [*_link(arm, headline), *_price(arm, differences), *_guarantee(arm)]
    return tuple(sentences)


def _broken(arms: Sequence[ArmResult]) -> Iterator[str]:
    for arm in arms:
        if arm.epsilon and arm.epsilon.self_check and arm.epsilon.self_check.verdict == "violated":
            check = arm.epsilon.self_check
            yield (
                f"VIOLATION in arm {arm.name} (confidence {plain_rate(check.confidence)}): {check.explanation} "
                "The DP implementation is not what it claims."
            )


def _title(arm: ArmResult) -> str:
    if arm.guarantee:
        return f"With DP at epsilon {arm.guarantee.target_epsilon:g}"
    if not arm.recipe:
        return "By the outputs of these models"
    return "Trained without DP" if arm.kind == "standard" else f"In the control arm {arm.name}, which has no guarantee"


def _memorized(arm: ArmResult, memory: Memorization) -> str:
    named = memory.discovered
    counted = (
        f"memorization above {memory.threshold:g}, at a false discovery rate of "
        f"{plain_rate(memory.false_discovery_rate)} over all records; by point estimate {memory.memorized:,}, where "
        f"chance alone gives about {memory.expected_by_noise:,.0f}"
    )
    if named:
        them = "it" if named == 1 else "them"
        why = f"it is right about {them} because it was trained on {them}"
        return f"this recipe memorizes {named:,} of {memory.scored:,} records: {why} ({counted})."
    if arm.utility and arm.utility.learnt_nothing:
        return f"{useless(arm.utility)}: that no record is shown to be memorized says nothing ({counted})."
    return f"no record is shown to be memorized{too_few(arm)}: {counted}."


def useless(utility: Utility) -> str:
    """That models do no better on new records than by always naming the largest class, a clause.

    Args:
        utility: of an arm whose models learnt nothing; its largest class is known.
    """
    found = utility.new_accuracy
    return (
        f"the models learnt nothing that holds for new records ({percent(found.value)} of their answers are right, "
        f"{percent_limits(found)}; always naming the largest class: {percent(utility.largest_class or 0)})"
    )


def too_few(arm: ArmResult) -> str:
    """That the pool is too small to name a single record, and how large it would have to be; empty if it is not.

    Args:
        arm: an arm with a pool.
    """
    needed = arm.memorization.models_to_discover if arm.memorization else None
    if needed is None:
        return ""
    return f" ({arm.models:,} models could not show it of a single record, about {needed:,} could)"


def _leak(arm: ArmResult, headline: str) -> str:
    attack = next((one for one in arm.attacks if one.name == headline), None)
    if attack is None or attack.auc is None:
        return f"The headline attack ({headline}) gave no result: {attack.failed if attack else 'it was not run'}."
    resolved = [point for point in attack.tpr_at if point.tpr is not None]
    if not resolved:
        return f"{attack.title} reaches an AUC of {attack.auc.value:.3f}; low false-positive rates cannot be resolved."
    return _found(attack, min(resolved, key=lambda point: point.fpr))


def _found(attack: AttackResult, point: TprAtFpr) -> str:
    assert point.tpr is not None
    limits = f"between {percent(point.tpr.low)} and {percent(point.tpr.high)}"
    beyond = point.tpr.low > point.fpr
    against = f"{point.tpr.value / point.fpr:.0f} times" if beyond else "not shown to be more than"
    return (
        f"An attacker ({attack.title}) who accepts one false accusation in {1 / point.fpr:,.0f} identifies "
        f"{percent(point.tpr.value)} of the training records ({limits}), {against} what guessing gives."
    )


def _link(arm: ArmResult, headline: str) -> Iterator[str]:
    shares = [
        share
        for link in arm.links
        if link.attack == headline
        for share in link.hit_shares
        if abs(share.top - CONCENTRATED) < 1e-9 and share.share is not None
    ]
    if arm.kind == "standard" and shares:
        yield _concentration(min(shares, key=lambda share: share.fpr))


def _concentration(found: HitShare) -> str:
    assert found.share is not None
    beyond = found.share.low > found.top
    claim = "Leakage follows memorization" if beyond else "Leakage is not shown to follow memorization"
    return (
        f"{claim}: the {plain_rate(found.top)} of the records with the highest memorization scores take "
        f"{percent(found.share.value)} of all correct identifications at {plain_rate(found.fpr)} false positives "
        "(memorization and leakage measured on different models)."
    )


def _price(arm: ArmResult, differences: Sequence[Difference]) -> Iterator[str]:
    of_arm = {d.quantity: d.estimate for d in differences if d.second == arm.name and d.estimate}
    overall, tail = of_arm.get("test accuracy"), of_arm.get("accuracy on the most memorized tenth")
    if overall and arm.utility and arm.utility.test_accuracy:
        on_tail = f", {100 * tail.value:+.1f} on the records that standard training memorizes most" if tail else ""
        accuracy = percent(arm.utility.test_accuracy.value)
        yield (
            f"Its test accuracy is {accuracy}: {100 * overall.value:+.1f} points against standard training "
            f"({100 * overall.low:+.1f} to {100 * overall.high:+.1f}){on_tail}."
        )


def _guarantee(arm: ArmResult) -> Iterator[str]:
    found = arm.epsilon
    if found and found.proved and found.proved.epsilon > 0 and arm.guarantee is None:
        yield proved(found.proved, found.most_provable, 1 - found.joint_alpha)
    if found and found.self_check and found.self_check.verdict != "violated":
        yield _checked(arm.name, found.self_check)


def _checked(name: str, check: SelfCheck) -> str:
    if check.verdict == "consistent":
        return f"Nothing contradicts the guarantee of {name}; training without DP in its place would have been caught."
    enough = f": about {check.models_needed:,} models an arm could" if check.models_needed else ""
    return f"Whether the guarantee of {name} holds was not tested: this audit could not have refuted it{enough}."
