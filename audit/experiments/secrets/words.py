"""What was found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports import numbers
from reports.experiments.secrets import SecretArm, SecretLevel
from reports.experiments.secrets_section import times
from reports.findings import Estimate

LIMITS = (
    "Secrets are texts by themselves and alike but for their random characters: the most exposed that a secret can be. "
    "Inside longer texts of many kinds they may be harder to find.",
    "Intervals range over secrets and over models of this recipe; the texts and the references are fixed.",
    "Beam search finds what is likeliest after the fixed beginning; an attacker with another search, or who asks in "
    "another context, may find more. What it does not find is not proved to be safe.",
    "A rank shows at most as much as the references allow; beyond that the fitted tail is an extrapolation.",
    "The unit of the DP guarantee is one text: a secret that stands in several is protected less, as the table says.",
)

NOT_TESTED = (
    "Secrets of other formats, and texts that people wrote: only what was planted is looked for.",
    "Extraction without knowing the format, and attackers who see more than the final model's probabilities.",
    "Pre-trained and larger language models: these memorize more (Carlini et al. 2023, arXiv 2202.07646).",
)


def answer(
    levels: tuple[SecretLevel, ...], arms: tuple[SecretArm, ...], chance: float, highest: float
) -> tuple[str, ...]:
    """The answer, the most important first.

    Args:
        levels: what was found.
        arms: the models themselves.
        chance: mean exposure of what a model never saw.
        highest: highest exposure that a rank can show.
    """
    by_arm = {arm.arm: [level for level in levels if level.arm == arm.arm] for arm in arms}
    return (
        *(sentence for of in by_arm.values() for sentence in _broken(of)),
        *(_exposure(name, of, chance, highest) for name, of in by_arm.items()),
        *(_extraction(name, of) for name, of in by_arm.items()),
        _price(arms),
    )


def _broken(levels: list[SecretLevel]) -> Iterator[str]:
    for level in levels:
        if level.over_cap:
            cap = numbers.decimal(level.exposure_cap or 0.0, 2)
            yield (
                f"VIOLATION in arm {level.arm}: secrets that stand in the text {times(level.repeats)} are more exposed "
                f"than the guarantee allows ({_bits(level)}, at most {cap}): the training is not as private as claimed."
            )


def _exposure(name: str, levels: list[SecretLevel], chance: float, highest: float) -> str:
    first, *rest = levels
    more = "".join(f", {times(level.repeats)} {_bits(level)}" for level in rest)
    exposed = [level for level in levels if level.gain.low > 0]
    null = "" if exposed else "; none of it is more than in models that never saw them"
    return (
        f"{name}: secrets that stand in the training text {times(first.repeats)} have a mean exposure of "
        f"{_bits(first)} bits{more}{null}. Chance is {numbers.decimal(chance, 2)}, and {numbers.decimal(highest, 1)} "
        f"the most that can be shown.{_of_copies(exposed)}"
    )


def _of_copies(exposed: list[SecretLevel]) -> str:
    """Why secrets are exposed under DP: it promises little of many copies."""
    most = max(exposed, key=lambda level: level.repeats, default=None)
    if most is None or most.epsilon is None or most.repeats == 1:
        return ""
    return (
        f" DP promises its epsilon for one text; for a secret that stands there {times(most.repeats)} it promises "
        f"epsilon {numbers.rounded_up(most.epsilon, 0)}, all copies together."
    )


def _bits(level: SecretLevel) -> str:
    return f"{numbers.decimal(level.exposure_in.value, 2)} ({numbers.decimal_limits(level.exposure_in, 2)})"


def _extraction(name: str, levels: list[SecretLevel]) -> str:
    said = ", ".join(
        f"{_share(level.extracted_in)} of those that stand there {times(level.repeats)}" for level in levels
    )
    never = max((level.extracted_out for level in levels), key=lambda estimate: estimate.value)
    if not any(level.extracted_in.value or level.extracted_out.value for level in levels):
        most = max(level.extracted_in.high for level in levels)
        return f"{name}: beam search gives back no secret: at most {numbers.percent_cap(most)} of any level."
    return f"{name}: beam search gives back {said}; of secrets that the model never saw {_share(never)}."


def _share(estimate: Estimate) -> str:
    """A share in words: none and all are said with the limit that the sample sets."""
    if estimate.value == 0:
        return f"none (at most {numbers.percent_cap(estimate.high)})"
    if estimate.value == 1:
        return f"all (at least {numbers.percent_proved(estimate.low)})"
    return f"{numbers.percent(estimate.value)} ({numbers.percent_limits(estimate)})"


def _price(arms: tuple[SecretArm, ...]) -> str:
    said = ", ".join(
        f"{arm.arm} {numbers.decimal(arm.bits_per_character.value, 2)} "
        f"({numbers.decimal_limits(arm.bits_per_character, 2)})"
        for arm in arms
    )
    return f"Bits per character of held-out texts, the fewer the better the model: {said}."
