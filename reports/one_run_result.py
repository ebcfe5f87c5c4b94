"""The result of `audit one-run`: what canaries in a single training run prove."""

from __future__ import annotations

from pydantic import Field

from reports.epsilon import EpsilonBound, SelfCheck
from reports.findings import Estimate, Part, PrivacyGuarantee, Rate
from reports.result import DataSummary, ModelSummary, Provenance

SCHEMA_VERSION = "1.0"


class OneRunArm(Part):
    """One model, trained on all natural records and on the canaries whose coins said so.

    Attributes:
        name: `standard` or `dp-eps-8`.
        description: one sentence.
        recipe: every setting of its training.
        guarantee: None without DP.
        test_accuracy: of this one model, an interval over test records; None without a test set.
        in_canaries: canaries that were trained on.
        auc: of the canaries' scores, an interval over canaries; None where they cannot be had.
        bounds: the proved one first.
        self_check: None without DP.
    """

    name: str
    description: str
    recipe: dict[str, str | int | float | None]
    guarantee: PrivacyGuarantee | None
    test_accuracy: Estimate | None
    in_canaries: int
    auc: Estimate | None
    bounds: tuple[EpsilonBound, ...]
    self_check: SelfCheck | None


class OneRunResult(Part):
    """A one-run audit.

    Attributes:
        schema_version: version of this schema.
        verdict: the answer in plain sentences, most important first.
        warnings: what limits the answer.
        data: the natural records.
        model: the architecture.
        confidence: of bounds and intervals.
        canaries: how many.
        kind: what they are.
        arms: one model each.
        not_tested: what this audit says nothing about, in sentences.
        provenance: how to repeat it.
    """

    schema_version: str = SCHEMA_VERSION
    verdict: tuple[str, ...]
    warnings: tuple[str, ...]
    data: DataSummary
    model: ModelSummary
    confidence: Rate
    canaries: int = Field(ge=1)
    kind: str
    arms: tuple[OneRunArm, ...]
    not_tested: tuple[str, ...]
    provenance: Provenance
