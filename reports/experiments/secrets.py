"""What the experiment `secrets` found."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.experiments.block import Block
from reports.findings import Estimate, Part, Rate

NOTICEABLE = 0.01
"""Bits that a reader would see."""


class SecretLevel(Part):
    """Secrets that stand in the training text equally often, in one arm; IN and OUT models of the same secrets.

    Attributes:
        arm: the training regime.
        repeats: how often each secret stands in the training text of a model that it is IN.
        secrets: how many there are.
        exposure_in: mean exposure by rank in models that were trained on the secret, in bits.
        exposure_out: the same in models that were not: the null.
        gain: exposure_in minus exposure_out, secret by secret and pair by pair.
        fitted_in: mean exposure by the fitted tail of the references, IN.
        fitted_out: the same, OUT.
        highest_in: share of secrets likelier than every reference, IN.
        highest_out: the same, OUT.
        extracted_in: share of secrets that the beam search gives back, IN.
        extracted_out: the same, OUT.
        epsilon: what DP promises of all copies together; None without DP, and where the accountant cannot tell.
        unknown: why the accountant cannot tell; empty where it can, and without DP.
        exposure_cap: the highest mean exposure by rank that this allows, in bits; None where epsilon is.
        highest: highest exposure that a rank among the references can show, in bits.
    """

    arm: str
    repeats: int
    secrets: int
    exposure_in: Estimate
    exposure_out: Estimate
    gain: Estimate
    fitted_in: Estimate
    fitted_out: Estimate
    highest_in: Estimate
    highest_out: Estimate
    extracted_in: Estimate
    extracted_out: Estimate
    epsilon: FiniteFloat | None = None
    unknown: str = ""
    exposure_cap: FiniteFloat | None = None
    highest: FiniteFloat

    @property
    def capped(self) -> bool:
        """Whether the guarantee allows noticeably less than the references could show."""
        return self.exposure_cap is not None and self.exposure_cap < self.highest - NOTICEABLE

    @property
    def over_cap(self) -> bool:
        """Whether the exposure is proved to be above what the guarantee allows: then the guarantee is void."""
        return self.exposure_cap is not None and self.exposure_in.low > self.exposure_cap


class SecretArm(Part):
    """An arm's models as models of text.

    Attributes:
        arm: the training regime.
        bits_per_character: of held-out texts; the fewer, the better the model.
        misfits: models whose references are not skew-normal by the test at 5 %; by chance it is one in twenty.
        distance: largest distance between references and fitted tail among the models (Kolmogorov-Smirnov).
    """

    arm: str
    bits_per_character: Estimate
    misfits: int
    distance: Rate


class Secrets(Block):
    """What the experiment `secrets` found; no secret and no text is in it.

    Attributes:
        name: its name.
        format: the format of the secrets.
        space_bits: log2 of the number of sentences that have it; no exposure is higher.
        models: models an arm.
        references: sentences that secrets are ranked among.
        beam: width of the search.
        chance: mean exposure by rank of secrets that a model never saw, in bits.
        highest: highest exposure that a rank among the references can show, in bits.
        levels: what was found, arm by arm, by how often secrets stand in the text.
        arms: the models themselves.
    """

    name: Literal["secrets"] = "secrets"
    format: str
    space_bits: FiniteFloat
    models: int
    references: int
    beam: int
    chance: FiniteFloat
    highest: FiniteFloat
    levels: tuple[SecretLevel, ...]
    arms: tuple[SecretArm, ...]

    def of(self, arm: str) -> tuple[SecretLevel, ...]:
        """An arm's levels, the rarest first.

        Args:
            arm: its name.
        """
        return tuple(level for level in self.levels if level.arm == arm)

    def level(self, arm: str, repeats: int) -> SecretLevel | None:
        """One level; None where there is no such.

        Args:
            arm: name of the arm.
            repeats: how often its secrets stand in the text.
        """
        return next((level for level in self.of(arm) if level.repeats == repeats), None)
