"""What the six experiments found by their defaults, some groups and shares left out: real blocks for the reports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sample_result import sample

from reports.experiments.result import Experiments
from reports.experiments.standalone import ExperimentArm, ExperimentResult
from reports.result import AuditResult

FILE = Path(__file__).parent / "sample_experiments.json"
ALONE = ("irrelevant", "secrets", "proxies")


@cache
def experiments() -> Experiments:
    return Experiments.model_validate_json(FILE.read_text(encoding="utf-8"))


def with_experiments() -> AuditResult:
    """The sample with all experiments; two of them have an arm that it lacks."""
    return sample().model_copy(update={"experiments": experiments()})


def alone(name: str) -> ExperimentResult:
    """An experiment by itself, with the sample's data, model and arms."""
    result = sample()
    arms = tuple(
        ExperimentArm(
            name=arm.name,
            description=arm.description,
            models=arm.models,
            recipe=arm.recipe,
            guarantee=arm.guarantee,
            test_accuracy=arm.utility.test_accuracy if arm.utility else None,
        )
        for arm in result.arms
    )
    return ExperimentResult(
        data=result.data,
        model=result.model,
        confidence=result.confidence,
        arms=arms,
        experiments=Experiments.model_validate({name: getattr(experiments(), name)}),
        warnings=("Something limits this.",),
        not_tested=result.not_tested,
        provenance=result.provenance,
    )
