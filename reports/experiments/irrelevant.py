"""What the experiment `irrelevant` found."""

from __future__ import annotations

from typing import Literal

from reports.experiments.block import Block
from reports.findings import Estimate, Part, Rate


class Occurrence(Part):
    """Subpopulations of which a model was trained on so many records; a case is a model and a subpopulation.

    Attributes:
        band: number of records that were IN: `0`, `1`, `2`, `3-5`, `6-10` or `11+`.
        cases: models times subpopulations with so many.
        irrelevant: share of the irrelevant bits in which the reconstruction agrees with the first record that was IN;
            chance is one half. None where none was IN.
        out: the same, with the first record that was OUT: nothing but chance. None where none was OUT.
        fixed: share of the relevant bits, those that the subpopulation fixes, that are right.
        majority: as `irrelevant`, with what most of the records that were IN have, where one value has a majority.
        most: share of the cases in which the reconstruction agrees in at least `Irrelevant.most` of those bits.
        accuracy: on the subpopulations' test records.
        of_the_mean: what `irrelevant` is on average if a model gives away just the majority of the records that were
            IN, in closed form; None where none was IN.
    """

    band: str
    cases: int
    irrelevant: Estimate | None
    out: Estimate | None
    fixed: Estimate | None
    majority: Estimate | None
    most: Estimate | None
    accuracy: Estimate | None
    of_the_mean: Rate | None


class Recovery(Part):
    """What an arm's models give away.

    Attributes:
        arm: its name.
        models: how many were asked.
        accuracy: on all test records.
        null: agreement with records that were OUT, over all cases: what chance gives.
        cap: what no attacker can expect to exceed, whatever it knows of all other bits; None without DP.
        over_cap: whether `irrelevant` of the records seen once is proved to be above `cap`: the DP training is broken.
        by_occurrence: by the number of records that were IN.
    """

    arm: str
    models: int
    accuracy: Estimate | None
    null: Estimate | None
    cap: Rate | None
    over_cap: bool = False
    by_occurrence: tuple[Occurrence, ...]

    def seen(self, band: str) -> Occurrence | None:
        """The subpopulations with so many records IN; None where there are none.

        Args:
            band: number of records.
        """
        return next((one for one in self.by_occurrence if one.band == band), None)


class Irrelevant(Block):
    """How much of the training records comes back from the models and a label alone, down to what is irrelevant.

    Attributes:
        name: its name.
        arms: the standard arm first.
        bits: of a record.
        subpopulations: classes.
        relevant: mean share of the bits that a subpopulation fixes.
        most: share of the irrelevant bits from which a record counts as given away.
    """

    name: Literal["irrelevant"] = "irrelevant"
    arms: tuple[Recovery, ...]
    bits: int
    subpopulations: int
    relevant: Rate
    most: Rate
