"""The result of an audit: the versioned schema that every format renders. `null` for absent, never NaN."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, FiniteFloat

from reports.epsilon import (
    Canaries,
    Cap,
    ClaimTest,
    Epsilon,
    EpsilonBound,
    Exposed,
    Guesses,
    SelfCheck,
    TradeOffCurves,
    TradeOffPoint,
    Trials,
)
from reports.experiments.result import Experiments
from reports.findings import (
    Decile,
    Density,
    Difference,
    Estimate,
    GroupValue,
    Histogram,
    HitShare,
    Influence,
    InfluencePair,
    Link,
    Memorization,
    Part,
    PrivacyGuarantee,
    Rate,
    Unit,
    Utility,
)
from reports.leakage import (
    AccusationWorth,
    AttackResult,
    GroupLeakage,
    Leakage,
    PoolSize,
    RocCurve,
    TargetSpread,
    TprAtFpr,
)
from reports.outcome import LimitOutcome, PolicyOutcome, Verdict

__all__ = [
    "SCHEMA_VERSION",
    "AccusationWorth",
    "ArmResult",
    "AttackResult",
    "AuditResult",
    "Canaries",
    "Cap",
    "ClaimTest",
    "DataSummary",
    "Decile",
    "Density",
    "Difference",
    "Epsilon",
    "EpsilonBound",
    "Estimate",
    "Experiments",
    "Exposed",
    "GroupLeakage",
    "GroupValue",
    "Guesses",
    "Histogram",
    "HitShare",
    "Influence",
    "InfluencePair",
    "Leakage",
    "LimitOutcome",
    "Link",
    "Memorization",
    "ModelSummary",
    "Part",
    "PolicyOutcome",
    "PoolSize",
    "PrivacyGuarantee",
    "Provenance",
    "Rate",
    "RecordRow",
    "Release",
    "RocCurve",
    "SelfCheck",
    "TargetSpread",
    "TprAtFpr",
    "TradeOffCurves",
    "TradeOffPoint",
    "Trials",
    "Unit",
    "Utility",
    "Verdict",
]

SCHEMA_VERSION = "1.5"


class RecordRow(Part):
    """One record of a most-memorized or most-exposed list; its content is never here.

    Attributes:
        id: its name.
        class_name: its class.
        groups: column -> value, of the columns to report by.
        memorization: what other models of the recipe would be expected to show: shrunken, with limits that hold for
            all records at once, since the list chose the record for its size. None where it has no score.
        memorization_observed: the score as it was observed; luck included. None likewise.
        discovered: whether it is among the records that are shown to be memorized; None likewise.
        exposure: TPR minus FPR of the headline attack on it, likewise; None where it has no score.
        exposure_observed: the exposure as it was observed; None likewise.
        tpr: share of the models trained on it that give it away at the exposure's threshold; None likewise.
        hits: how many these are.
        in_models: of how many.
    """

    id: str
    class_name: str
    groups: dict[str, str] = Field(default_factory=dict)
    memorization: Estimate | None
    memorization_observed: FiniteFloat | None = None
    discovered: bool | None = None
    exposure: Estimate | None
    exposure_observed: FiniteFloat | None = None
    tpr: Estimate | None = None
    hits: int
    in_models: int


class ArmResult(Part):
    """One training regime under audit.

    Attributes:
        name: `standard`, `dp-eps-8`, `dp-recipe`, `clip-only`, or `scored` for models known by their outputs alone.
        kind: its role.
        description: one sentence.
        models: models in its pool.
        recipe: every setting of its training, the resolved number of steps among them; empty where it is not known.
        guarantee: None without DP.
        utility: None where nobody knows which answers are right.
        memorization: None as utility, and where there are too few models.
        influence: None as memorization, and without a test set.
        attacks: every attack, a failed one in its place.
        leakage: what the headline attack's figures mean; None where it gave no result.
        epsilon: bounds, caps, self-check and canaries; None where there are too few models.
        seconds_per_model: mean training time.
        most_memorized: the records with the highest memorization.
        most_exposed: the records with the highest exposure to the headline attack.
    """

    name: str
    kind: Literal["standard", "dp", "control"]
    description: str
    models: int
    recipe: dict[str, str | int | float | None]
    guarantee: PrivacyGuarantee | None
    utility: Utility | None
    memorization: Memorization | None
    influence: Influence | None
    attacks: tuple[AttackResult, ...]
    leakage: Leakage | None = None
    links: tuple[Link, ...]
    epsilon: Epsilon | None = None
    seconds_per_model: FiniteFloat
    most_memorized: tuple[RecordRow, ...] = ()
    most_exposed: tuple[RecordRow, ...] = ()


class Release(Part):
    """The context of a release, as the person who ordered the audit has it; stands beside the threat model.

    Attributes:
        who: who may query the model.
        sees: what they see of its answers.
        purpose: what the model is released for; empty where it is not said.
    """

    who: str
    sees: str
    purpose: str = ""


class DataSummary(Part):
    """What was audited; counts and names, never content."""

    name: str
    records: int
    test_records: int
    classes: int
    class_names: tuple[str, ...]
    shape: tuple[int, ...]
    fingerprint: str
    duplicates: int
    group_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ModelSummary(Part):
    """The architecture; of models known by their outputs alone the number of parameters is None."""

    name: str
    parameters: int | None
    notes: tuple[str, ...] = ()


class Provenance(Part):
    """Who could repeat this, and with what.

    Attributes:
        command: the command that repeats the audit.
        created: when the analysis ended, ISO 8601, UTC.
        seed: the seed of the pool; None where others trained it.
        digests: name -> digest (data, config, each arm's shards).
        versions: package -> version.
        platform: operating system and processor, without host names.
        device: where the models were trained.
        seconds: wall time of training and analysis in this call.
        config: the resolved config.
    """

    command: str
    created: str
    seed: int | None
    digests: dict[str, str]
    versions: dict[str, str]
    platform: str
    device: str
    seconds: FiniteFloat
    config: dict[str, object]


class AuditResult(Part):
    """A whole audit, as every format shows it.

    Attributes:
        schema_version: version of this schema.
        summary: the answer in two sentences of plain language.
        verdict: all findings in plain sentences, most important first.
        warnings: what limits the answer, in sentences.
        data: the records.
        model: the architecture.
        confidence: two-sided confidence of all intervals.
        headline: name of the pre-declared attack that the verdict rests on.
        exposure_fpr: pooled false-positive rate at which a record's exposure is read.
        arms: the standard arm first.
        differences: paired, each arm against the standard arm.
        recipe_differences: setting -> arm -> value, for every setting in which arms differ.
        not_tested: what this audit says nothing about, in sentences.
        provenance: how to repeat it.
        policy: what a release policy makes of it; None where it was judged by none.
        release: who may query the model and what they see; None where it is not said.
        experiments: what was found beyond the audit itself.
    """

    schema_version: str = SCHEMA_VERSION
    summary: tuple[str, ...] = ()
    verdict: tuple[str, ...]
    warnings: tuple[str, ...]
    data: DataSummary
    model: ModelSummary
    confidence: Rate
    headline: str
    exposure_fpr: Rate
    arms: tuple[ArmResult, ...]
    differences: tuple[Difference, ...]
    recipe_differences: dict[str, dict[str, str]]
    not_tested: tuple[str, ...]
    provenance: Provenance
    policy: PolicyOutcome | None = None
    release: Release | None = None
    experiments: Experiments = Experiments()

    def __repr__(self) -> str:
        """A few lines: what was audited, the answer, and the arms side by side."""
        from reports.brief import as_text

        return as_text(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        from reports.brief import as_html

        return as_html(self)

    def to_html(self) -> str:
        """The full report as one HTML page."""
        from reports.html import render

        return render(self)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The JSON Schema (2020-12) that is published as docs/result.schema.json.

        Args:
            args: as pydantic takes them; with any the schema is pydantic's own.
            options: likewise.
        """
        from reports.schema import result_schema

        return super().model_json_schema(*args, **options) if args or options else result_schema()

    def arm(self, name: str) -> ArmResult:
        """The arm of that name.

        Raises:
            KeyError: if there is none.
        """
        found = next((arm for arm in self.arms if arm.name == name), None)
        if found is None:
            raise KeyError(f"no arm {name!r}; there are {', '.join(arm.name for arm in self.arms)}")
        return found
