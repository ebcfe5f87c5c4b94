"""What was found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports import numbers
from reports.experiments.secrets import SecretArm, SecretLevel
from reports.experiments.secrets_section import times

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
    said = ", ".join(f"{_bits(level)} {times(level.repeats)}" for level in levels)
    at_chance = all(level.gain.low <= 0 for level in levels)
    scale = f"chance is {numbers.decimal(chance, 2)} bits and {numbers.decimal(highest, 1)} the most that can be shown"
    verdict = "none above what it is in models that never saw them; " if at_chance else ""
    return f"{name}: mean exposure of secrets by how often they stand in the text: {said} bits; {verdict}{scale}."


def _bits(level: SecretLevel) -> str:
    return f"{numbers.decimal(level.exposure_in.value, 2)} ({numbers.decimal_limits(level.exposure_in, 2)})"


def _extraction(name: str, levels: list[SecretLevel]) -> str:
    said = ", ".join(
        f"{numbers.resolved(level.extracted_in)} ({numbers.resolved_limits(level.extracted_in)}) of those that stand "
        f"there {times(level.repeats)}"
        for level in levels
    )
    never = max((level.extracted_out for level in levels), key=lambda estimate: estimate.value)
    null = "none" if never.value == 0 else f"up to {numbers.percent(never.value)}"
    return f"{name}: beam search gives back {said}, and {null} of the secrets that the model never saw."


def _price(arms: tuple[SecretArm, ...]) -> str:
    said = ", ".join(
        f"{arm.arm} {numbers.decimal(arm.bits_per_character.value, 2)} "
        f"({numbers.decimal_limits(arm.bits_per_character, 2)})"
        for arm in arms
    )
    return f"Bits per character of held-out texts, the fewer the better the model: {said}."
