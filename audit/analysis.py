"""Everything that is read from the pools: arm by arm, then the arms against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attacks import ATTACKS, Evidence
from attacks.evaluation import Evaluation
from audit.accuracy import differences, most_memorized, utility
from audit.config import AnalysisConfig
from audit.data.base import Dataset
from audit.exposure import ExposureScores, exposure_of
from audit.groups import record_columns
from audit.headline import attacked, leakage
from audit.influence import influence
from audit.leakage import attack_result, chosen_attacks, evaluation_of, leakage_differences
from audit.linkage import link_attack
from audit.memorization import MemorizationScores, memorization_scores
from audit.memorization_summary import summarise
from audit.pool import Pool
from audit.progress import NO_PHASES, Phases
from audit.records import top_rows
from audit.split import Split
from audit.training.base import Arm
from reports import result as schema
from reports.formats import Share
from reports.numbers import setting

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Each = TypeVar("Each")

LINKED = ("lira-online", "rmia-online")
"""Attacks whose leakage is linked to memorization besides the headline attack's."""
LISTED = 20


DEAR = {"ensemble": 10.0, "lira-online": 5.0, "shadow": 4.0, "lira-offline": 2.5, "modified-entropy-by-class": 2.0}
"""Attack -> how long it takes beside most others, which are 1 (measured: digits, mlp, 16 models)."""
MEMORIZATION, INFLUENCE, LEAKAGE, LINK, DIFFERENCES, EPSILON, REPORTS = 0.1, 0.5, 12.0, 20.0, 0.5, 5.0, 35.0
"""How long the other phases take beside most attacks."""


def work(arms: Sequence[str], analysis: AnalysisConfig, share: Share = partial) -> dict[str, float]:
    """Phase of an analysis -> how long it is beside the others, in the order in which they come.

    Args:
        arms: names of the arms.
        analysis: what is read.
        share: who reads every second arm; that takes no longer than what is read here meanwhile.
    """
    attacks = dict.fromkeys((analysis.headline, *chosen_attacks(analysis)))
    found: dict[str, float] = {}
    for arm in read_here(arms, share):
        found[f"{arm}: memorization"] = MEMORIZATION
        found |= {f"{arm}: attack {name}": DEAR.get(name, 1.0) for name in attacks}
        found |= {f"{arm}: influence": INFLUENCE, f"{arm}: leakage": LEAKAGE, f"{arm}: link": LINK}
    found |= {"differences": DIFFERENCES} if len(arms) > 1 else {}
    return found | {f"{arm}: epsilon": EPSILON for arm in arms} | {"reports": REPORTS}


def read_here(arms: Sequence[Each], share: Share) -> Sequence[Each]:
    """The arms that this process reads; `share` has the others read."""
    return arms if share is partial else arms[::2]


@dataclass(frozen=True)
class Reading:
    """What was read from one arm's pool.

    Attributes:
        result: for the reports.
        memorization: of every record; None where correctness is not known or there are too few models.
        exposure: of every record to the headline attack; None if the attack could not score.
        headline: what the headline attack reaches, or why it reaches nothing.
    """

    result: schema.ArmResult
    memorization: MemorizationScores | None
    exposure: ExposureScores | None
    headline: Evaluation | str


def read_arms(
    arms: Sequence[Arm],
    pools: Mapping[str, Pool],
    dataset: Dataset,
    analysis: AnalysisConfig,
    phases: Phases = NO_PHASES,
    share: Share = partial,
) -> tuple[tuple[Reading, ...], tuple[schema.Difference, ...]]:
    """Read every arm, and each against the first; the long tail is what that, the standard arm, memorizes.

    Args:
        arms: the standard arm first.
        pools: arm name -> pool of the natural records.
        dataset: these records.
        analysis: what is read.
        phases: hears of every step.
        share: who reads every second arm; of those no steps are heard.
    """
    tail = most_memorized(pools[arms[0].name].evidence)
    given = {
        arm.name: share(read_arm, arm, pools[arm.name], dataset, analysis, tail)
        for arm in arms
        if arm not in read_here(arms, share)
    }
    own = {arm.name: read_arm(arm, pools[arm.name], dataset, analysis, tail, phases) for arm in read_here(arms, share)}
    readings = tuple(own[arm.name] if arm.name in own else given[arm.name]() for arm in arms)
    phases.begin("differences")
    return readings, arm_differences(readings, [pools[arm.name] for arm in arms], dataset, analysis, tail)


def read_arm(
    arm: Arm, pool: Pool, dataset: Dataset, analysis: AnalysisConfig, tail: Bools, phases: Phases = NO_PHASES
) -> Reading:
    """Utility, memorization, influence, attacks, the link and the bound of one arm.

    Args:
        arm: the training regime.
        pool: its pool.
        dataset: the records.
        analysis: what is read.
        tail: Bool [models, records]; the records that the standard arm memorizes most.
        phases: hears of every step.
    """
    phases.begin(f"{arm.name}: memorization")
    evidence, columns = pool.evidence_on(dataset), record_columns(dataset)
    scores = memorization_scores(evidence, analysis.confidence)
    phases.begin(f"{arm.name}: attack {analysis.headline}")
    headline = attacked(ATTACKS[analysis.headline], evidence)
    exposed = exposure_of(headline, analysis.exposure_fpr, analysis.confidence)
    evaluations = {}
    for name in chosen_attacks(analysis):
        phases.begin(f"{arm.name}: attack {name}")
        evaluations[name] = evaluation_of(ATTACKS[name], evidence, analysis)
    guarantee = pool.guarantee
    cap = guarantee.memorization_cap if guarantee else None
    rows = top_rows(dataset, scores, exposed, LISTED, analysis.memorized)
    phases.begin(f"{arm.name}: influence")
    influenced = influence(pool, dataset, scores, analysis)
    phases.begin(f"{arm.name}: leakage")
    leaked = leakage(headline, evaluations[analysis.headline], analysis, columns)
    phases.begin(f"{arm.name}: link")
    result = schema.ArmResult(
        name=arm.name,
        kind=arm.kind,
        description=arm.description,
        models=pool.models,
        recipe=recipe_of(arm),
        guarantee=guarantee,
        utility=utility(pool, dataset, analysis.confidence, tail),
        memorization=summarise(evidence, scores, dataset.ids.tolist(), analysis.memorized, columns, cap),
        influence=influenced,
        attacks=tuple(attack_result(ATTACKS[name], found, guarantee) for name, found in evaluations.items()),
        leakage=leaked,
        links=links_of(evidence, analysis),
        seconds_per_model=float(pool.seconds.mean()) if len(pool.seconds) else 0.0,
        most_memorized=rows["memorization"],
        most_exposed=rows["exposure"],
    )
    return Reading(result, scores, exposed, evaluations[analysis.headline])


def links_of(evidence: Evidence, analysis: AnalysisConfig) -> tuple[schema.Link, ...]:
    """The link for the headline attack and for the two families it is compared with."""
    names = dict.fromkeys((analysis.headline, *LINKED))
    wanted = [name for name in names if name in chosen_attacks(analysis)]
    split = Split(evidence)
    return tuple(link_attack(split, ATTACKS[name], analysis.confidence, analysis.exposure_fpr) for name in wanted)


def arm_differences(
    readings: Sequence[Reading], pools: Sequence[Pool], dataset: Dataset, analysis: AnalysisConfig, tail: Bools
) -> tuple[schema.Difference, ...]:
    """Each arm against the first, pair by pair: utility, memorization, and what the headline attack reaches.

    Args:
        readings: the standard arm's first.
        pools: in the same order.
        dataset: the records.
        analysis: confidence and headline attack.
        tail: Bool [models, records]; the records that the standard arm memorizes most.
    """
    found: list[schema.Difference] = []
    for reading, pool in zip(readings[1:], pools[1:], strict=True):
        found += differences(pools[0], pool, dataset, analysis.confidence, tail)
        found += leakage_differences((pools[0].arm, pool.arm), readings[0].headline, reading.headline, analysis)
    return tuple(found)


def recipe_of(arm: Arm) -> dict[str, str | int | float | None]:
    """Every setting of an arm's training, the resolved constants among them."""
    schedule = arm.schedule
    resolved = {"steps": schedule.steps, "sample_rate": schedule.sample_rate, "expected_batch": schedule.expected_batch}
    return {**arm.recipe.model_dump(), **resolved, "noise_multiplier": arm.noise_multiplier or None}


def recipe_differences(arms: Sequence[schema.ArmResult]) -> dict[str, dict[str, str]]:
    """Setting -> arm -> value, for every setting in which the arms differ."""
    shown = {key: {arm.name: setting(arm.recipe[key]) for arm in arms} for key in arms[0].recipe}
    return {key: values for key, values in shown.items() if len(set(values.values())) > 1}
