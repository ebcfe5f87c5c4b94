"""What the experiment `agreement` found: memorization against what others published of the same records."""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from reports.experiments.block import Block
from reports.findings import Estimate, Part, Rate


class Tenth(Part):
    """Records that others rank next to each other, or that they flag or do not.

    Attributes:
        name: `1` (lowest published values) to `10`, or `flagged` and `not flagged`.
        records: how many.
        low: lowest published value among them; None of flags.
        high: highest published value among them; None of flags.
        memorization: their mean memorization.
    """

    name: str
    records: int
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    memorization: Estimate


class TopFlagged(Part):
    """How many of the most memorized records others flag.

    Attributes:
        top: share of the records that are looked at, the most memorized.
        records: how many these are.
        flagged: share of them that is flagged; None where it cannot be had.
    """

    top: Rate
    records: int
    flagged: Estimate | None


class Measure(Part):
    """One published measure of the records, against one arm.

    Attributes:
        arm: the arm whose memorization and exposure are compared.
        title: the measure: file and array.
        kind: a `score` orders the records; a `disagreement` flags those whose two labels differ.
        records: how many of the audited records the file has a value of.
        flagged: share of these that is flagged; None of a score.
        spearman: rank correlation with memorization; of flags with 1 for a flagged record; None where memorization is
            the same for all records.
        corrected: the same divided by the root of the memorization's reliability: what a pool without end would show;
            None where there is no reliability.
        reliability: Spearman-Brown reliability of the pool's memorization over records; None likewise.
        exposure_spearman: rank correlation with exposure; None where the headline attack gave none.
        auc: how well memorization detects the flagged records; None of a score.
        top: flagged among the most memorized; empty of a score.
        tenths: mean memorization by tenth of the score, or of the flagged and the others.
    """

    arm: str
    title: str
    kind: Literal["score", "disagreement"]
    records: int
    flagged: Rate | None
    spearman: Estimate | None
    corrected: Estimate | None
    reliability: Estimate | None
    exposure_spearman: Estimate | None
    auc: Estimate | None = None
    top: tuple[TopFlagged, ...] = ()
    tenths: tuple[Tenth, ...]


class Agreement(Block):
    """What the experiment `agreement` found.

    Attributes:
        name: its name.
        measures: every published measure against every arm.
    """

    name: Literal["agreement"] = "agreement"
    measures: tuple[Measure, ...]
