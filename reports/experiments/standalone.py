"""The result of an experiment that builds on no audit: what was trained, what was found, how to repeat it."""

from __future__ import annotations

from reports.experiments.result import Experiments
from reports.findings import Estimate, Part, PrivacyGuarantee, Rate
from reports.result import DataSummary, ModelSummary, Provenance

SCHEMA_VERSION = "1.0"


class ExperimentArm(Part):
    """One training regime of an experiment.

    Attributes:
        name: `standard` or `dp-eps-8`.
        description: one sentence.
        models: how many were trained.
        recipe: every setting of the training.
        guarantee: None without DP.
        test_accuracy: None where there is no such figure.
    """

    name: str
    description: str
    models: int
    recipe: dict[str, str | int | float | None]
    guarantee: PrivacyGuarantee | None
    test_accuracy: Estimate | None = None


class ExperimentResult(Part):
    """An experiment by itself.

    Attributes:
        schema_version: version of this schema.
        data: the records.
        model: the architecture.
        confidence: two-sided confidence of all intervals.
        arms: the standard arm first.
        experiments: what was found, one block.
        warnings: what limits the answer besides the block's own limits.
        not_tested: what it says nothing about, in sentences.
        provenance: how to repeat it.
    """

    schema_version: str = SCHEMA_VERSION
    data: DataSummary
    model: ModelSummary
    confidence: Rate
    arms: tuple[ExperimentArm, ...]
    experiments: Experiments
    warnings: tuple[str, ...] = ()
    not_tested: tuple[str, ...] = ()
    provenance: Provenance
